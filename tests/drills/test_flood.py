"""Five reports a second about instances that do not exist: operators and other clusters do not wait."""

from typing import Any

import pytest

from tests.drills.conftest import Play, about, clock, kept


@pytest.fixture(scope="module")
def drill(play: Play) -> dict[str, Any]:
    # The file goes on for ten minutes, as `python -m twin day --events` shows.
    return play("flood.jsonl", until="09:21")


def test_an_operators_one_more_is_done_amid_the_flood(drill: dict[str, Any]) -> None:
    asked, _, _, shown = drill["answers"]
    assert asked["status"] == 202
    assert (asked["body"]["plan"]["code"], shown["body"]["desired"]) == ("raise", 2)


def test_a_second_clusters_raise_is_done_ten_seconds_after_its_request(drill: dict[str, Any]) -> None:
    _, asked, shown, _ = drill["answers"]
    assert asked["status"] == 202
    assert (asked["body"]["plan"]["code"], shown["body"]["desired"]) == ("raise", 2)


def test_the_ledger_keeps_the_newest_fifty_and_operators_are_told_once(drill: dict[str, Any]) -> None:
    rdbs = drill["answers"][-1]["body"]["rdbs"]
    assert sum(rdb["lifecycle"] is None for rdb in rdbs) == 50
    (alert,) = about(drill["told"], "strangers")
    assert (alert["cluster"], "09:20" < clock(alert["at"]) < "09:20:45") == ("trades", True)


def test_nothing_fails_and_no_promise_is_broken(drill: dict[str, Any]) -> None:
    assert drill["handler_failures"] == 0
    assert kept(drill)
