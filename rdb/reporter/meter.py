"""Publishes the host's memory. A metric costs money every month, and so does each call: there is one."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ..contract.names import METRIC_NAME, METRIC_NAMESPACE, ROLLED_METRIC_NAME, dimensions_of
from ..contract.report import MEASURED_EVERY, MEASURED_ON, State
from ..host.aws import AWS_ERRORS, kind, sentence
from ..host.identity import Identity
from ..host.log import Log
from ..host.memory import Memory
from ..kdb.status import Seen
from .backoff import Backoff

Datum = Mapping[str, Any]


class Meter:
    """The metric of one RDB, every `every` seconds, and every five minutes once it has rolled.

    It has another name then, so that neither the memory alarm nor a decision looks at it, and begins at once
    with it: until then it would seem silent. A q that does not answer takes nothing back. `put` is
    PutMetricData; it raises AWS_ERRORS.
    """

    def __init__(self, identity: Identity, every: float, put: Callable[..., Any], log: Log) -> None:
        self._identity, self._every, self._put, self._log = identity, every, put, log
        self._backoff = Backoff()
        self._put_at = self._rolled_at = float("-inf")
        self._put_as = METRIC_NAME
        self._state = State.UNKNOWN

    def step(self, seen: Seen, memory: Memory | None, now: datetime, elapsed: float) -> bool:
        """Publish if it is time; true if that worked. A value that could not be published is dropped."""
        self._note(seen.state, elapsed)
        name, every = self._due_as(elapsed)
        is_due = name != self._put_as or elapsed - self._put_at >= every
        if self._backoff.waits(elapsed) or not is_due or memory is None:
            return False
        try:
            self._put(Namespace=METRIC_NAMESPACE, MetricData=[datum_of(self._identity, name, memory, now)])
        except AWS_ERRORS as error:
            self._backoff.failed(elapsed)
            self._log.trouble("metrics", sentence(error, now), kind(error))
            return False
        self._backoff.worked()
        self._log.well("metrics")
        self._put_at, self._put_as = elapsed, name
        return True

    def _note(self, state: State, elapsed: float) -> None:
        if state is State.UNKNOWN:
            return
        if state is State.ROLLED and self._state is State.LIVE:
            self._rolled_at = elapsed
        self._state = state

    def _due_as(self, elapsed: float) -> tuple[str, float]:
        """Return the metric's name, and how often it is due."""
        if self._state is State.ROLLED and elapsed - self._rolled_at >= MEASURED_ON.total_seconds():
            return ROLLED_METRIC_NAME, MEASURED_EVERY.total_seconds()
        return METRIC_NAME, self._every


def name_of(state: State) -> str:
    """Return the name of the metric of an RDB that is in a state for some time."""
    return ROLLED_METRIC_NAME if state is State.ROLLED else METRIC_NAME


def datum_of(identity: Identity, name: str, memory: Memory, now: datetime) -> Datum:
    """Make the metric of one look at the host's memory."""
    return {
        "MetricName": name,
        "Dimensions": dimensions_of(identity.cluster, identity.instance_id),
        "Timestamp": now,
        "Value": float(memory.percent),
        "Unit": "Percent",
    }
