"""One JSON line per decision with its reason, and the metrics that operators watch."""

import msgspec
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.decisions import Decision

logger = Logger(service="highwater")
metrics = Metrics(namespace="Highwater/ControlPlane", service="highwater")


def log_decision(decision: Decision) -> None:
    """The decision as the log tells it: the same words as in the ledger and in the API."""
    logger.info("decision", extra={"decision": msgspec.to_builtins(decision)})
    count("LaunchesOverdue", any(alert.key.startswith("launch ") for alert in decision.alerts))
    count("Raises", decision.raise_to is not None)
    count("Releases", sum(release.how == "terminate" for release in decision.release))
    count("WallsRepaired", len(decision.repair))
    count("Alerts", len(decision.tell))
    count("Refusals", len(decision.refused))
    count("IgnoredFacts", len(decision.noted))
    count("FailedCalls", len(decision.unread) + sum(" failed: " in text for text in decision.outcome))


def count(name: str, value: int = 1) -> None:
    """Adds to one of the control plane's own metrics."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=int(value))
