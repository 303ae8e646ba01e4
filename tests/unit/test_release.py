"""The gate: an RDB leaves on its own, newest, drained and empty report, or not at all (rules 3, 4)."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.cluster import Rdb
from chalicelib.contracts import State
from chalicelib.release import refusals
from chalicelib.settings import ClusterSettings
from tests.unit.builders import (
    DEFAULTS,
    IN_SERVICE,
    NOW,
    PENDING,
    SICK,
    TERMINATING,
    ago,
    drained,
    live,
    rdb,
    rdbs,
    read,
    report,
    rolled,
)

GONE = msgspec.structs.replace(drained(), released_at=ago(1))


def test_a_drained_and_empty_rdb_may_be_released() -> None:
    assert refusals(drained(), 1, DEFAULTS, NOW) == ()


@pytest.mark.parametrize(
    ("known", "reasons"),
    [
        pytest.param(None, ("not in this group",), id="nobody knows it"),
        pytest.param(rdb(report(State.DRAINED), None), ("not in this group",), id="no member"),
        pytest.param(rdb(), ("never reported",), id="silent"),
        pytest.param(rdb(metric=read(1)), ("never reported",), id="empty by its metric alone"),
        pytest.param(live(), ("not drained but live", "holds 1000 rows"), id="live"),
        pytest.param(rolled(), ("not drained but rolled", "holds 1000 rows"), id="rolled"),
        pytest.param(rdb(report(State.ROLLED, rows=0)), ("not drained but rolled",), id="rolled and empty"),
        pytest.param(rdb(report(State.STANDBY, rows=0)), ("not drained but standby",), id="standby, empty"),
        pytest.param(rdb(report(State.BOOTING, rows=0)), ("not drained but booting",), id="booting, empty"),
        pytest.param(
            rdb(report(State.UNKNOWN)), ("not drained but unknown", "rows unknown"), id="q does not answer"
        ),
        pytest.param(rdb(report(State.DRAINED, rows=1)), ("holds 1 rows",), id="drained but not empty"),
        pytest.param(drained(10), ("newest report is 600 s old",), id="drained ten minutes ago"),
        pytest.param(GONE, ("already released",), id="already released"),
        pytest.param(
            rdb(report(State.DRAINED), TERMINATING),
            ("not in service but Terminating:Wait",),
            id="terminating",
        ),
        pytest.param(rdb(report(State.DRAINED), PENDING), ("not in service but Pending:Wait",), id="pending"),
        pytest.param(
            rdb(report(State.LIVE, minutes=20), PENDING),
            (
                "not in service but Pending:Wait",
                "not drained but live",
                "holds 1000 rows",
                "newest report is 1200 s old",
            ),
            id="every reason is given",
        ),
    ],
)
def test_everything_else_is_refused_with_every_reason(known: Rdb | None, reasons: tuple[str, ...]) -> None:
    assert refusals(known, 1, DEFAULTS, NOW) == reasons


@pytest.mark.parametrize(
    ("spare", "reasons"), [(0, ("the group is at MinSize",)), (-2, None), (1, ()), (5, ())]
)
def test_no_release_takes_the_group_below_minsize(spare: int, reasons: tuple[str, ...] | None) -> None:
    expected = ("the group is at MinSize",) if reasons is None else reasons
    assert refusals(drained(), spare, DEFAULTS, NOW) == expected


@pytest.mark.parametrize(("seconds", "good"), [(0, True), (299, True), (300, False)])
def test_how_long_a_drained_report_is_good_for_is_the_clusters_own_setting(seconds: int, good: bool) -> None:
    brief = ClusterSettings(drained_good=timedelta(minutes=5))
    assert (refusals(drained(seconds / 60), 1, brief, NOW) == ()) is good


def test_an_old_report_is_not_made_fresh_by_a_late_delivery() -> None:
    late = msgspec.structs.replace(drained(11), received_at=NOW)
    assert refusals(late, 1, DEFAULTS, NOW) == ("newest report is 660 s old",)


def test_a_report_is_not_made_fresh_by_a_clock_that_runs_ahead() -> None:
    ahead = msgspec.structs.replace(drained(0), received_at=ago(11))
    assert refusals(ahead, 1, DEFAULTS, NOW) == ("newest report is 660 s old",)


def test_a_release_that_was_not_borne_out_in_two_minutes_may_be_tried_again() -> None:
    assert refusals(msgspec.structs.replace(drained(), released_at=ago(2)), 1, DEFAULTS, NOW) == ()


def test_an_unhealthy_rdb_that_is_drained_and_empty_may_be_released() -> None:
    assert refusals(rdb(report(State.DRAINED), SICK), 1, DEFAULTS, NOW) == ()


@settings(deadline=None, max_examples=300)
@given(st.none() | rdbs, st.integers(-2, 5))
def test_whoever_passes_the_gate_is_in_service_and_said_lately_that_it_is_drained_and_empty(
    known: Rdb | None, spare: int
) -> None:
    proven = (
        known is not None
        and known.member is not None
        and known.member.lifecycle == IN_SERVICE.lifecycle
        and known.report is not None
        and known.report.state is State.DRAINED
        and known.report.rows == 0
        and NOW - known.report.sent_at < timedelta(minutes=10)
        and (known.released_at is None or NOW - known.released_at >= timedelta(minutes=2))
    )
    assert (refusals(known, spare, DEFAULTS, NOW) == ()) == (proven and spare >= 1)
