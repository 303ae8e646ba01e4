"""A batch of the queue: each cluster is reconciled once, as long as there is time to begin with it."""

from types import SimpleNamespace

import msgspec
import pytest

from chalicelib.core.facts.errors import LedgerContended
from chalicelib.core.facts.wake_ups import WakeUp
from chalicelib.reconcile import runtime
from chalicelib.reconcile.acting import SECONDS_TO_BEGIN
from chalicelib.triggers.events import Batch, OutOfTime
from tests.unit.builders import NOW

BODIES = [msgspec.json.encode(WakeUp(name, "sweep", NOW, "sweep")).decode() for name in ("bonds", "quotes")]


def reconciled(monkeypatch: pytest.MonkeyPatch, seconds_left: float) -> tuple[list[str], list[type]]:
    """Return the clusters that are reconciled, each in vain, and what each message fails with."""
    begun: list[str] = []

    def reconcile(cluster: str, _: object) -> None:
        begun.append(cluster)
        raise LedgerContended(cluster)

    monkeypatch.setattr(runtime, "controller", lambda _: SimpleNamespace(reconcile=reconcile))
    batch, failures = Batch(BODIES, lambda: seconds_left), []
    for body in BODIES:
        with pytest.raises((LedgerContended, OutOfTime)) as failed:
            batch.handle(body)
        failures.append(failed.type)
    return begun, failures


def test_each_cluster_has_a_try_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reconciled(monkeypatch, SECONDS_TO_BEGIN) == (
        ["bonds", "quotes"],
        [LedgerContended, LedgerContended],
    )


def test_with_little_time_left_no_other_cluster_is_begun_and_its_message_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert reconciled(monkeypatch, SECONDS_TO_BEGIN - 0.1) == (["bonds"], [LedgerContended, OutOfTime])
