"""Launches that AWS shows as Pending and takes back, one after the other: told once, in AWS's words."""

from typing import Any

import pytest

from tests.drills.conftest import Play, about, clock, kept, minutes


@pytest.fixture(scope="module")
def drill(play: Play) -> dict[str, Any]:
    return play("vanishing_launches.jsonl", until="10:10")


def test_it_is_told_once_within_minutes_of_the_second_with_the_reason_that_aws_gives(
    drill: dict[str, Any],
) -> None:
    (told,) = drill["told"]
    assert told["key"] == "launch failed"
    assert minutes(drill["launches"][1], told["at"]) <= 3
    assert "launches fail since 2026-11-23T09:40:30Z, 2 so far, and AWS tries again" in told["text"]
    assert "Termination Reason: Client.InternalError: Client error on launch" in told["text"]


def test_the_capacity_stays_owed_and_is_there_once_a_launch_stays(drill: dict[str, Any]) -> None:
    assert drill["most_desired"] == 2
    assert len(drill["launches"]) > 4
    assert "09:50" <= clock(drill["launches"][-1]) <= "09:51"
    assert drill["minutes_without_live"] == 0
    assert kept(drill)


def test_it_is_over_once_a_host_is_in_service(drill: dict[str, Any]) -> None:
    (cleared,) = drill["cleared"]
    assert about([cleared], "launch")
    assert "09:51" < clock(cleared["at"]) <= "09:58"


def test_a_host_comes_when_the_time_is_over_for_which_aws_has_no_capacity(play: Play) -> None:
    drill = play([{"at": "09:30", "do": "launches", "become": "fail", "until": "09:52"}], until="10:05")
    assert about(drill["told"], "launch")
    # AWS tries again by itself, at ever longer intervals.
    assert "09:52" <= clock(drill["launches"][-1]) < "10:00"
    assert about(drill["cleared"], "launch")


def test_how_launches_turn_out_is_as_the_newest_event_says(play: Play) -> None:
    events = [
        {"at": "09:30", "do": "launches", "become": "fail", "until": "09:50"},
        {"at": "09:45", "do": "launches", "become": "boot_forever"},
    ]
    drill = play(events, until="10:05")
    assert "09:45" <= clock(drill["launches"][0]) < "09:50"
    assert drill["launches_never_ready"] >= 1
