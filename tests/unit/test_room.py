"""Room: the RDBs that have it (rules 1 and 5)."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import assume, given, settings

from chalicelib.contract.report import State
from chalicelib.core.capacity.room import room_of
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.settings import ClusterSettings, settings_of
from chalicelib.core.facts.voices import Unanswered
from tests.unit.arbitrary import minutes_ago, percents, rdbs
from tests.unit.builders import (
    DEFAULTS,
    IN_SERVICE,
    NOW,
    PENDING,
    SICK,
    A,
    B,
    ago,
    cluster,
    decision,
    drained,
    launching,
    live,
    rdb,
    read,
    report,
    rolled,
)

BOOTING = report(State.BOOTING, 2)
UNKNOWN = report(State.UNKNOWN, 30)


@pytest.mark.parametrize(
    ("known", "has", "why"),
    [
        pytest.param(live(30), True, "live at 30.0 %", id="live with memory to spare"),
        pytest.param(live(59), True, "live at 59.0 %", id="live just below the scale threshold"),
        pytest.param(
            live(60), False, "live at 60.0 %: the scale threshold is 60 %", id="live at the scale threshold"
        ),
        pytest.param(rdb(report(State.STANDBY, 2)), True, "standby at 2.0 %", id="standby"),
        pytest.param(rdb(metric=read(5)), True, "in service at 5.0 %", id="known by its metric alone"),
        pytest.param(rdb(UNKNOWN), True, "unknown at 30.0 %", id="q does not answer but memory is read"),
        pytest.param(rdb(UNKNOWN, unanswered=Unanswered(ago(9.9))), True, "unknown at", id="unknown of late"),
        pytest.param(
            rdb(UNKNOWN, unanswered=Unanswered(ago(10))), False, "unknown since", id="unknown for too long"
        ),
        pytest.param(
            rdb(UNKNOWN, unanswered=Unanswered(ago(1), State.ROLLED)),
            False,
            "unknown, rolled before",
            id="unknown after it rolled",
        ),
        pytest.param(
            rdb(UNKNOWN, seen=14.9, unanswered=Unanswered(ago(5), State.BOOTING)),
            True,
            "unknown at",
            id="unknown while it had time to boot",
        ),
        pytest.param(
            rdb(UNKNOWN, seen=15, unanswered=Unanswered(ago(5), State.BOOTING)),
            False,
            "unknown, and was not ready by its deadline of 2026-11-23T11:55:00Z",
            id="unknown after it booted for too long",
        ),
        pytest.param(live(30, 14.9), True, "live at 30.0 %", id="read just under 15 minutes ago"),
        pytest.param(live(30, 15), False, "too old", id="read 15 minutes ago"),
        pytest.param(
            rdb(report(State.LIVE, 50, 15.5), metric=read(30, 14)),
            True,
            "live at 50.0 %",
            id="the higher of two counts, the newer says how fresh",
        ),
        pytest.param(rolled(), False, "rolled", id="rolled"),
        pytest.param(drained(), False, "drained", id="drained"),
        pytest.param(rdb(report(), SICK), False, "unhealthy", id="unhealthy"),
        pytest.param(rdb(report(), None), False, "unhealthy", id="not a member"),
        pytest.param(rdb(member=SICK, seen=1), False, "unhealthy", id="unhealthy while it boots"),
        pytest.param(launching(9.9), True, "pending, until", id="pending before its deadline"),
        pytest.param(launching(10), False, "pending past its deadline", id="pending at its deadline"),
        pytest.param(rdb(seen=9.9), True, "not heard of, until", id="never heard of before its deadline"),
        pytest.param(rdb(seen=10), False, "not heard of past", id="never heard of at its deadline"),
        pytest.param(rdb(BOOTING, seen=9.9), True, "booting, until", id="booting before its deadline"),
        pytest.param(
            rdb(BOOTING, metric=read(60), seen=9.9), False, "booting at 60.0 %", id="full whatever it says"
        ),
        pytest.param(
            rdb(report(State.BOOTING, 60, 15), seen=9.9), True, "booting, until", id="booting, full long ago"
        ),
        pytest.param(
            rdb(report(State.BOOTING, 2, 0), seen=10), False, "booting past", id="booting at its deadline"
        ),
        pytest.param(
            rdb(report(State.BOOTING, 2, 5), seen=15, metric=read(2)),
            False,
            "booting past",
            id="booting past its deadline whatever its metric",
        ),
        pytest.param(
            rdb(report(State.BOOTING, 2, 6), seen=15, metric=read(3)),
            True,
            "booting at 3.0 %",
            id="booting before its deadline, silent since, metric fresh",
        ),
        pytest.param(rdb(report(State.BOOTING, 2, 15), seen=16), False, "too old", id="booting, then silent"),
        pytest.param(
            rdb(report(State.STANDBY), PENDING, 11), False, "pending past", id="standby but still pending"
        ),
        pytest.param(
            msgspec.structs.replace(rdb(None, metric=read(42)), rested=True),
            False,
            "rolled, by the name of its metric",
            id="nothing but a metric of one that rolled",
        ),
        pytest.param(
            msgspec.structs.replace(rdb(report(State.STANDBY, 5, 6), metric=read(42, 5)), rested=True),
            False,
            "rolled, by the name of its metric",
            id="standby by its word, and since then measured as one that rolled",
        ),
        pytest.param(
            msgspec.structs.replace(rdb(report(State.STANDBY, 5, 5.5), metric=read(5, 5)), rested=True),
            True,
            "standby at 5.0 %",
            id="measured as one that rolled in the minute in which it said standby",
        ),
    ],
)
def test_room_is_judged_by_what_is_known_of_an_rdb(known: Rdb, has: bool, why: str) -> None:
    found = room_of(known, DEFAULTS, NOW)
    assert found.has is has
    assert why in found.why


@pytest.mark.parametrize(
    ("known", "has"),
    [
        pytest.param(rdb(metric=read(30), peak=read(85, 5)), False, id="by metric alone"),
        pytest.param(rdb(metric=read(30), peak=read(84.9, 5)), True, id="just below the roll threshold"),
        pytest.param(rdb(BOOTING, seen=1, peak=read(90, 5)), False, id="booting does not override"),
        pytest.param(
            rdb(UNKNOWN, peak=read(90, 600), unanswered=Unanswered(ago(1), State.LIVE)),
            True,
            id="full yesterday, low today, and its q does not answer",
        ),
        pytest.param(rdb(UNKNOWN, peak=read(90, 5)), False, id="unknown does not override"),
        pytest.param(rdb(report(minutes=6), peak=read(90, 5)), False, id="an older live does not"),
        pytest.param(rdb(report(minutes=5), peak=read(90, 5)), False, id="a live of the same time does not"),
        pytest.param(rdb(report(minutes=4), peak=read(90, 5)), True, id="a newer live overrides"),
        pytest.param(rdb(report(State.STANDBY, minutes=4), peak=read(90, 5)), True, id="a newer standby too"),
        pytest.param(rdb(member=PENDING, seen=1, peak=read(90, 5)), False, id="pending does not override"),
    ],
)
def test_an_rdb_that_was_full_has_no_room_until_it_says_later_that_it_takes_data(
    known: Rdb, has: bool
) -> None:
    assert room_of(known, DEFAULTS, NOW).has is has


@pytest.mark.parametrize(
    ("reported", "measured", "has"),
    [
        ((10, 1), (70, 1), False),
        ((10, 1), (70, 2.9), False),
        ((10, 1), (70, 3.1), True),
        ((70, 1), (10, 1), False),
        ((70, 2.9), (10, 1), False),
        ((70, 3.1), (10, 1), True),
        ((10, 3.1), (70, 1), False),
    ],
)
def test_where_report_and_metric_disagree_the_higher_counts_and_else_the_newer(
    reported: tuple[int, float], measured: tuple[float, float], has: bool
) -> None:
    known = rdb(report(State.LIVE, *reported), metric=read(*measured))
    assert room_of(known, DEFAULTS, NOW).has is has


def test_a_reporters_clock_that_runs_ahead_does_not_make_its_reading_fresher() -> None:
    known = live(30, 0)
    assert known.report is not None
    ahead = msgspec.structs.replace(
        known,
        metric=None,
        report=msgspec.structs.replace(known.report, sent_at=NOW + timedelta(hours=1)),
        received_at=NOW - timedelta(minutes=15),
    )
    assert not room_of(ahead, DEFAULTS, NOW).has


@pytest.mark.parametrize(
    ("lead", "minutes"), [(0, 10), (60, 10), (300, 10), (301, 10 + 1 / 60), (600, 15), (3600, 65)]
)
def test_an_rdb_may_boot_for_its_lead_time_and_five_minutes_but_at_least_ten(
    lead: int, minutes: float
) -> None:
    slow, _ = settings_of({"highwater:lead-seconds": str(lead)})
    assert slow.boot_deadline == timedelta(minutes=minutes)
    assert room_of(launching(minutes - 0.01), slow, NOW).has
    assert not room_of(launching(minutes), slow, NOW).has


@settings(deadline=None)
@given(percents, minutes_ago, percents, minutes_ago)
def test_a_fresh_reading_above_the_threshold_outranks_booting_in_whatever_order_they_come(
    said: int, said_minutes: float, measured: int, measured_minutes: float
) -> None:
    known = rdb(report(State.BOOTING, said, said_minutes), metric=read(measured, measured_minutes), seen=9.9)
    fresh = [said if said_minutes < 15 else 0, measured if measured_minutes < 15 else 0]
    assert room_of(known, DEFAULTS, NOW).has is (max(fresh) < DEFAULTS.scale_threshold)


@settings(deadline=None)
@given(rdbs)
def test_unknown_memory_past_the_deadline_is_never_room(known: Rdb) -> None:
    assume(known.member is None or known.member.pending or known.member.in_service)
    if room_of(known, DEFAULTS, NOW).has and NOW - known.first_seen >= DEFAULTS.boot_deadline:
        assert known.member == IN_SERVICE
        assert known.reading is not None
        assert NOW - known.reading.at < timedelta(minutes=15)
        assert known.reading.percent < 60


@settings(deadline=None)
@given(rdbs)
def test_no_rdb_that_is_rolled_drained_or_unhealthy_ever_has_room(known: Rdb) -> None:
    if room_of(known, DEFAULTS, NOW).has:
        assert known.state not in (State.ROLLED, State.DRAINED)
        assert known.member is not None
        assert known.member.healthy


def test_a_clusters_own_thresholds_decide_what_room_is() -> None:
    strict = ClusterSettings(scale_threshold=20, roll_threshold=25, memory_fresh=timedelta(minutes=3))
    assert room_of(live(19), strict, NOW).has
    assert not room_of(live(20), strict, NOW).has
    assert not room_of(live(19, 3), strict, NOW).has
    assert not room_of(rdb(metric=read(5), peak=read(25, 4)), strict, NOW).has


@pytest.mark.parametrize(("minutes", "has"), [(9.9, True), (10.5, False)])
def test_a_restart_has_a_boot_deadline_of_its_own_and_yesterdays_peak_does_not_count(
    minutes: float, has: bool
) -> None:
    known = rdb(report(State.BOOTING, 2, 0.5), seen=3000, peak=read(90, 1000))
    restarted = msgspec.structs.replace(known, ready_at=ago(600), restarted_at=ago(minutes))
    assert room_of(restarted, DEFAULTS, NOW).has is has
    never = msgspec.structs.replace(restarted, ready_at=None)
    assert not room_of(never, DEFAULTS, NOW).has
    full_since = msgspec.structs.replace(restarted, peak=read(90, 500))
    assert not room_of(full_since, DEFAULTS, NOW).has


@pytest.mark.parametrize(("minutes", "has"), [(9.9, True), (10, False)])
def test_a_q_that_flaps_is_room_for_one_boot_deadline_in_all(minutes: float, has: bool) -> None:
    held = Unanswered(ago(1), State.STANDBY, counted_from=ago(minutes))
    assert room_of(rdb(UNKNOWN, unanswered=held), DEFAULTS, NOW).has is has


@pytest.mark.parametrize(
    ("minutes", "unheard", "has"), [(9.9, True, True), (10, True, False), (600, False, True)]
)
def test_a_metric_alone_is_room_until_the_boot_deadline_where_others_report(
    minutes: float, unheard: bool, has: bool
) -> None:
    known = msgspec.structs.replace(rdb(metric=read(4), seen=minutes), unheard=unheard)
    assert room_of(known, DEFAULTS, NOW).has is has
    told = {alert.key for alert in decision(cluster({A: live(30), B: known})).alerts}
    assert (f"never-ready {B}" in told) is not has
