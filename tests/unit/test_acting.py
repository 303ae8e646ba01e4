"""Acting: each step out of a group is one call, and a step that nobody knows is none and is told."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast, get_args
from unittest.mock import Mock

import msgspec
import pytest

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.clients import Outcome
from chalicelib.adapters.ec2 import Instances
from chalicelib.adapters.sns import Operators
from chalicelib.core.decide import decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.ledger import Fails, Gone, Ledger
from chalicelib.core.facts.wake_ups import Command, DrainRdbs, ReleaseRdb, SetFloor, SetHold
from chalicelib.core.release.releases import Release
from chalicelib.core.release.steps import Step
from chalicelib.core.release.walls import WALLS
from chalicelib.core.results import failures_of
from chalicelib.reconcile.acting import SECONDS_TO_BEGIN, Acting
from tests.unit.builders import NOW, TERMINATING, A, B, C, ago, cluster, drained, due, live, situation

CALLS: dict[str, tuple[Any, ...]] = {
    "terminate": ("terminate", A, True),
    "replace": ("terminate", A, False),
    "end-retained": ("terminate", A, False),
    "continue": ("let_go", A),
}


DONE = Outcome(True, "done")


class Recorder:
    """Groups, hosts and operators that note what is asked of them."""

    def __init__(self, answer: Outcome = DONE) -> None:
        self.answer = answer
        self.calls: list[tuple[Any, ...]] = []
        self.told: list[str] = []

    def terminate(self, instance_id: str, *, decrement: bool) -> Outcome:
        return self._noted("terminate", instance_id, decrement)

    def write_desired(self, _group: object, target: int) -> Outcome:
        return self._noted("write_desired", target)

    def let_go(self, _group: object, instance_id: str) -> Outcome:
        return self._noted("let_go", instance_id)

    def repair(self, _group: object, wall: str, _repair: object) -> Outcome:
        return self._noted("repair", wall)

    def tell(self, decision: Decision) -> Outcome:
        self.told += [alert.text for alert in decision.told]
        return Outcome(True, "told")

    def _noted(self, *call: Any) -> Outcome:
        self.calls.append(call)
        return self.answer


def carried_out(decision: Decision, *, walls: bool = True) -> tuple[Recorder, list[Outcome]]:
    aws = Recorder()
    acting = Acting(cast(Groups, aws), cast(Instances, SimpleNamespace()), cast(Operators, aws))
    known = cluster({A: drained()}, walls=walls)
    return aws, list(acting.carry_out(decision, situation(known), known[0])[2])


def test_tags_for_which_no_time_is_left_go_on_in_the_next_reconcile() -> None:
    instances = Mock(ask_to_drain=Mock(return_value=DONE))
    left, aws = iter([30.0, 3.1, 3.0]), Recorder()
    acting = Acting(cast(Groups, aws), cast(Instances, instances), cast(Operators, aws), lambda: next(left))
    known, group = cluster({i: live(30) for i in (A, B, C)})
    decided = decide(situation((known, group)))
    decision = msgspec.structs.replace(decided.decision, tag=(A, B, C), release=(), target=None)
    _, after, outcomes = acting.carry_out(decision, situation((known, group)), known)
    assert [call.args for call in instances.ask_to_drain.mock_calls] == [(A,), (B,)]
    assert outcomes[-1].text == f"tags of {C} failed: out of time, left to the next reconcile"
    asked = [DrainRdbs(i, "ann", NOW, (i,)) for i in (B, C)]
    assert [bool(failures_of(one, [o.text for o in outcomes])) for one in asked] == [False, True]
    assert [after.rdbs[i].tagged for i in (A, B, C)] == [True, True, False]


def test_releases_for_which_no_time_is_left_go_on_in_the_next_reconcile() -> None:
    aws, left = Recorder(), iter([30.0, 5.1, 5.0])
    groups, operators = cast(Groups, aws), cast(Operators, aws)
    acting = Acting(groups, cast(Instances, SimpleNamespace()), operators, lambda: next(left))
    ledger, group = cluster({i: drained() for i in (A, B, C)})
    decided = decide(situation((ledger, group)))
    assert [release.instance_id for release in decided.decision.release] == [A, B, C]
    committed = msgspec.structs.replace(decided.ledger, version=ledger.version + 1)
    _, after, outcomes = acting.carry_out(decided.decision, situation((committed, group)), ledger)
    assert [call[1] for call in aws.calls if call[0] == "terminate"] == [A, B]
    assert outcomes[-1].text == f"releases of {C} failed: out of time, left to the next reconcile"
    asked = [ReleaseRdb(i, "ann", NOW, i) for i in (B, C)]
    assert [bool(failures_of(one, [o.text for o in outcomes])) for one in asked] == [False, True]
    assert [after.rdbs[i].released_at for i in (A, B, C)] == [NOW, NOW, None]


def test_who_begins_late_and_looks_for_two_seconds_still_releases() -> None:
    aws = Recorder()
    groups, operators = cast(Groups, aws), cast(Operators, aws)
    acting = Acting(groups, cast(Instances, SimpleNamespace()), operators, lambda: SECONDS_TO_BEGIN - 2)
    known = cluster({A: drained(), B: live()})
    acting.carry_out(decide(situation(known)).decision, situation(known), known[0])
    assert aws.calls == [("terminate", A, True)]


def after(answer: Outcome, decision: Decision, committed: Ledger, before: Ledger | None = None) -> Ledger:
    """The ledger after a decision was carried out and every call got this answer."""
    aws = Recorder(answer)
    acting = Acting(cast(Groups, aws), cast(Instances, SimpleNamespace()), cast(Operators, aws))
    _, group = cluster({A: drained(), B: live()})
    before = before or msgspec.structs.replace(committed, asked=None)
    decision, ledger, _ = acting.carry_out(decision, situation((committed, group)), before)
    return acting.tell(decision, ledger)[0]


def test_every_step_of_a_release_has_its_call() -> None:
    assert set(CALLS) == set(get_args(Step))


@pytest.mark.parametrize("step", get_args(Step))
def test_a_step_is_one_call(step: Step) -> None:
    aws, _ = carried_out(Decision("trades", NOW, "release", "", release=(Release(A, step),)))
    assert aws.calls == [CALLS[step]]


def test_an_unknown_step_does_nothing_and_counts_as_a_failed_call() -> None:
    unknown = Release(A, cast(Step, "evict"))
    aws, (outcome,) = carried_out(Decision("trades", NOW, "release", "", release=(unknown,)))
    assert aws.calls == []
    assert outcome.text == f"release of {A} failed: step 'evict' is unknown, nothing was done"
    assert (outcome.done, outcome.refused) == (False, True)


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        pytest.param(DONE, True, id="done"),
        pytest.param(Outcome(False, "timed out"), True, id="nobody knows"),
        pytest.param(Outcome(False, "denied", refused=True), False, id="refused for certain"),
    ],
)
def test_the_intent_of_a_release_is_taken_back_only_when_aws_refused_it(answer: Outcome, kept: bool) -> None:
    decided = decide(situation(cluster({A: drained(), B: live()})))
    ledger = after(answer, decided.decision, msgspec.structs.replace(decided.ledger, version=1))
    assert [release.step for release in decided.decision.release] == ["terminate"]
    assert (ledger.rdbs[A].released_at is not None) is kept


def test_a_hook_that_cannot_be_completed_leaves_the_intent_of_an_earlier_decision() -> None:
    leaver = msgspec.structs.replace(drained(), member=TERMINATING, released_at=NOW, released_in=1)
    known, group = cluster({A: leaver, B: live()})
    decided = decide(situation((msgspec.structs.replace(known, version=1), group)))
    refused = Outcome(False, "denied", refused=True)
    ledger = after(refused, decided.decision, msgspec.structs.replace(decided.ledger, version=2))
    assert [release.step for release in decided.decision.release] == ["continue"]
    assert ledger.rdbs[A].released_at == NOW


def test_a_raise_that_aws_refuses_twice_is_told_with_its_words_until_one_succeeds() -> None:
    known = cluster({A: live(90)})
    refused = Outcome(False, "SetDesiredCapacity highwater-trades-rdb 2 failed: AccessDenied", refused=True)
    for minutes, told in ((7, False), (5, False), (3, True), (1, True)):
        decided = decide(msgspec.structs.replace(situation(known), now=ago(minutes)))
        assert decided.decision.target == 2
        alerts = {alert.key: alert.text for alert in decided.decision.alerts}
        assert ("raise" in alerts) is told
        known = (after(refused, decided.decision, decided.ledger), known[1])
    assert alerts["raise"] == (
        "raises fail since 2026-11-23T11:53:00Z, 3 so far: SetDesiredCapacity highwater-trades-rdb 2 failed: "
        "AccessDenied; it is tried again by itself; look at the role of Reconcile, at service control "
        "policies and at AWS's health, and raise group trades-rdb by hand to 2 meanwhile"
    )
    ledger = after(DONE, decided.decision, decided.ledger)
    assert ledger.raise_fails is None


def test_raises_that_are_not_answered_are_told_though_each_is_believed_for_two_minutes() -> None:
    known, told = cluster({A: live(90)}), []
    silent = Outcome(False, "SetDesiredCapacity highwater-trades-rdb 2 failed: timeout")
    for minute in range(8):
        facts = msgspec.structs.replace(situation(known), now=NOW + timedelta(minutes=minute))
        decided = decide(facts)
        told.append("raise" in {alert.key for alert in decided.decision.alerts})
        known = (after(silent, decided.decision, decided.ledger), known[1])
    assert told == [False] * 3 + [True] * 5


def test_while_a_raise_that_failed_is_believed_the_reason_says_that_it_is_not_confirmed() -> None:
    known, group = cluster({A: live(90)})
    failed = Outcome(False, "SetDesiredCapacity highwater-trades-rdb 2 failed: timeout")
    first = decide(situation((known, group)))
    ledger = after(failed, first.decision, first.ledger)
    later = decide(
        msgspec.structs.replace(situation((ledger, group)), now=NOW + timedelta(minutes=1))
    ).decision
    assert (later.code, later.desired) == ("room", 2)
    assert later.reason == (
        "1 with room, 1 wanted, counting the raise to 2, which is not confirmed: raises failed since "
        "2026-11-23T12:00:00Z, 1 so far"
    )
    answered = after(DONE, first.decision, first.ledger)
    assert decide(situation((answered, group))).decision.reason == "1 with room, 1 wanted"


def test_a_floor_that_aws_refuses_is_told_at_once_and_that_it_is_tried_again() -> None:
    decided = decide(situation(cluster({A: live(30)})), [SetFloor("c1", "ann", NOW, 5)])
    aws = Recorder(Outcome(False, "SetDesiredCapacity highwater-trades-rdb 5 failed: 500"))
    acting = Acting(cast(Groups, aws), cast(Instances, SimpleNamespace()), cast(Operators, aws))
    acted = acting.carry_out(decided.decision, decided.facts.on(decided.ledger), decided.facts.ledger)
    acting.tell(*acted[:2])
    (text,) = aws.told
    assert text.endswith("5 failed: 500; an operator asked for it; it is tried again while that floor stands")


@pytest.mark.parametrize("earlier", [None, ago(300)])
@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        pytest.param(Outcome(False, "denied", refused=True), True, id="refused for certain"),
        pytest.param(Outcome(False, "timed out"), False, id="nobody knows"),
        pytest.param(DONE, False, id="done"),
    ],
)
def test_a_floor_that_aws_refused_ends_no_pause_of_launches(
    answer: Outcome, waits: bool, earlier: datetime | None
) -> None:
    gone = {B: Gone(ago(25), "died"), C: Gone(ago(18), "died")}
    known, group = cluster({A: live(70)})
    known = msgspec.structs.replace(known, gone=gone, tried_afresh=earlier)
    assert due((known, group)).code == "waiting"
    decided = decide(situation((known, group)), [SetFloor("c1", "ann", NOW, 2)])
    assert decided.decision.target == 2
    ledger = after(answer, decided.decision, decided.ledger, decided.facts.ledger)
    assert ledger.tried_afresh == (earlier if waits else NOW)
    assert (due((msgspec.structs.replace(ledger, asked=None), group)).code == "waiting") is waits


@pytest.mark.parametrize("command", [SetHold("c1", "ann", NOW, "looking"), SetFloor("c1", "ann", NOW, 1)])
def test_another_command_beside_a_refused_raise_is_not_said_to_have_asked_for_it(command: Command) -> None:
    decided = decide(situation(cluster({A: live(90)})), [command])
    assert (decided.decision.target, decided.decision.carried_out) == (2, ("c1",))
    aws = Recorder(Outcome(False, "SetDesiredCapacity highwater-trades-rdb 2 failed: 500"))
    acting = Acting(cast(Groups, aws), cast(Instances, SimpleNamespace()), cast(Operators, aws))
    acted = acting.carry_out(decided.decision, decided.facts.on(decided.ledger), decided.facts.ledger)
    acting.tell(*acted[:2])
    assert aws.told == []


def test_a_raise_that_is_no_longer_needed_is_no_alert() -> None:
    (ledger, group) = cluster({A: live(30)})
    fails = Fails(NOW, 5, "AccessDenied")
    decided = decide(situation((msgspec.structs.replace(ledger, raise_fails=fails), group)))
    assert (decided.decision.alerts, decided.ledger.raise_fails) == ((), None)


def test_every_wall_that_is_missing_is_repaired_by_its_own_row() -> None:
    names = tuple(wall.name for wall in WALLS)
    decision = Decision("trades", NOW, "room", "", repair=names)
    aws, _ = carried_out(decision, walls=False)
    # The one member is protected, so that this wall has nothing to repair.
    assert aws.calls == [("repair", name) for name in names if name != "protected"]


def test_walls_have_names_of_their_own() -> None:
    assert len({wall.name for wall in WALLS}) == len(WALLS)


def test_a_repair_takes_only_parameters_that_are_plain_json() -> None:
    repairs = [wall.repair(situation(cluster({A: drained()}, walls=False))) for wall in WALLS]
    for repair in filter(None, repairs):
        assert msgspec.json.decode(msgspec.json.encode(repair.parameters)) == repair.parameters
