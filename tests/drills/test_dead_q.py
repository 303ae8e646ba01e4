"""The standby's q dies and its reporter lives on: another host is launched, and people know why."""

from typing import Any

import pytest

from tests.drills.conftest import Play, about, clock, kept
from twin.day.day import Day


@pytest.fixture(scope="module")
def drill(play: Play) -> dict[str, Any]:
    return play("dead_q.jsonl", until="11:00")


def test_the_next_host_is_launched_within_fifteen_minutes_and_before_the_live_one_rolls(
    drill: dict[str, Any],
) -> None:
    first, next_one, *_ = map(clock, drill["launches"])
    assert first < "09:45" < next_one <= "10:00"
    assert drill["minutes_without_live"] == 0


def test_it_is_told_once_as_unknown_and_cleared_when_q_returns(drill: dict[str, Any]) -> None:
    (told,), (cleared,) = about(drill["told"], "unknown"), about(drill["cleared"], "unknown")
    assert told["cluster"] == cleared["cluster"] == "trades"
    assert told["key"] == cleared["key"]
    assert "q does not answer since 2026-11-23T09:45:" in told["text"]
    assert "09:45" < clock(told["at"]) <= "10:00"
    assert "10:40" < clock(cleared["at"]) <= "10:46"


def test_nothing_else_is_told_when_it_restarts(drill: dict[str, Any]) -> None:
    assert (len(drill["told"]), len(drill["cleared"])) == (1, 1)


def test_the_end_of_the_run_says_why_each_rdb_is_not_released(drill: dict[str, Any]) -> None:
    reasons = list(drill["not_released"].values())
    assert "not drained but rolled" in reasons[0]
    assert sum("it is the live one" in one for one in reasons) == 1
    assert "dynamodb:Query" not in drill["aws_calls"]


def test_the_question_at_the_end_of_the_run_counts_for_nobody(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [{"at": "00:05", "do": "http", "method": "GET", "path": "/clusters"}]
    asked = play(events, until="00:30")
    monkeypatch.setattr(Day, "not_released", lambda _day: {})
    unasked = play(events, until="00:30")
    assert (len(asked["not_released"]), unasked["not_released"]) == (1, {})
    for name in ("aws_calls", "counted"):
        assert sum(asked[name].values()) > 0
        assert asked[name] == unasked[name]


def test_no_promise_is_broken(drill: dict[str, Any]) -> None:
    assert kept(drill)


@pytest.fixture(scope="module")
def taker(play: Play) -> dict[str, Any]:
    """The live RDB has taken data for minutes; its q dies for good, and its reporter lives on."""
    return play("live_q_dies.jsonl", until="10:30")


def test_after_a_live_one_whose_q_dies_the_next_host_comes_within_fifteen_minutes(
    taker: dict[str, Any],
) -> None:
    assert "09:20" < clock(taker["launches"][0]) <= "09:35"
    assert taker["minutes_without_live"] <= 15
    assert kept(taker)


def test_a_live_one_whose_q_dies_is_told_once_with_what_it_held(taker: dict[str, Any]) -> None:
    missed, told = taker["told"]
    assert (missed["key"], about([told], "unknown")) == ("no-live", [told])
    assert "09:20" < clock(missed["at"]) <= "09:23"
    assert "q does not answer since 2026-11-23T09:20:" in told["text"]
    assert "09:20" < clock(told["at"]) <= "09:35"
    assert [alert["key"] for alert in taker["cleared"]] == ["no-live"]


def test_the_next_one_is_asked_for_two_minutes_after_updates_wait(taker: dict[str, Any]) -> None:
    assert "09:22" < clock(taker["launches"][0]) <= "09:23"
    assert taker["minutes_without_live"] < 5


def test_a_q_that_answers_does_not_return_and_the_json_says_who_does_not_answer(play: Play) -> None:
    drill = play(
        [
            {"at": "09:50", "do": "q_dies", "rdb": "standby"},
            {"at": "09:52", "do": "q_returns", "rdb": "live"},
        ],
        until="09:55",
    )
    dies, returns = drill["events"]
    assert "refused" not in dies
    assert "answers; q does not answer on i-" in returns["refused"]
    assert returns["refused"].endswith(" (standby)")
