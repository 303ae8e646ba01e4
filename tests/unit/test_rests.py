"""Between sessions: who is asked to drain, when nobody is wanted, and what is told of the calendar."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contract.report import State
from chalicelib.core.commands.drains import CALENDAR
from chalicelib.core.decide import Decided, decide
from chalicelib.core.facts.calendar import Calendar, KeptCalendar, Overnight
from chalicelib.core.facts.learned import Learned
from chalicelib.core.facts.rdb import DrainAsked, Rdb, Reading
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.situation import AHEAD
from tests.unit.arbitrary import facts
from tests.unit.builders import (
    DEFAULTS,
    HOLD,
    NOW,
    PENDING,
    TERMINATING,
    A,
    B,
    C,
    D,
    E,
    Facts,
    cluster,
    drained,
    launching,
    live,
    rdb,
    report,
    rolled,
    situation,
    tickerplant,
)
from tests.unit.nights import HEARD, HOUR, MINUTE, STANDBY, asked_by_calendar, calendar, decided, told


@pytest.mark.parametrize(
    ("kept", "drain"),
    [
        (calendar(), [A]),
        (calendar(closed=1), [A]),  # its grace is just over
        (calendar(closed=0.9), []),
        (calendar(closed=2, grace=180), []),
        (calendar(opens=-1), []),  # in a session
        (calendar(opens=MINUTE), []),  # the open is near
        (calendar(weeks=0), []),  # no next open: the calendar is over
        (None, []),
        (KeptCalendar(unreadable="the calendar of trades cannot be decoded: x"), []),
    ],
)
def test_after_a_close_and_its_grace_the_rolled_are_asked_to_drain(
    kept: Calendar | KeptCalendar | None, drain: list[str]
) -> None:
    found = decided(cluster({A: rolled(), B: live(), C: STANDBY}, min_size=1), kept)
    assert asked_by_calendar(found) == drain
    assert found.decision.tag == tuple(drain)


def test_in_a_night_without_rdbs_everybody_who_is_ready_is_asked_to_drain_and_nobody_is_launched() -> None:
    none = calendar(overnight="none")
    found = decided(cluster({A: rolled(), B: live(), C: STANDBY}), none)
    assert (asked_by_calendar(found), found.decision.target) == ([A, B, C], None)
    empty = decided(cluster({}), none).decision
    assert (empty.target, empty.code, empty.reason) == (None, "room", "0 with room, 0 wanted")


def test_the_live_one_goes_on_while_data_comes_outside_the_calendar() -> None:
    trail = tuple(Reading(30.0 - age, NOW - age * timedelta(minutes=1)) for age in (10, 0))
    filling = msgspec.structs.replace(live(30), trail=trail, metric=trail[-1])
    found = decided(cluster({A: rolled(), B: filling, C: STANDBY}), calendar(overnight="none"))
    assert asked_by_calendar(found) == [A]


@pytest.mark.parametrize(
    ("percent", "before", "target"),
    [(86, 66, 2), (80, 60, None), (86, 86, None)],
    ids=["it takes data", "it has room", "it takes none"],
)
def test_the_fixed_rule_keeps_its_standby_while_the_live_one_takes_data_outside_the_calendar(
    percent: int, before: float, target: int | None
) -> None:
    trail = (Reading(before, NOW - timedelta(minutes=10)), Reading(percent, NOW))
    filling = msgspec.structs.replace(live(percent), trail=trail, metric=trail[-1])
    ledger, group = cluster({A: filling})
    known = msgspec.structs.replace(ledger, tickerplant=HEARD), group
    fixed = situation(known, ClusterSettings(rule="fixed", scale_threshold=85.0))
    night = msgspec.structs.replace(fixed, kept=KeptCalendar(calendar(overnight="none")))
    assert (night.sleeps, decide(night).decision.target) == (True, target)


def test_before_the_open_of_a_night_without_rdbs_one_is_launched_in_time() -> None:
    # Ten minutes that a host may boot, and 100 s more.
    assert (DEFAULTS.boot_deadline + AHEAD).total_seconds() == 700
    late, early = (calendar(opens=minutes * MINUTE, overnight="none") for minutes in (12, 11))
    assert decided(cluster({}), late).decision.target is None
    assert decided(cluster({}), early).decision.target == 1


def test_the_night_ends_earlier_where_launches_were_slower_than_the_tag_says() -> None:
    ledger, group = cluster({}, min_size=0, desired=0)
    slow = msgspec.structs.replace(ledger, learned=Learned(leads=(1200,) * 3))
    near = calendar(opens=21 * MINUTE, overnight="none")
    assert decided((ledger, group), near).decision.target is None
    assert decided((slow, group), near).decision.target is not None
    assert decided((slow, group), calendar(opens=22 * MINUTE, overnight="none")).decision.target is None


def test_a_request_of_the_night_is_withdrawn_from_who_still_may_take_data_when_the_open_is_near() -> None:
    asked = DrainAsked(CALENDAR, NOW - HOUR)
    tired = {
        A: msgspec.structs.replace(rolled(), drain=asked, tagged=True),
        B: msgspec.structs.replace(live(), drain=asked, tagged=True),
    }
    found = decided(cluster(tired), calendar(opens=MINUTE, overnight="none"))
    assert (found.decision.untag, asked_by_calendar(found)) == ((B,), [A])


@pytest.mark.parametrize(
    ("kept", "withdrawn"),
    [
        (None, [A, B]),
        (calendar(overnight="none"), []),
        (calendar(closed=0.5, overnight="none"), [A, B]),  # it traded when they were asked
        (calendar(closed=1.5, grace=120, overnight="none"), [A, B]),  # its grace lasts
        (calendar(closed=-14, opens=38, overnight="none"), []),  # its first session is to come
    ],
    ids=["removed", "the same", "another session", "another grace", "the next one"],
)
def test_who_was_asked_to_drain_in_a_night_that_is_none_any_more_is_asked_no_more(
    kept: Calendar | None, withdrawn: list[str]
) -> None:
    asked = DrainAsked(CALENDAR, NOW - HOUR)
    rdbs = {A: rolled(), B: live(), C: drained()}
    night = {i: msgspec.structs.replace(each, drain=asked, tagged=True) for i, each in rdbs.items()}
    night[E] = msgspec.structs.replace(rolled(), drain=DrainAsked("ann", NOW - HOUR), tagged=True)
    found = decided(cluster({**night, D: STANDBY}), kept)
    assert found.decision.untag == tuple(withdrawn)


def test_min_size_keeps_one_overnight_and_that_is_told() -> None:
    found = decided(cluster({A: live()}, min_size=1), calendar(overnight="none"))
    assert asked_by_calendar(found) == []
    assert told(found.decision) == "min-size"


@pytest.mark.parametrize(
    "kept_from_it",
    [
        msgspec.structs.replace(rolled(), hold=HOLD),
        msgspec.structs.replace(rolled(), dead_at=NOW),
        msgspec.structs.replace(rolled(), member=TERMINATING),
        drained(),
        launching(),
        rdb(report(State.BOOTING), PENDING),
        rdb(report(State.UNKNOWN)),
    ],
)
def test_nobody_is_asked_who_is_on_hold_dead_leaving_drained_or_not_ready(kept_from_it: Rdb) -> None:
    found = decided(cluster({A: kept_from_it, B: live()}), calendar())
    assert asked_by_calendar(found) == []


def test_a_cluster_on_hold_asks_nobody() -> None:
    assert asked_by_calendar(decided(cluster({A: rolled(), B: live()}, hold=HOLD), calendar())) == []


@given(facts, st.sampled_from([-1.0, MINUTE, 14.0]), st.sampled_from(["one", "none"]))
def test_a_calendar_releases_nobody_that_would_stay_without_it(
    known: Facts, opens: float, overnight: Overnight
) -> None:
    without, with_it = (decided(known, kept) for kept in (None, calendar(opens=opens, overnight=overnight)))
    released = [found.decision.release for found in (without, with_it)]
    assert {r.instance_id for r in released[1]} <= {r.instance_id for r in released[0]}
    if overnight == "one":
        more = _asked_for(with_it) - _asked_for(without)
        # A release that does not show yet has one more waited for without the calendar.
        most = 2 if "a release is not yet visible" in without.decision.reason else 1
        assert 0 <= more <= (most if opens == MINUTE else 0), "an open that is near asks for one more"


def _asked_for(found: Decided) -> int:
    return found.decision.target or found.decision.desired or 0


@given(facts)
def test_a_calendar_that_is_over_or_cannot_be_read_changes_nothing_but_what_is_told(known: Facts) -> None:
    plain = decided(known, None).decision
    for kept in (KeptCalendar(calendar(weeks=0, overnight="none")), KeptCalendar(unreadable="x")):
        found = decided(known, kept).decision
        blank = {"alerts": (), "told": (), "changed": (), "cleared": ()}
        assert msgspec.structs.replace(found, **blank) == msgspec.structs.replace(plain, **blank)


def test_a_tickerplant_that_fell_silent_ends_a_night_without_rdbs_and_is_told() -> None:
    night = calendar(overnight="none")
    found = decided(cluster({}), night, said=tickerplant(ago=15)).decision
    assert (found.target, told(found)) == (1, "tickerplant")
    assert told(decided(cluster({}), night).decision) is None


def test_updates_that_wait_outside_the_calendar_raise_at_once() -> None:
    found = decided(cluster({}), calendar(overnight="none"), said=tickerplant(waiting=7)).decision
    assert (found.target, found.code) == (1, "raise")
    assert found.reason == (
        "1 wanted: 7 updates wait for a live RDB since 2026-11-23T11:59:00Z, as the tickerplant says; 0 with "
        "room: desired 0 to 1"
    )


@pytest.mark.parametrize(("minutes", "drain"), [(59, []), (60, [A])])
def test_who_came_for_updates_that_waited_stays_for_the_grace_of_a_close(
    minutes: float, drain: list[str]
) -> None:
    waited = tickerplant(waiting=7, ago=minutes)
    none_waits = msgspec.structs.replace(tickerplant().report, sequence=waited.report.sequence + 1)
    said = waited.after(none_waits, NOW)
    assert asked_by_calendar(decided(cluster({A: live()}), calendar(overnight="none"), said=said)) == drain
