"""A simulated RDB host: memory, state, reports and metrics, as the contracts have them."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

REPORT_EVERY = 300
DRAINED_EVERY = 60
METRIC_EVERY = 60


@dataclass(frozen=True)
class Size:
    """A host size of the paper: what it costs an hour, what it reports and what an update takes."""

    usd_per_hour: float
    total_kib: float
    kib_per_update: float


IDLE_KIB = 150_000

# The paper gives no memory per update for micro: the one for small is taken.
SIZES = {
    "micro": Size(0.0094, 0.98e6, 67.0),
    "small": Size(0.0188, 2.002e6, 67.0),
    "medium": Size(0.0376, 3.98e6, 55.5),
    "large": Size(0.0752, 8.05e6, 55.5),
    "xlarge": Size(0.1504, 16.2e6, 52.8),
}
BASELINE_USD_PER_HOUR = 0.3008


@dataclass
class Outbox:
    """How a host reaches AWS."""

    publish: Callable[[str], None]
    sign: Callable[[str], str]
    put_metric: Callable[[str, float, datetime], None]


class Rdb:
    """One RDB. It holds the updates of its window (first, last]; each one is one row."""

    def __init__(
        self,
        cluster: str,
        instance_id: str,
        size: Size,
        scale_threshold: float,
        outbox: Outbox,
        now: datetime,
    ) -> None:
        self.cluster = cluster
        self.instance_id = instance_id
        self.launched_at = now
        self.terminated_at: datetime | None = None
        self.state = "booting"
        self.history = [("booting", now)]
        self.first_index: int | None = None
        self.last_index: int | None = None
        self.rows = 0
        self.crossings: list[datetime] = []
        self._size = size
        self._scale_threshold = scale_threshold
        self._outbox = outbox
        self._above = False
        self._sequence = 0
        self._reported_at: datetime | None = None
        # Each host publishes on its own second, as hosts that were started apart do.
        self._metric_due = now.timestamp() + random.Random(instance_id).uniform(0, METRIC_EVERY)

    @property
    def memory_used(self) -> int:
        """Bytes."""
        return int((IDLE_KIB + self.rows * self._size.kib_per_update) * 1024)

    @property
    def memory_total(self) -> int:
        """Bytes."""
        return int(self._size.total_kib * 1024)

    @property
    def percent(self) -> float:
        return 100 * self.memory_used / self.memory_total

    def room_for(self, threshold: float) -> int:
        """Updates until memory reaches a threshold; at least one, since the check comes after the update."""
        free_kib = self._size.total_kib * threshold / 100 - IDLE_KIB - self.rows * self._size.kib_per_update
        return max(1, int(free_kib / self._size.kib_per_update) + 1)

    def become(self, state: str, now: datetime) -> None:
        """Changes state and says so."""
        self.state = state
        self.history.append((state, now))
        self.report(now)

    def take(self, updates: int, now: datetime) -> None:
        """Takes the next updates into its window, and reports when it crosses the scale threshold."""
        assert self.last_index is not None, "only an RDB that was made live takes updates"
        self.last_index += updates
        self.rows += updates
        if not self._above and self.percent >= self._scale_threshold:
            self._above = True
            self.crossings.append(now)
            self.report(now)

    def make_live(self, first_index: int, now: datetime) -> None:
        """Takes over from its predecessor's last update on."""
        self.first_index = self.last_index = first_index
        self.become("live", now)

    def empty(self, now: datetime) -> None:
        """End of day: the rows are gone. The live one stays live with an empty window, others are drained."""
        self.rows = 0
        self._above = False
        if self.state == "live":
            self.first_index = self.last_index
            self.report(now)
        else:
            self.become("drained", now)

    def tick(self, now: datetime) -> None:
        """Sends what is due: the report that repeats, and the metric."""
        every = DRAINED_EVERY if self.state == "drained" else REPORT_EVERY
        if self._reported_at is None or (now - self._reported_at).total_seconds() >= every:
            self.report(now)
        if now.timestamp() >= self._metric_due:
            self._outbox.put_metric(self.instance_id, self.percent, now)
            self._metric_due += METRIC_EVERY

    def report(self, now: datetime) -> None:
        """Publishes the whole state; `drained` with its proof."""
        self._reported_at = now
        self._sequence = max(int(now.timestamp() * 1000), self._sequence + 1)
        said = json.dumps(self._said(now))
        if self.state == "drained":
            said = self._outbox.sign(said)
        self._outbox.publish(said)

    def _said(self, now: datetime) -> Mapping[str, Any]:
        window = (
            {}
            if self.first_index is None
            else {"first_index": self.first_index, "last_index": self.last_index}
        )
        return {
            "version": 1,
            "cluster": self.cluster,
            "instance_id": self.instance_id,
            "sequence": self._sequence,
            "state": self.state,
            "memory_used": min(self.memory_used, self.memory_total),
            "memory_total": self.memory_total,
            "rows": self.rows,
            **window,
            "sent_at": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
