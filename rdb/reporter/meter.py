"""Publishes the host's metrics, all in one call. Each costs money by the month: there are three."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ..contract.names import METRIC_NAME, METRIC_NAMESPACE
from ..host.aws import AWS_ERRORS, kind, sentence
from ..host.log import Log
from .backoff import Backoff
from .reports import Memory, Seen

Datum = Mapping[str, Any]


class Meter:
    """`put` is PutMetricData of one client, raising AWS_ERRORS; a call every `every` seconds."""

    def __init__(
        self,
        cluster: str,
        instance_id: str,
        every: float,
        *,
        put: Callable[..., Any],
        log: Log,
        backoff: Backoff,
    ) -> None:
        self._cluster, self._instance_id, self._every = cluster, instance_id, every
        self._put, self._log, self._backoff = put, log, backoff
        self._put_at = float("-inf")

    def step(self, seen: Seen, memory: Memory | None, now: datetime, elapsed: float) -> bool:
        """Whether metrics were published. Values that could not be: the next ones count."""
        if self._backoff.waits(elapsed) or elapsed - self._put_at < self._every:
            return False
        data = data_of(self._cluster, self._instance_id, seen, memory, now)
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


def data_of(cluster: str, instance_id: str, seen: Seen, memory: Memory | None, now: datetime) -> list[Datum]:
    """The metrics that are known; what is unknown has no value."""
    known = (
        (METRIC_NAME, memory.percent if memory else None, "Percent"),
        ("QHeap", seen.heap, "Bytes"),
        ("Rows", seen.rows, "Count"),
    )
    dimensions = [{"Name": "Cluster", "Value": cluster}, {"Name": "InstanceId", "Value": instance_id}]
    return [
        {"MetricName": name, "Dimensions": dimensions, "Timestamp": now, "Value": float(value), "Unit": unit}
        for name, value, unit in known
        if value is not None
    ]
