"""A mistyped setting and a copied group: both are told, and capacity is raised as if nothing were."""

from typing import Any

import pytest

from tests.drills.conftest import Play, about, clock, kept


@pytest.fixture(scope="module")
def drill(play: Play) -> dict[str, Any]:
    return play("tags.jsonl", until="10:15")


def test_the_raise_comes_on_time_although_both_stand(drill: dict[str, Any]) -> None:
    assert [clock(at) for at in drill["launches"]] == ["09:40:30"]
    assert drill["minutes_without_live"] == 0
    assert kept(drill)


def test_a_mistyped_setting_is_told_within_a_minute_with_the_value_in_use_until_it_is_mended(
    drill: dict[str, Any],
) -> None:
    (told,), (cleared,) = about(drill["told"], "configuration"), about(drill["cleared"], "configuration")
    assert "highwater:lead-seconds: '60s'" in told["text"]
    assert "60 is used" in told["text"]
    assert "09:05" <= clock(told["at"]) <= "09:06"
    assert "09:50" <= clock(cleared["at"]) <= "09:56"


def test_a_second_group_is_told_within_a_minute_with_the_one_that_goes_on_until_its_tag_is_gone(
    drill: dict[str, Any],
) -> None:
    (told,), (cleared,) = about(drill["told"], "ambiguous"), about(drill["cleared"], "ambiguous")
    assert "highwater-trades-rdb goes on, a-copy ignored" in told["text"]
    assert "09:10" <= clock(told["at"]) <= "09:11"
    assert "10:00" <= clock(cleared["at"]) <= "10:06"
