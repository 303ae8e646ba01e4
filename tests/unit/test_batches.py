"""A batch of the queue: each cluster is reconciled once, as long as there is time to begin with it."""

from types import SimpleNamespace

import msgspec
import pytest

from chalicelib.core.facts.errors import LedgerContended, UnknownCluster
from chalicelib.core.facts.wake_ups import WakeUp
from chalicelib.reconcile import runtime
from chalicelib.reconcile.acting import SECONDS_TO_BEGIN
from chalicelib.triggers.batch import Batch, NothingHandled, OutOfTime, handle_batch
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


def answered(
    monkeypatch: pytest.MonkeyPatch, failing: dict[str, Exception], *clusters: str
) -> dict[str, list[dict[str, str]]]:
    """Handle one message a cluster, of which some fail; return Lambda's answer."""

    def reconcile(cluster: str, _: object) -> object:
        raise failing[cluster] if cluster in failing else UnknownCluster(cluster, "no group")

    monkeypatch.setattr(runtime, "controller", lambda _: SimpleNamespace(reconcile=reconcile))
    bodies = [msgspec.json.encode(WakeUp(name, "sweep", NOW, "sweep")).decode() for name in clusters]
    return handle_batch(
        [
            {"messageId": str(n), "body": body, "attributes": {"MessageGroupId": name}}
            for n, (body, name) in enumerate(zip(bodies, clusters, strict=True))
        ]
    )


@pytest.mark.parametrize("error", [LedgerContended("bonds"), KeyError("a mistake of our own")])
def test_whatever_one_cluster_fails_with_hands_back_its_messages_and_no_others(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    answer = answered(monkeypatch, {"bonds": error}, "bonds", "quotes", "bonds")
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}, {"itemIdentifier": "2"}]}


def test_a_batch_in_which_all_fail_is_an_error_that_names_each_cluster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failing = {"bonds": LedgerContended("bonds"), "quotes": KeyError("a mistake of our own")}
    with pytest.raises(NothingHandled, match=r"bonds: .*; quotes: 'a mistake of our own'"):
        answered(monkeypatch, failing, "bonds", "bonds", "quotes")
