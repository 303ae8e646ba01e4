"""A calendar that is put or removed: refused with every reason, and told when it is at its end."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.core.decide import decide
from chalicelib.core.facts.calendar import Calendar, KeptCalendar, Session
from chalicelib.core.facts.wake_ups import RemoveCalendar, SetCalendar
from tests.unit.builders import (
    NOW,
    A,
    B,
    cluster,
    live,
    rolled,
    situation,
    tickerplant,
)
from tests.unit.nights import HOUR, asked_by_calendar, calendar, decided, put, reasons, told


@pytest.mark.parametrize(
    ("kept", "cause"),
    [
        (KeptCalendar(calendar()), None),
        (KeptCalendar(), None),
        (KeptCalendar(calendar(weeks=0)), "over"),
        (KeptCalendar(calendar(weeks=1)), "ends"),
        (KeptCalendar(unreadable="the calendar of trades cannot be decoded: x"), "unreadable"),
    ],
)
def test_what_is_wrong_with_a_calendar_is_told(kept: KeptCalendar, cause: str | None) -> None:
    assert told(decided(cluster({A: live()}), kept).decision) == cause


@pytest.mark.parametrize(
    ("hours", "left"),
    [(92, "in 3 days;"), (20, "in 20 hours;"), (1.9, "in less than 2 hours;")],
)
def test_the_end_of_a_calendar_is_told_in_days_and_at_last_in_hours(hours: float, left: str) -> None:
    ends = NOW + hours * HOUR
    found = decided(cluster({A: live()}), Calendar.of([Session(ends - HOUR, ends)])).decision
    assert [left in alert.text for alert in found.alerts if alert.key == "calendar"] == [True]


def test_a_calendar_counts_from_the_decision_that_takes_it() -> None:
    found = decided(cluster({A: rolled(), B: live()}), None, put(calendar()))
    assert (reasons(found), asked_by_calendar(found)) == ((), [A])
    assert found.new_calendar == KeptCalendar(put(calendar()).calendar)
    (sentence,) = found.decision.asked
    assert "put a calendar of 57 sessions until 2027-01-18T08:00:00Z, grace 60 minutes" in sentence


def test_without_another_calendar_the_item_is_not_written() -> None:
    assert decided(cluster({A: live()}), calendar()).new_calendar is None


def test_a_calendar_that_is_removed_leaves_none() -> None:
    kept = KeptCalendar(calendar())
    facts_now = msgspec.structs.replace(situation(cluster({A: rolled(), B: live()})), kept=kept)
    found = decide(facts_now, [RemoveCalendar("c1", "ann", NOW)])
    assert found.new_calendar == KeptCalendar()
    assert asked_by_calendar(found) == []


@pytest.mark.parametrize(
    ("kept", "command", "reason"),
    [
        (KeptCalendar(unreadable="cannot be decoded"), put(calendar()), "cannot be decoded"),
        (
            KeptCalendar(put(calendar()).calendar),
            put(calendar(), NOW - timedelta(minutes=2)),
            "asked for at 2026-11-23T11:58:00Z, and since then, at 2026-11-23T12:00:00Z, ann has put another "
            "calendar",
        ),
        (KeptCalendar(), put(calendar(weeks=0)), "its last session is over since 2026-11-23T09:00:00Z"),
        (
            KeptCalendar(),
            put(calendar(overnight="none")),
            "overnight none needs MinSize 0, and MinSize is 1",
        ),
    ],
)
def test_a_calendar_is_refused_with_every_reason_and_the_one_before_stays(
    kept: KeptCalendar, command: SetCalendar, reason: str
) -> None:
    found = decided(cluster({A: live()}, min_size=1), kept, command)
    assert reason in reasons(found)
    assert found.new_calendar is None


@pytest.mark.parametrize("minutes", [14.9, 15])
def test_a_night_without_rdbs_is_taken_while_a_tickerplant_reports(minutes: float) -> None:
    night = put(calendar(overnight="none"))
    found = decided(cluster({A: live()}), None, night, said=tickerplant(ago=minutes))
    never = decide(situation(cluster({A: live()})), [night])
    why = ("overnight none needs a tickerplant that reports, and none did for 15 minutes",)
    assert reasons(found) == (why if minutes == 15 else ())
    assert (found.new_calendar is None) == (minutes == 15)
    assert reasons(never) == why
