"""One JSON line per decision with its reason, and the metrics that operators watch."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.contract.errors import HighwaterError
from chalicelib.contract.names import OWN_NAMESPACE
from chalicelib.core.decision import Decision

logger = Logger(service="highwater")
metrics = Metrics(namespace=OWN_NAMESPACE, service="highwater")


def log_decision(decision: Decision, woken_at: datetime) -> None:
    """Write the line of a decision, with the words of the ledger and the API, and its metrics.

    One that is quiet, and that a report or a sweep woke, has no line: nothing is new in it.
    The numbers beside the decision are for the dashboard of the cluster. `woken_at` is when the first of its
    facts came in.
    """
    if not decision.quiet or {*decision.triggers} - {"report", "sweep"}:
        _log(decision, woken_at)
    count("LaunchesOverdue", any(alert.is_of("launch") for alert in decision.alerts))
    count("Raises", decision.target is not None)
    count("Releases", decision.releases)
    # Those that stood before: the walls of a new group are built.
    count("WallsDown", sum(alert.is_of("wall") for alert in decision.alerts))
    count("Alerts", len(decision.told))
    count("Refusals", len(decision.refused))
    count("IgnoredFacts", len(decision.noted))
    count("FailedCalls", len(decision.unread) + decision.failed)


def _log(decision: Decision, woken_at: datetime) -> None:
    logger.info(
        "decision",
        extra={
            "cluster": decision.cluster,
            "launches": decision.launches,
            "releases": decision.releases,
            "refusals": len(decision.refused),
            "reaction_seconds": (decision.at - woken_at).total_seconds(),
            "decision": msgspec.to_builtins(decision),
        },
    )


def count(name: str, value: int = 1) -> None:
    """Add to one of the control plane's own metrics."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=int(value))


@contextmanager
def counted() -> Iterator[None]:
    """Count what is refused here: it goes to the dead-letter queue, and a metric must show it."""
    try:
        yield
    except HighwaterError:
        count("RefusedEvents")
        raise
