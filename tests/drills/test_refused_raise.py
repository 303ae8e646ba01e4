"""A raise that AWS refuses for an hour: told after the second refusal, and cleared when it works."""

from typing import Any

import pytest

from tests.drills.conftest import Play, about, clock, kept


@pytest.fixture(scope="module")
def drill(play: Play) -> dict[str, Any]:
    return play("refused_raise.jsonl", until="11:00")


def test_it_is_told_in_the_words_of_aws_after_the_second_refusal(
    drill: dict[str, Any],
) -> None:
    (told,) = about(drill["told"], "raise")
    assert "explicit deny in a service control policy" in told["text"]
    assert "raises fail since 2026-11-23T09:40:" in told["text"]
    assert "2 so far" in told["text"]
    assert clock(told["at"]) <= "09:44"


def test_the_raise_comes_as_soon_as_aws_allows_it_and_the_alert_ends(drill: dict[str, Any]) -> None:
    assert "10:30" < clock(drill["launches"][0]) < "10:32"
    (cleared,) = about(drill["cleared"], "raise")
    assert "10:30" < clock(cleared["at"]) < "10:40"


def test_what_was_published_meanwhile_waits_in_the_log_and_is_held_then(drill: dict[str, Any]) -> None:
    assert drill["minutes_without_live"] > 30
    assert kept(drill)
