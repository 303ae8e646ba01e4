"""A sweep has a cluster reconciled when that would act, look closer, or record a fact; else it leaves it."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from chalicelib.contract.release import RELEASE
from chalicelib.contract.report import State
from chalicelib.core.decide import decide
from chalicelib.core.facts.ledger import Fails, KnownGroup, Standing
from chalicelib.core.facts.wake_ups import SetFloor
from chalicelib.core.looks import Looks
from chalicelib.core.plan import DecidedPlan
from tests.unit.builders import NOW, A, B, ago, cluster, live, rdb, read, report, situation

CALM = situation(cluster({A: live(30)}))


def plan(**changes: Any) -> DecidedPlan:
    """A plan on a calm cluster whose last decision is recorded."""
    decided = decide(CALM)
    known = msgspec.structs.replace(decided.ledger, gist=decided.decision.gist)
    return msgspec.structs.replace(DecidedPlan(known, known, decided.decision, decided=decided), **changes)


def with_decision(**changes: Any) -> DecidedPlan:
    calm = plan()
    return msgspec.structs.replace(calm, decision=msgspec.structs.replace(calm.decision, **changes))


def test_a_calm_cluster_is_left_alone() -> None:
    assert not plan().due
    assert not plan().worth_recording


@pytest.mark.parametrize(
    "changes",
    [{"target": 2}, {"noted": ("a report that was ignored",)}, {"carried_out": ("c1",)}, {"ended": ("h",)}],
    ids=lambda changes: next(iter(changes)),
)
def test_what_acts_or_came_with_a_fact_is_recorded(changes: Mapping[str, Any]) -> None:
    assert with_decision(**changes).worth_recording
    assert with_decision(**changes).due


def test_a_decision_is_recorded_again_when_its_case_is_another_and_not_for_other_numbers() -> None:
    assert with_decision(code="max-size").worth_recording
    assert not with_decision(reason="the same with other numbers", counted=7).worth_recording


def test_a_closer_look_is_due_and_records_nothing_by_itself() -> None:
    looking = plan(looks=Looks(hook=True, suspects=(), activities=False))
    assert looking.due
    assert not looking.worth_recording


@pytest.mark.parametrize(
    "changes",
    [{"group": KnownGroup("another", NOW)}, {"alerts": {"wall hook": Standing(NOW)}}, {"owed_since": NOW}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_fact_that_would_be_gone_is_due(changes: Mapping[str, Any]) -> None:
    calm = plan()
    changed = msgspec.structs.replace(calm, ledger=msgspec.structs.replace(calm.ledger, **changes))
    assert changed.due
    assert not changed.worth_recording


def test_a_command_is_decided_on_the_same_facts_and_keeps_what_else_was_found() -> None:
    found = with_decision(noted=("a report that was ignored",), ended=("a hold",), unread=("one",))
    asked = found.with_command(SetFloor("c1", "ann", ago(1), 2))
    assert (asked.target, asked.carried_out, asked.triggers) == (2, ("c1",), ("operator",))
    assert (asked.noted, asked.ended, asked.unread) == (("a report that was ignored",), ("a hold",), ("one",))


@pytest.mark.parametrize("unread", [{}, {"GetMetricData": Fails(ago(180), 36, "GetMetricData failed: no")}])
def test_while_metrics_cannot_be_read_each_report_of_one_that_rests_is_kept(unread: dict[str, Fails]) -> None:
    calm = plan().known
    rests = [rdb(report(State.ROLLED, 86, said), metric=read(86, 180)) for said in (59, 1)]
    before, after = (
        msgspec.structs.replace(calm, rdbs={**calm.rdbs, B: one}, unread=unread) for one in rests
    )
    assert plan(known=before, ledger=after).says_more is bool(unread)


def test_that_a_metric_has_the_name_of_one_that_rolled_is_recorded() -> None:
    calm = plan().known
    assert plan(ledger=calm.with_rdb(A, rested=True)).due


@pytest.mark.parametrize(
    ("version", "release", "written"),
    [(7, None, True), (7, "0.9.0", True), (7, RELEASE, False), (0, None, False)],
)
def test_a_ledger_that_another_release_wrote_is_written_once_and_none_is_made_for_that(
    version: int, release: str | None, written: bool
) -> None:
    calm = plan().ledger
    left = msgspec.structs.replace(calm, version=version, release=release)
    found = plan(known=left, ledger=left)
    assert (found.due, found.says_more) == (written, written)
