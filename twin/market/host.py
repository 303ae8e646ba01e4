"""An RDB's host: the RDB and beside it the reporter, as the rules of the real one have it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from chalicelib.contract.report import DRAINED_EVERY, REPORT_EVERY, Report, State
from twin.market.rdb import Cluster, Rdb

METRIC_EVERY = timedelta(minutes=1)


class Outbox(NamedTuple):
    """The ways out of a host: `put_metric` gets the instance id, memory in percent, and the time."""

    publish: Callable[[Report], None]
    put_metric: Callable[[str, float, datetime], None]


class RdbHost(Rdb):
    """An RDB that reports its whole state when it changes and again and again, and its memory each minute.

    `crossings` are the times at which it filled to the scale threshold.
    """

    def __init__(self, instance_id: str, cluster: Cluster, outbox: Outbox, now: datetime) -> None:
        super().__init__(instance_id, cluster, now)
        self.crossings: list[datetime] = []
        self.sequence = 0
        self._outbox = outbox
        self._above = False
        self._told: tuple[State, int | None] = (State.BOOTING, None)
        self._report_due = now
        # Each host publishes on its own second, as hosts that were started apart do.
        self._metric_due = now + timedelta(seconds=Random(instance_id).uniform(0, 60))

    def tick(self, now: datetime) -> None:
        """Send what is due: the report that repeats, and the metric."""
        if now >= self._report_due:
            self.report(now)
        if now >= self._metric_due:
            self._metric_due += METRIC_EVERY
            self._outbox.put_metric(self.instance_id, self.percent, now)

    def report(self, now: datetime) -> None:
        """Publish the whole state."""
        self._note(now)
        self._outbox.publish(self.said(now))

    def said(self, now: datetime) -> Report:
        """Return the next report, without a proof."""
        milliseconds, following = int(now.timestamp() * 1000), self.sequence + 1
        # One that is further ahead was counted by a wrong clock, and is refused.
        self.sequence = milliseconds if following > milliseconds + 60_000 else max(milliseconds, following)
        return Report(
            version=1,
            cluster=self._cluster.name,
            instance_id=self.instance_id,
            sequence=self.sequence,
            state=self.state,
            memory_used=min(self.memory_used, self.memory_total),
            memory_total=self.memory_total,
            rows=self.rows,
            first_index=self.first_index,
            last_index=self.last_index,
            sent_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        )

    def _note(self, now: datetime) -> None:
        """Remember what the next report depends on."""
        self._report_due = now + (DRAINED_EVERY if self.state is State.DRAINED else REPORT_EVERY)
        self._told = self.state, self.first_index
        self._above = self.percent >= self._cluster.scale

    def _changed(self, now: datetime) -> None:
        crosses = not self._above and self.percent >= self._cluster.scale
        if crosses:
            self.crossings.append(now)
        if crosses or self._told != (self.state, self.first_index):
            self.report(now)
