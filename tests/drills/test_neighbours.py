"""A broken ledger, a misnamed group and a broken connection: each its own trouble, and nobody else's."""

from typing import Any

import pytest

from tests.drills.conftest import Play, about, clock, kept


@pytest.fixture(scope="module")
def drill(play: Play) -> dict[str, Any]:
    """Three faults that do not meet: one day for all of them."""
    return play("neighbours.jsonl", until="10:10")


def test_the_raise_of_the_other_cluster_comes_on_time_although_its_connection_broke_once(
    drill: dict[str, Any],
) -> None:
    # The live RDB is at its scale threshold at 09:40:20.
    assert [clock(at) for at in drill["launches"]] == ["09:40:30"]
    assert drill["minutes_without_live"] == 0


def test_a_ledger_that_cannot_be_read_is_told_of_its_own_cluster(drill: dict[str, Any]) -> None:
    (told,) = about(drill["told"], "unreadable")
    assert told["cluster"] == "quotes"
    assert clock(told["at"]) <= "09:06"


def test_a_misnamed_group_is_told_once_of_the_account_and_once_when_it_is_over(drill: dict[str, Any]) -> None:
    (told,), (cleared,) = about(drill["told"], "misnamed"), about(drill["cleared"], "misnamed")
    assert (told["cluster"], told["key"]) == ("*", "misnamed copied")
    assert "its tag highwater:cluster is ''" in told["text"]
    assert "09:10" <= clock(told["at"]) <= "09:12"
    assert "09:45" < clock(cleared["at"]) <= "09:53"


def test_the_other_cluster_is_told_nothing(drill: dict[str, Any]) -> None:
    assert [alert for alert in drill["told"] if alert["cluster"] == "trades"] == []
    assert kept(drill)


def test_every_report_of_a_host_and_of_an_event_is_counted(drill: dict[str, Any], play: Play) -> None:
    assert drill["counted"]["reports"] == drill["messages"]["sns"] > 0
    events = [{"at": "09:10", "do": "reports", "count": 5, "minutes": 1}]
    flooded = play(events, until="09:15")
    assert flooded["counted"]["reports"] == flooded["messages"]["sns"] > 5
