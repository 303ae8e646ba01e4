"""Hosts that come up and never get ready are no reason to launch without end, and are told."""

from typing import Any

import pytest

from tests.drills.conftest import Play, about, clock, kept, minutes


@pytest.fixture(scope="module", params=["never_report.jsonl", "boot_forever.jsonl"])
def drill(request: pytest.FixtureRequest, play: Play) -> dict[str, Any]:
    return play(request.param, until="13:41")


def test_one_need_brings_at_most_four_launches_in_four_hours(drill: dict[str, Any]) -> None:
    first, *more = drill["launches"]
    assert clock(first) < "09:41"
    assert 1 <= len(more) <= 3
    assert drill["launches_never_ready"] == len(drill["launches"])


def test_the_pauses_between_launches_grow_from_half_an_hour(drill: dict[str, Any]) -> None:
    _, second, third, fourth = drill["launches"]
    assert 30 <= minutes(second, third) < minutes(third, fourth) <= 120


def test_the_first_is_told_within_twelve_minutes_of_its_launch(drill: dict[str, Any]) -> None:
    first = about(drill["told"], "never-ready")[0]
    assert minutes(drill["launches"][0], first["at"]) <= 12
    assert "never got ready" in first["text"]


def test_nothing_is_lost(drill: dict[str, Any]) -> None:
    assert kept(drill)
