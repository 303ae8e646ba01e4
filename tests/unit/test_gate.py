"""The gate: an RDB leaves on its own, newest, proven, drained, empty report, or not at all (rule 3)."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contract.report import State
from chalicelib.core.decide import decide
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import HookSeen, Ledger
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.release.gate import Gate
from chalicelib.core.release.walls import missing, with_hook_looked_at
from tests.unit.arbitrary import rdbs
from tests.unit.builders import (
    DEFAULTS,
    HOLD,
    NOW,
    PENDING,
    RETAINED,
    SICK,
    TERMINATING,
    A,
    B,
    ago,
    cluster,
    drained,
    live,
    rdb,
    read,
    report,
    rolled,
    situation,
)

GONE = msgspec.structs.replace(drained(), released_at=ago(1))
NO_PROOF = "no proof: none came with a report"
LIVE = ("it is the live one", "not drained but live", "holds 1000 rows", NO_PROOF)


def gate(
    known: Rdb | None, spare: int = 1, settings: ClusterSettings = DEFAULTS, **facts: Any
) -> tuple[str, ...]:
    """The reasons against releasing A; `facts` are changed on the ledger or on the group."""
    ledger, group = cluster({A: known} if known else {})
    of_group = {k: v for k, v in facts.items() if k in Group.__struct_fields__}
    of_ledger = {k: v for k, v in facts.items() if k in Ledger.__struct_fields__}
    ledger, group = msgspec.structs.replace(ledger, **of_ledger), msgspec.structs.replace(group, **of_group)
    judged = situation((ledger, group), settings)
    return Gate.of(judged, missing(judged), spare).refusals(A)


def drained_in(lifecycle: Any) -> Rdb:
    return rdb(report(State.DRAINED, 5), lifecycle)


def test_a_drained_and_empty_rdb_with_a_proof_may_be_released() -> None:
    assert gate(drained()) == ()


@pytest.mark.parametrize(
    ("known", "reasons"),
    [
        pytest.param(None, ("not in this group",), id="nobody knows it"),
        pytest.param(drained_in(None), ("not in this group",), id="no member"),
        pytest.param(rdb(), ("never reported", NO_PROOF), id="silent"),
        pytest.param(rdb(metric=read(1)), ("never reported", NO_PROOF), id="empty by its metric alone"),
        pytest.param(live(), LIVE, id="live"),
        pytest.param(rolled(), ("not drained but rolled", "holds 1000 rows", NO_PROOF), id="rolled"),
        pytest.param(
            rdb(report(State.ROLLED, rows=0)), ("not drained but rolled", NO_PROOF), id="rolled and empty"
        ),
        pytest.param(
            rdb(report(State.UNKNOWN)),
            ("not drained but unknown", "rows unknown", NO_PROOF),
            id="q does not answer",
        ),
        pytest.param(rdb(report(State.DRAINED, rows=1)), ("holds 1 rows",), id="drained but not empty"),
        pytest.param(drained(10), ("newest report is 600 s old",), id="drained ten minutes ago"),
        pytest.param(
            msgspec.structs.replace(drained(2), unheeded_at=ago(1)),
            (f"a report that came at {ago(1):%FT%TZ} did not count by its clock: it may hold rows again",),
            id="its next report did not count",
        ),
        pytest.param(
            msgspec.structs.replace(drained(1), unheeded_at=ago(2)), (), id="it drained again after that"
        ),
        pytest.param(rdb(report(State.DRAINED), proven=False), (NO_PROOF,), id="no proof"),
        pytest.param(
            msgspec.structs.replace(drained(), proven_sequence=None, unproven="STS answered 403"),
            ("no proof: STS answered 403",),
            id="a proof that did not hold",
        ),
        pytest.param(
            msgspec.structs.replace(drained(), proven_sequence=7),
            ("the proof is of report 7, not of the newest",),
            id="the proof of an older report",
        ),
        pytest.param(GONE, ("already released",), id="already released"),
        pytest.param(drained_in(PENDING), ("not in service but Pending:Wait",), id="pending"),
        pytest.param(
            msgspec.structs.replace(drained(), hold=HOLD),
            ("the RDB is on hold since 2026-11-23T11:00:00Z by ann: looking into it",),
            id="on hold",
        ),
        pytest.param(
            rdb(report(State.DRAINED, 5, 2), metric=read(7, 1)),
            ("memory rose from 5.0 % to 7.0 % since its report",),
            id="memory rising",
        ),
        pytest.param(
            msgspec.structs.replace(rdb(report(State.LIVE, minutes=20), PENDING), hold=HOLD),
            (
                "not in service but Pending:Wait",
                f"the RDB is {HOLD}",
                "it is the live one",
                "not drained but live",
                "holds 1000 rows",
                NO_PROOF,
            ),
            id="every reason is given",
        ),
    ],
)
def test_everything_else_is_refused_with_every_reason(known: Rdb | None, reasons: tuple[str, ...]) -> None:
    assert gate(known) == reasons


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"hold": HOLD}, f"the cluster is {HOLD}"),
        (
            {"suspended": frozenset({"AZRebalance", "Terminate"})},
            "wall missing: ReplaceUnhealthy not suspended",
        ),
        ({"protects_new": False}, "wall missing: new instances are not protected from scale-in"),
        (
            {"on_abandon": "terminate"},
            "wall missing: an instance whose terminating hook is abandoned is not retained",
        ),
        ({"deletion_protection": "none"}, "wall missing: the group can be deleted"),
        (
            {"hook": HookSeen(stands=False, at=NOW)},
            "wall missing: the terminating hook highwater-terminating does not stand",
        ),
        (
            {"hook": None},
            "wall unknown: the terminating hook was not looked at within ten minutes",
        ),
        (
            {"hook": HookSeen(stands=True, at=ago(10.1))},
            "wall unknown: the terminating hook was not looked at within ten minutes",
        ),
    ],
)
def test_a_cluster_on_hold_or_with_a_wall_missing_releases_nothing(facts: Any, reason: str) -> None:
    assert gate(drained(), **facts) == (reason,)


def test_a_look_that_is_taken_before_a_release_is_no_reason_while_there_are_others() -> None:
    assert "wall unknown" not in "; ".join(gate(live(), hook=None))


@pytest.mark.parametrize("hook", [None, HookSeen(stands=True, at=ago(50))])
def test_a_plan_counts_on_the_look_that_comes_before_a_release(hook: HookSeen | None) -> None:
    ledger, group = cluster({A: drained(), B: live()})
    planned = with_hook_looked_at(situation((msgspec.structs.replace(ledger, hook=hook), group)))
    assert [release.instance_id for release in decide(planned).decision.release] == [A]
    fallen = situation((msgspec.structs.replace(ledger, hook=HookSeen(stands=False, at=ago(1))), group))
    assert with_hook_looked_at(fallen) == fallen


def test_a_hook_that_was_seen_ten_minutes_ago_is_still_trusted() -> None:
    assert gate(drained(), hook=HookSeen(stands=True, at=ago(10))) == ()


def test_a_member_without_protection_is_a_missing_wall() -> None:
    bare = msgspec.structs.replace(drained(), member=msgspec.structs.replace(SICK, protected=False))
    assert gate(bare) == (f"wall missing: {A} not protected from scale-in",)


def test_a_bare_member_that_is_leaving_by_our_release_is_no_missing_wall_for_another() -> None:
    bare = msgspec.structs.replace(SICK, protected=False)
    leaver = msgspec.structs.replace(drained(), member=bare, released_at=ago(1))
    judged = situation(cluster({A: drained(), B: leaver}))
    assert Gate.of(judged, missing(judged), 1).refusals(A) == ()


@pytest.mark.parametrize("lifecycle", [TERMINATING, RETAINED])
def test_a_drained_rdb_that_waits_or_is_retained_may_go_even_at_minsize(lifecycle: Any) -> None:
    assert gate(drained_in(lifecycle), spare=0) == ()


@pytest.mark.parametrize("percent", [5, 6])
def test_memory_that_is_high_but_flat_is_no_reason(percent: int) -> None:
    assert gate(rdb(report(State.DRAINED, 5, 2), metric=read(percent, 1))) == ()


def test_a_reading_from_before_the_report_is_no_rise() -> None:
    assert gate(rdb(report(State.DRAINED, 5, 2), metric=read(80, 2))) == ()


def test_the_dead_are_released_without_a_report_at_minsize_too_but_not_against_a_hold() -> None:
    dead = msgspec.structs.replace(rdb(report(State.ROLLED), SICK), dead_at=NOW)
    assert gate(dead) == ()
    assert gate(dead, hold=HOLD) == (f"the cluster is {HOLD}",)
    assert gate(dead, spare=0) == ()


def test_a_launch_that_died_while_it_was_pending_leaves_like_any_dead_one() -> None:
    dead = msgspec.structs.replace(rdb(member=PENDING), dead_at=NOW)
    assert gate(dead) == ()
    assert gate(dead, spare=0) == ()


@pytest.mark.parametrize(("spare", "free"), [(-2, False), (0, False), (1, True), (5, True)])
def test_no_release_takes_the_group_below_minsize(spare: int, free: bool) -> None:
    assert gate(drained(), spare) == (() if free else ("the group is at MinSize",))


@pytest.mark.parametrize(("seconds", "good"), [(0, True), (299, True), (300, False)])
def test_how_long_a_drained_report_is_good_for_is_the_clusters_own_setting(seconds: int, good: bool) -> None:
    brief = ClusterSettings(drained_good=timedelta(minutes=5))
    assert (gate(drained(seconds / 60), settings=brief) == ()) is good


def test_an_old_report_is_not_made_fresh_by_a_late_delivery() -> None:
    late = msgspec.structs.replace(drained(11), received_at=NOW)
    assert gate(late) == ("newest report is 660 s old",)


def test_a_report_is_not_made_fresh_by_a_clock_that_runs_ahead() -> None:
    ahead = msgspec.structs.replace(drained(0), received_at=ago(11))
    assert gate(ahead) == ("newest report is 660 s old",)


def test_a_release_that_was_not_borne_out_in_two_minutes_may_be_tried_again() -> None:
    assert gate(msgspec.structs.replace(drained(), released_at=ago(2))) == ()


def test_an_unhealthy_rdb_that_is_drained_and_empty_may_be_released() -> None:
    assert gate(drained_in(SICK)) == ()


@given(rdbs, st.integers(-2, 5))
def test_whoever_passes_the_gate_proved_lately_that_it_is_drained_and_empty(known: Rdb, spare: int) -> None:
    if gate(known, spare):
        return
    assert known.member is not None
    assert known.report is not None
    assert (known.report.state, known.report.rows) == (State.DRAINED, 0)
    assert known.proven
    assert NOW - known.report.sent_at < timedelta(minutes=10)
    if known.member.in_service:
        assert spare >= 1
        assert known.released_at is None or NOW - known.released_at >= timedelta(minutes=2)
    else:
        assert known.member.lifecycle == "Terminating:Wait"


@pytest.mark.parametrize("state", [State.ROLLED, State.LIVE, State.STANDBY])
def test_how_old_a_report_is_is_said_of_a_drained_one_only(state: State) -> None:
    old = gate(rdb(report(state, minutes=150)))
    assert f"not drained but {state}" in old
    assert not any(reason.startswith("newest report is") for reason in old)
