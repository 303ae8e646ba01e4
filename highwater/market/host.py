"""An RDB's host: the RDB and beside it the reporter, as the rules of the real one have it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple, override

from chalicelib.contract.names import METRIC_NAME, ROLLED_METRIC_NAME
from chalicelib.contract.release import RELEASE
from chalicelib.contract.report import (
    DRAINED_EVERY,
    MEASURED_EVERY,
    MEASURED_ON,
    REPORT_EVERY,
    RISE_TOLD,
    ROLLED_EVERY,
    TAKEN_BACK_FOR,
    Report,
    State,
)
from highwater.market.rdb import Cluster, Rdb

METRIC_EVERY = timedelta(minutes=1)


class Measured(NamedTuple):
    """The memory of one host, in percent, as the metric of that name has it."""

    instance_id: str
    percent: float
    at: datetime
    name: str = METRIC_NAME


class Outbox(NamedTuple):
    """The ways out of a host."""

    publish: Callable[[Report], None]
    put_metric: Callable[[Measured], None]


class RdbHost(Rdb):
    """An RDB that reports its whole state when it changes and again and again, and its memory.

    `crossings` are the times at which it filled to the scale threshold.
    """

    def __init__(self, instance_id: str, cluster: Cluster, outbox: Outbox, now: datetime) -> None:
        super().__init__(instance_id, cluster, now)
        self.crossings: list[datetime] = []
        self.sequence = 0
        self._outbox = outbox
        self._above = False
        self._said_percent = 0.0
        self._told: tuple[State, int | None] = (State.BOOTING, None)
        self._said, self._said_since = State.BOOTING, now
        self._report_due = now
        self._rolled_at: datetime | None = None
        self._drained: tuple[int, datetime] | None = None
        # Each host publishes on its own second, as hosts that were started apart do.
        self._metric_due = now + timedelta(seconds=Random(instance_id).uniform(0, 60))

    @property
    def reported_state(self) -> State:
        """The state that its reports have."""
        return self.state

    def tick(self, now: datetime) -> None:
        """Send what is due: the report that repeats, and the metric."""
        if now >= self._report_due:
            self.report(now)
        if now >= self._metric_due:
            name, every = self._measured_as(now)
            self._metric_due = max(self._metric_due, now - every) + every
            self._outbox.put_metric(Measured(self.instance_id, self.percent, now, name))

    def report(self, now: datetime) -> None:
        """Publish the whole state."""
        self._note(now)
        self._outbox.publish(self.said(now))

    def said(self, now: datetime) -> Report:
        """Return the next report, without a proof."""
        milliseconds, following = int(now.timestamp() * 1000), self.sequence + 1
        # One that is further ahead was counted by a wrong clock, and is refused.
        self.sequence = milliseconds if following > milliseconds + 60_000 else max(milliseconds, following)
        if self.reported_state is State.DRAINED:
            self._drained = self.sequence, now
        back = self._drained if self.reported_state is not State.DRAINED else None
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
            takes_back=back[0] if back and now - back[1] < TAKEN_BACK_FOR else None,
            release=RELEASE if self.state is not State.DRAINED else None,
        )

    def _note(self, now: datetime) -> None:
        """Remember what the next report depends on."""
        if self.reported_state is not self._said:
            self._said, self._said_since = self.reported_state, now
        self._report_due = now + self._period(now)
        self._told = self.state, self.first_index
        self._above = self.percent >= self._cluster.scale
        self._said_percent = self.percent

    def _period(self, now: datetime) -> timedelta:
        """Return after what time its report is repeated."""
        match self._said:
            case State.DRAINED:
                return DRAINED_EVERY
            case State.ROLLED:
                return min(max(REPORT_EVERY, (now - self._said_since) / 2), ROLLED_EVERY)
            case _:
                return REPORT_EVERY

    def _measured_as(self, now: datetime) -> tuple[str, timedelta]:
        """Return the metric's name, and how often it is due."""
        if self.state is not State.ROLLED:
            return METRIC_NAME, METRIC_EVERY
        if self._rolled_at and now - self._rolled_at < MEASURED_ON:
            return METRIC_NAME, METRIC_EVERY
        return ROLLED_METRIC_NAME, MEASURED_EVERY

    @override
    def become(self, state: State, now: datetime) -> None:
        if state is State.ROLLED:
            self._rolled_at = now if self.state is State.LIVE else None
        elif self.state is State.ROLLED:
            self._metric_due = min(self._metric_due, now)
        super().become(state, now)

    def _changed(self, now: datetime) -> None:
        crosses = not self._above and self.percent >= self._cluster.scale
        if crosses:
            self.crossings.append(now)
        leaps = self.percent - self._said_percent >= RISE_TOLD
        if crosses or leaps or self._told != (self.state, self.first_index):
            self.report(now)
