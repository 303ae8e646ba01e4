"""Hosts that come up and never get ready are no reason to launch without end, and are told."""

from typing import Any

import pytest

from tests.drills.conftest import Play, about, clock, kept, minutes


@pytest.fixture(scope="module")
def silent(play: Play) -> dict[str, Any]:
    return play("never_report.jsonl", until="10:30")


@pytest.fixture(scope="module")
def drill(play: Play) -> dict[str, Any]:
    """Each host is up and reports that it boots, without end."""
    return play("boot_forever.jsonl", until="13:41")


def test_one_need_brings_at_most_four_launches_in_four_hours(drill: dict[str, Any]) -> None:
    first, *more = drill["launches"]
    assert clock(first) < "09:41"
    assert 1 <= len(more) <= 3
    assert drill["launches_never_ready"] == len(drill["launches"])


def test_the_pauses_between_launches_grow_from_half_an_hour(drill: dict[str, Any]) -> None:
    _, second, third, fourth = drill["launches"]
    assert 30 <= minutes(second, third) < minutes(third, fourth) <= 120


@pytest.mark.parametrize("become", ["silent", "drill"])
def test_the_first_is_told_within_twelve_minutes_of_its_launch(
    become: str, request: pytest.FixtureRequest
) -> None:
    day = request.getfixturevalue(become)
    first = about(day["told"], "never-ready")[0]
    assert minutes(day["launches"][0], first["at"]) <= 12
    assert "never seen ready" in first["text"]
    assert kept(day)


def test_a_host_that_says_nothing_brings_one_more_launch_and_then_a_pause(silent: dict[str, Any]) -> None:
    first, second = silent["launches"]
    assert clock(first) < "09:41"
    assert silent["launches_never_ready"] == 2
    assert minutes(second, "2026-11-23T10:30:00Z") >= 30
