"""Each command has one result, however often it is delivered."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contract.report import State
from chalicelib.core.decide import decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.wake_ups import Command, DrainRdbs, LiftHold, ReleaseRdb, SetFloor, SetHold
from chalicelib.core.results import CommandResult, failures_of, refused_undecided, results_of, sentence_of
from tests.unit.builders import HOLD, NOW, A, B, C, Facts, ago, cluster, drained, live, rdb, report, situation

STANDBY = rdb(report(State.STANDBY, 4))
KNOWN = cluster({A: live(30), B: STANDBY, C: drained()}, max_size=6)
OLD = ago(minutes=15, seconds=1)


def became(known: Facts, command: Command) -> CommandResult:
    """What one decision makes of one command."""
    (result,) = results_of(decide(situation(known), [command]).decision, [command])
    assert result.command == command
    return result


@pytest.mark.parametrize(
    ("command", "state"),
    [
        (SetFloor("c1", "ann", NOW, 5), "carried-out"),
        (SetFloor("c1", "ann", NOW, 3), "carried-out"),
        (SetFloor("c1", "ann", NOW, 7), "refused"),
        (DrainRdbs("c1", "ann", NOW, (B,)), "carried-out"),
        (DrainRdbs("c1", "ann", NOW, (A,)), "refused"),
        (DrainRdbs("c1", "ann", NOW, (A, B)), "partly-refused"),
        (ReleaseRdb("c1", "ann", NOW, C), "carried-out"),
        (ReleaseRdb("c1", "ann", NOW, A), "refused"),
        (SetHold("c1", "ann", NOW, "audit"), "carried-out"),
        (SetHold("c1", "ann", NOW, "audit", "i-00000000000000009"), "refused"),
        (LiftHold("c1", "ann", NOW), "carried-out"),
        (LiftHold("c1", "ann", ago(15)), "carried-out"),
        (SetFloor("c1", "ann", OLD, 5), "too-old"),
        (DrainRdbs("c1", "ann", OLD, (B,)), "too-old"),
        (ReleaseRdb("c1", "ann", OLD, C), "too-old"),
        (SetHold("c1", "ann", OLD, "audit"), "too-old"),
        (LiftHold("c1", "ann", OLD), "too-old"),
    ],
)
def test_each_command_has_a_result_with_every_reason_against_it(command: Command, state: str) -> None:
    result = became(KNOWN, command)
    assert (result.state, bool(result.reasons)) == (state, state != "carried-out")


@pytest.mark.parametrize(
    ("group", "reason"),
    [
        ({"unit": "vcpu"}, "counts vcpu, not hosts"),
        ({"deleting": True}, "is being deleted"),
    ],
)
def test_a_floor_for_which_nothing_can_be_raised_is_refused_with_the_reason(
    group: dict[str, Any], reason: str
) -> None:
    known = KNOWN[0], msgspec.structs.replace(KNOWN[1], **group)
    result = became(known, SetFloor("c1", "ann", NOW, 5))
    assert result.state == "refused"
    assert reason in result.reasons[0]


def test_a_floor_that_is_raised_one_host_at_a_time_is_met_in_part_and_says_how_far() -> None:
    known = msgspec.structs.replace(KNOWN[0], stands_in="broken"), KNOWN[1]
    result = became(known, SetFloor("c1", "ann", NOW, 5))
    assert result.state == "partly-refused"
    assert result.reasons[0].startswith("ann asked for 5: desired 3 to 4")


def test_a_floor_while_launch_is_suspended_is_carried_out_and_says_what_is_in_the_way() -> None:
    suspended = msgspec.structs.replace(KNOWN[1], suspended=KNOWN[1].suspended | {"Launch"})
    result = became((KNOWN[0], suspended), SetFloor("c1", "ann", NOW, 5))
    assert result.state == "carried-out"
    assert result.reasons[0].startswith("Launch is suspended on group")


@pytest.mark.parametrize(("floor", "is_told"), [(2, False), (3, False), (4, True)])
def test_a_floor_that_is_met_by_hosts_that_are_there_says_nothing_of_launches_for_others(
    floor: int, is_told: bool
) -> None:
    known = cluster({A: live(70), B: STANDBY, C: STANDBY}, desired=4)
    awaited = msgspec.structs.replace(known[0], owed_since=ago(60)), known[1]
    assert any(alert.is_of("launch") for alert in decide(situation(awaited)).decision.alerts)
    result = became(awaited, SetFloor("c1", "ann", NOW, floor))
    assert (result.state, bool(result.reasons)) == ("carried-out", is_told)


def test_what_is_too_old_changes_nothing() -> None:
    held = msgspec.structs.replace(KNOWN[0], hold=HOLD), KNOWN[1]
    found = decide(situation(held), [LiftHold("c1", "ann", OLD), SetFloor("c2", "ann", OLD, 6)])
    assert (found.ledger.hold, found.decision.target) == (HOLD, None)
    assert found.decision.carried_out == ("c1", "c2")
    assert {refusal.what for refusal in found.decision.refused if refusal.command_id} == {"too-old"}


def test_two_who_ask_for_the_same_release_both_hear_why_not() -> None:
    asks = [ReleaseRdb("c1", "ann", NOW, A), ReleaseRdb("c2", "bob", NOW, A)]
    first, second = results_of(decide(situation(KNOWN), asks).decision, asks)
    assert first.reasons == second.reasons
    assert f"{A}: it is the live one" in first.reasons


def test_where_nothing_is_decided_every_command_is_refused_with_the_reason_and_counts_as_taken() -> None:
    asks: list[Command] = [SetHold("c1", "ann", NOW, "audit"), SetFloor("c2", "ann", NOW, 3)]
    nothing = Decision("trades", NOW, "configuration", "tag highwater:lead-seconds: 60s is no number")
    decision, ledger = refused_undecided(nothing, KNOWN[0], [*asks, asks[0]])
    assert decision.carried_out == ("c1", "c2")
    assert set(ledger.commands) == {"c1", "c2"}
    for result in results_of(decision, asks):
        assert (result.state, result.reasons) == ("refused", (nothing.reason,))
    again, _ = refused_undecided(nothing, ledger, asks)
    assert (again.carried_out, again.refused) == ((), ())


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (SetFloor("c1", "ann", NOW, 5), "at least 5 hosts"),
        (ReleaseRdb("c1", "ann", NOW, A), f"release {A}"),
        (DrainRdbs("c1", "ann", NOW, (A, B)), f"drain {A}, {B}"),
        (SetHold("c1", "ann", NOW, "audit"), "hold the cluster: audit"),
        (
            SetHold("c1", "ann", NOW, "audit", A, NOW + timedelta(hours=1)),
            f"hold {A} until 2026-11-23T13:00:00Z: audit",
        ),
        (LiftHold("c1", "ann", NOW, A), f"lift the hold of {A}"),
    ],
)
def test_a_decision_says_in_a_sentence_what_was_asked_of_it(command: Command, sentence: str) -> None:
    assert sentence_of(command) == f"ann asked at 2026-11-23T12:00:00Z: {sentence}"
    assert decide(situation(KNOWN), [command]).decision.asked == (sentence_of(command),)


# However often and in whatever batches commands are delivered.

COMMANDS: tuple[Command, ...] = (
    SetFloor("c1", "ann", ago(4), 5),
    SetHold("c2", "ann", ago(3), "audit"),
    LiftHold("c3", "bob", ago(2)),
    SetHold("c4", "ann", ago(1), "again", A),
    ReleaseRdb("c5", "bob", ago(1), A),
)
counts = st.lists(st.integers(0, len(COMMANDS)), max_size=8)


def taken(known: Facts, batches: Sequence[Sequence[Command]]) -> tuple[Ledger, list[CommandResult]]:
    """The ledger after batches that came one after the other, with all the results that were written."""
    ledger, results = known[0], list[CommandResult]()
    for batch in batches:
        decided = decide(situation((ledger, known[1])), batch)
        results += results_of(decided.decision, batch)
        ledger = msgspec.structs.replace(decided.ledger, version=ledger.version + 1)
    return ledger, results


@given(counts)
def test_commands_that_are_delivered_again_have_one_effect_and_one_result(ends: list[int]) -> None:
    """Each batch begins anywhere before the first that was not delivered yet: what failed comes again."""
    batches: list[Sequence[Command]] = []
    done = 0
    for n in ends:
        end = max(done, n)
        batches.append([*COMMANDS[:end], *COMMANDS[done // 2 : end]])
        done = end
    batches.append(COMMANDS)
    ledger, results = taken(KNOWN, batches)
    once, expected = taken(KNOWN, [[command] for command in COMMANDS])
    assert [(r.command, r.state) for r in results] == [(r.command, r.state) for r in expected]
    assert (ledger.hold, ledger.rdbs[A].hold) == (once.hold, once.rdbs[A].hold)
    assert ledger.asked is not None
    assert ledger.asked.target == 5


holds = st.builds(
    lambda minutes, reason: SetHold(reason, "ann", ago(minutes), reason),
    st.integers(0, 15),
    st.uuids().map(str),
)


@given(st.lists(holds, min_size=1, unique_by=lambda hold: hold.at))
def test_of_holds_the_youngest_stands_in_whatever_order_they_come(asks: list[SetHold]) -> None:
    mixed = sorted(asks, key=lambda hold: hold.reason)
    ledger, _ = taken(KNOWN, [[hold] for hold in mixed])
    youngest = max(asks, key=lambda hold: hold.at)
    assert ledger.hold is not None
    assert (ledger.hold.at, ledger.hold.reason) == (youngest.at, youngest.reason)


@given(st.integers(0, 15), st.integers(0, 15))
def test_a_lift_lifts_what_was_held_before_it_and_nothing_younger(held: int, lifted: int) -> None:
    ask: datetime = ago(held)
    ledger, _ = taken(KNOWN, [[SetHold("c1", "ann", ask, "audit")], [LiftHold("c2", "bob", ago(lifted))]])
    assert (ledger.hold is None) == (lifted <= held)


RAISE = "SetDesiredCapacity trades-rdb 5 failed: AccessDenied"
SHOWN = f"CreateTags {B} highwater:drain failed: Throttling"


@pytest.mark.parametrize(
    ("command", "failures"),
    [
        (SetFloor("c1", "ann", NOW, 5), (RAISE,)),
        (ReleaseRdb("c1", "ann", NOW, B), (SHOWN,)),
        (DrainRdbs("c1", "ann", NOW, (A, B)), (SHOWN,)),
        (DrainRdbs("c1", "ann", NOW, (A,)), ()),
        (SetHold("c1", "ann", NOW, "audit", B), ()),
        (LiftHold("c1", "ann", NOW, B), ()),
    ],
)
def test_what_failed_of_a_command_is_told_apart_from_what_else_failed(
    command: Command, failures: tuple[str, ...]
) -> None:
    assert failures_of(command, ("repair of wall hook of trades-rdb failed: no", RAISE, SHOWN)) == failures
    assert failures_of(command, (f"SetDesiredCapacity trades-rdb 5; {B}",)) == ()
