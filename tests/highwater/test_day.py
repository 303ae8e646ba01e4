"""What recorded decisions tell of a day: hosts and hours between them, launches, alerts, memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from highwater.operate.words.day import DayTold, day_told, static_gib

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
AFTER = BEGIN + timedelta(days=2)
OLD, NEW = "i-0aaaaaaaaaaaaaaa1", "i-0bbbbbbbbbbbbbbb2"
LIVE = {NEW: 30.0}
NO_LIVE = "no RDB is live since 2026-11-23T09:58:00Z, though i-1 was before"


def decision(at: str, counted: int = 1, code: str = "room", **fields: Any) -> dict[str, Any]:
    """A decision at a time of the day; a time with a minus sign is of the evening before."""
    day = BEGIN - timedelta(days=1) if at.startswith("-") else BEGIN
    hour, minute = at.removeprefix("-").split(":")
    when = day + timedelta(hours=int(hour), minutes=int(minute))
    return {"at": f"{when:%FT%TZ}", "code": code, "counted": counted, **fields}


def rooms(**whys: str) -> dict[str, Any]:
    return {
        "rooms": {{"old": OLD, "new": NEW}[name]: {"has": True, "why": why} for name, why in whys.items()}
    }


def told(*decisions: dict[str, Any], now: datetime = AFTER) -> DayTold:
    before = [one for one in decisions if datetime.fromisoformat(one["at"]) < BEGIN]
    found = day_told(before[-1] if before else None, decisions[len(before) :], BEGIN, now, LIVE)
    assert found is not None
    return found


def test_the_hosts_of_each_decision_count_until_the_next_one_from_midnight_to_midnight() -> None:
    day = told(decision("-22:00"), decision("06:00", 3), decision("18:00", 2))
    assert (day.hosts_at_begin, day.most_hosts, day.hosts_at_end) == (1, 3, 2)
    assert day.host_hours == 6 * 1 + 12 * 3 + 6 * 2
    assert (day.over, day.known_from) == (True, BEGIN)


def test_a_day_that_is_not_over_counts_up_to_now() -> None:
    day = told(decision("-22:00"), decision("06:00", 3), now=BEGIN + timedelta(hours=7))
    assert (day.over, day.host_hours) == (False, 6 + 3)


def test_the_cushion_is_at_most_from_the_last_boot_of_the_next_one_to_its_going_live() -> None:
    before = decision("-22:00", **rooms(old="live at 5.0 %"))
    boots = decision("06:00", **rooms(old="live at 70.0 %", new="pending, until 2026-11-23T06:10:00Z"))
    again = decision("06:04", **rooms(old="live at 80.0 %", new="booting, until 2026-11-23T06:10:00Z"))
    stands = decision("06:05", **rooms(old="live at 82.0 %", new="standby at 3.8 %"))
    takes = decision("06:11", **rooms(new="live at 4.0 %"))
    assert told(before, boots, again, stands, takes).cushion_at_most == 7
    assert told(before, takes).cushion_at_most is None
    assert told(boots, decision("06:01", **rooms(old="live at 71.0 %"))).cushion_at_most is None


def test_who_is_live_now_is_of_a_day_that_is_not_over_and_of_no_other() -> None:
    decisions = decision("-22:00"), decision("06:00", **rooms(old="live at 60.0 %"))
    assert told(*decisions, now=BEGIN + timedelta(hours=7)).took == {OLD: 60.0, NEW: 30.0}
    assert told(*decisions).took == {OLD: 60.0}


def test_before_the_first_decision_nothing_is_told_and_nothing_counted() -> None:
    day = told(decision("12:00", 2))
    assert (day.known_from, day.host_hours) == (BEGIN + timedelta(hours=12), 24)


def test_without_any_decision_there_is_no_report() -> None:
    assert day_told(None, [], BEGIN, AFTER, LIVE) is None


def test_a_decision_that_could_not_see_the_group_does_not_say_that_there_are_no_hosts() -> None:
    day = told(decision("-22:00", 2), decision("06:00", 0, "unreadable"))
    assert day.host_hours == 48


def test_launches_are_the_hosts_that_raises_add_and_not_those_that_are_there() -> None:
    day = told(
        decision("06:00", 1, "raise", desired=1, target=3),
        decision("07:00", 3, "raise", desired=2, target=3),
    )
    assert day.launches == 2


def test_a_host_leaves_once_whatever_steps_it_takes_and_one_that_is_replaced_does_not() -> None:
    def release(step: str, instance_id: str) -> dict[str, Any]:
        return {"release": [{"instance_id": instance_id, "step": step}]}

    day = told(
        decision("06:00", 3, "release", **release("terminate", OLD)),
        decision("06:01", 2, "release", **release("continue", OLD)),
        decision("07:00", 2, "release", **release("replace", NEW)),
    )
    assert day.releases == 1


def test_an_alert_stands_until_a_decision_no_longer_has_it() -> None:
    standing = {"key": "max-size", "text": "MaxSize", "since": "2026-11-22T21:00:00Z"}
    short = {"key": "short", "text": "short", "since": "2026-11-23T06:00:00Z"}
    day = told(
        decision("-21:00", alerts=[standing]),
        decision("06:00", alerts=[standing, short]),
        decision("07:00", alerts=[short]),
    )
    assert [(alert.key, alert.until) for alert in day.alerts] == [
        ("max-size", BEGIN + timedelta(hours=7)),
        ("short", None),
    ]


def test_an_alert_that_was_over_before_the_day_is_not_of_it() -> None:
    gone = {"key": "short", "text": "short", "since": "2026-11-22T20:00:00Z"}
    assert told(decision("-21:00", alerts=[gone]), decision("00:00")).alerts == ()


def test_minutes_without_a_live_rdb_begin_when_nobody_was_and_not_when_the_alert_does() -> None:
    alert = {"key": "no-live", "text": NO_LIVE, "since": "2026-11-23T10:00:00Z"}
    day = told(decision("-22:00"), decision("10:00", alerts=[alert]), decision("10:20"))
    assert day.minutes_without_live == 22
    assert told(decision("10:00", alerts=[alert]), now=BEGIN + timedelta(hours=11)).minutes_without_live == 60


def test_one_host_for_the_day_holds_those_that_rolled_full_and_the_last_one_at_most_full() -> None:
    day = told(
        decision("06:00", **rooms(old="live at 5.0 %")),
        decision("09:00", **rooms(old="live at 80.0 %", new="pending, until 2026-11-23T09:10:00Z")),
        decision("09:30", **rooms(new="live at 5.0 %")),
        decision("12:00", **rooms(new="live at 45.0 %")),
    )
    assert (day.rolled, day.took) == ((OLD,), {OLD: 80.0, NEW: 45.0})
    # Of 4 GiB: 5 % idle, 80 % of the one that rolled, 40 % of the other, of which 85 % may be used.
    least, most = static_gib(day, 4 * 2**30, 85.0)
    assert least == pytest.approx(4 * (5 + 80 + 40) / 85)
    assert most == pytest.approx(4 * (5 + 80 + 80) / 85)
