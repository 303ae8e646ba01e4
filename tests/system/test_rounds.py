"""A reconcile waits for AWS twice before it decides: what it reads in between is asked side by side."""

from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

from bench.fleet import Fleet
from chalicelib.adapters.clients import in_order
from chalicelib.core.facts.wake_ups import WakeUp
from chalicelib.reconcile import runtime
from twin.aws.clock import Clock
from twin.day.options import MIDNIGHT

CLUSTER = "cluster-0000"


class Rounds:
    """Makes calls in order, and notes how many went together; what one of them asks in turn is its own."""

    def __init__(self) -> None:
        self.found: list[int] = []
        self._within = False

    def __call__(self, calls: Sequence[Callable[[], Any]]) -> list[Any]:
        if self._within:
            return in_order(calls)
        self.found.append(len(calls))
        self._within = True
        try:
            return in_order(calls)
        finally:
            self._within = False


def test_a_reconcile_reads_in_two_rounds() -> None:
    fleet, rounds = Fleet(1, 3, lambda: MIDNIGHT), Rounds()
    with Clock(MIDNIGHT).running(), fleet.answering(), patch.object(runtime, "side_by_side", rounds):
        runtime.controller().reconcile(CLUSTER, [WakeUp(CLUSTER, "alarm", MIDNIGHT, "an alarm")])
    assert rounds.found == [2, 1]
    assert fleet.calls.total() == sum(rounds.found)


def test_what_is_due_is_asked_with_the_metrics() -> None:
    fleet, rounds = Fleet(1, 3, lambda: MIDNIGHT), Rounds()
    # The hook is looked at again after it was missing.
    item = fleet.table.items[CLUSTER, "ledger"]
    item["document"]["S"] = item["document"]["S"].replace('"stands":true', '"stands":false')
    with Clock(MIDNIGHT).running(), fleet.answering(), patch.object(runtime, "side_by_side", rounds):
        plan = runtime.controller()._looked_closer(CLUSTER, [WakeUp(CLUSTER, "alarm", MIDNIGHT, "an alarm")])
    assert plan.decision.unread == ()
    assert rounds.found == [2, 2]
