"""Publishes the host's metrics in one call. Each metric costs money every month: there are three."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ..contract.names import METRIC_NAME, METRIC_NAMESPACE, dimensions_of
from ..host.aws import AWS_ERRORS, kind, sentence
from ..host.identity import Identity
from ..host.log import Log
from ..host.memory import Memory
from ..kdb.status import Seen
from .backoff import Backoff

Datum = Mapping[str, Any]


class Meter:
    """The metrics of one RDB, every `every` seconds. `put` is PutMetricData; it raises AWS_ERRORS."""

    def __init__(self, identity: Identity, every: float, put: Callable[..., Any], log: Log) -> None:
        self._identity, self._every, self._put, self._log = identity, every, put, log
        self._backoff = Backoff()
        self._put_at = float("-inf")

    def step(self, seen: Seen, memory: Memory | None, now: datetime, elapsed: float) -> bool:
        """Publish if it is time; true if that worked. Values that could not be published are dropped."""
        if self._backoff.waits(elapsed) or elapsed - self._put_at < self._every:
            return False
        data = data_of(self._identity, seen, memory, now)
        if not data:
            return False
        try:
            self._put(Namespace=METRIC_NAMESPACE, MetricData=data)
        except AWS_ERRORS as error:
            self._backoff.failed(elapsed)
            self._log.trouble("metrics", sentence(error, now), kind(error))
            return False
        self._backoff.worked()
        self._log.well("metrics")
        self._put_at = elapsed
        return True


def data_of(identity: Identity, seen: Seen, memory: Memory | None, now: datetime) -> list[Datum]:
    """Make the metrics of one look at q. An unknown value is left out."""
    known = (
        (METRIC_NAME, memory.percent if memory else None, "Percent"),
        ("QHeap", seen.heap, "Bytes"),
        ("Rows", seen.rows, "Count"),
    )
    dimensions = dimensions_of(identity.cluster, identity.instance_id)
    return [
        {"MetricName": name, "Dimensions": dimensions, "Timestamp": now, "Value": float(value), "Unit": unit}
        for name, value, unit in known
        if value is not None
    ]
