"""What came in a day is by how much the live one's memory grew: no boot, no replay, nobody else's."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from highwater.size.growth import FIRST, LAST, Life, Point, grown, growth_of, lives_of

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
OLD, NEW = "i-0aaaaaaaaaaaaaaa1", "i-0bbbbbbbbbbbbbbb2"
GIB = 2.0**30


def at(text: str) -> datetime:
    hours, minutes = map(int, text.split(":"))
    return BEGIN + timedelta(hours=hours, minutes=minutes)


def points(*percents: float, begin: str = "09:00") -> list[Point]:
    return [Point(at(begin) + timedelta(minutes=n), percent) for n, percent in enumerate(percents)]


def growth(*percents: float) -> float:
    return round(sum(growth_of(points(*percents)).values()), 6)


def decision(time: str, **whys: str) -> dict[str, Any]:
    names = {"old": OLD, "new": NEW}
    return {"at": f"{at(time):%FT%TZ}", "rooms": {names[name]: {"why": why} for name, why in whys.items()}}


def test_growth_is_the_sum_of_rises_each_in_its_minute() -> None:
    assert growth_of(points(10, 10, 12, 12, 13.5)) == {at("09:02"): 2, at("09:04"): 1.5}


def test_memory_of_queries_that_comes_and_goes_counts_once() -> None:
    assert growth(10, 14, 10.5, 14, 11, 13, 16) == 6


def test_a_rise_after_silence_is_spread_over_its_minutes() -> None:
    silent = [Point(at("09:00"), 10), Point(at("09:04"), 14)]
    assert growth_of(silent) == {at(f"09:0{minute}"): 1 for minute in (1, 2, 3, 4)}


def test_a_q_that_is_started_again_replays_what_was_counted_already() -> None:
    assert growth(4, 60, 62, 4, 30, 61, 64) == 60


def test_who_saved_its_rows_begins_anew() -> None:
    idle = [4.0] * 20
    assert growth(4, 60, 4, *idle, 10, 70) == 56 + 66


def test_a_host_that_idles_does_not_grow_by_its_own_noise() -> None:
    assert growth(*([4.0, 4.4, 4.1] * 200)) == pytest.approx(0.4)
    assert growth(*([*[4.0] * 20, *[4.4] * 20] * 9)) == pytest.approx(0.4)


def test_an_rdb_without_points_has_no_growth() -> None:
    assert growth_of([]) == {}


def test_a_life_begins_when_another_was_last_live_or_it_booted_and_ends_when_others_are() -> None:
    lives = lives_of(
        [
            decision("08:00", old="live at 40.0 %"),
            decision("09:00", old="live at 80.0 %", new="pending, until 2026-11-23T09:10:00Z"),
            decision("09:05", old="live at 82.0 %", new="standby at 4.0 %"),
            decision("10:00"),
            decision("10:30", new="live at 60.1 %: the scale threshold is 60 %"),
        ]
    )
    assert lives == {OLD: [Life(FIRST, at("10:30"))], NEW: [Life(at("09:05"), LAST)]}


def test_who_is_named_live_long_after_a_gap_was_so_since_it_booted() -> None:
    lives = lives_of(
        [
            decision("09:00", old="live at 84.0 %"),
            decision("09:02"),
            decision("09:03", new="pending, until 2026-11-23T09:13:00Z"),
            decision("09:20", new="live at 30.0 %"),
        ]
    )
    assert lives[NEW] == [Life(at("09:03"), LAST)]


def day(memory: Mapping[str, Sequence[Point]], lives: dict[str, list[Life]], begins: datetime = BEGIN) -> Any:
    return grown(memory, lives, dict.fromkeys(memory, GIB), begins)


def test_only_what_grew_while_it_was_live_counts_in_kib() -> None:
    memory = {OLD: points(1, 5, 5, 5, 15, 15, 15, 15, 15, 20), NEW: points(1, 40, 50)}
    found = day(memory, {OLD: [Life(at("09:03"), at("09:06"))], NEW: [Life(at("10:00"), LAST)]})
    assert found == {9 * 60 + 4: pytest.approx(0.1 * 2**20)}


def test_a_day_from_the_evening_before_has_its_minutes_by_the_clock_and_no_others() -> None:
    evening = BEGIN - timedelta(hours=2)
    times = [evening + timedelta(minutes=n) for n in range(-2, 3)]
    late = [Point(time, percent) for time, percent in zip(times, (2, 5, 10, 20, 30), strict=True)]
    memory = {OLD: [*late, Point(at("21:59"), 31), Point(at("22:00"), 40)]}
    found = day(memory, {OLD: [Life(FIRST, LAST)]}, begins=evening)
    percent = {minute: round(100 * found[minute] / 2**20) for minute in (1320, 1321, 1322)}
    assert percent == {1320: 5, 1321: 10, 1322: 10}
    assert sum(found.values()) == pytest.approx(0.26 * 2**20)
