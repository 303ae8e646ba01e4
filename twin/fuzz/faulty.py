"""An RDB host that things befall."""

from datetime import datetime, timedelta
from typing import Any, override

import msgspec

from chalicelib.contract.report import SEQUENCE_AHEAD, Report, State
from highwater.market.host import Outbox, RdbHost
from highwater.market.rdb import Cluster


class FaultyRdb(RdbHost):
    """An RDB whose q can hang (`hung`) or be `gone` with its memory, and whose reporter can be `silent`.

    Its save can fail, too, and its host can have `crashed`. `boots` says if it ever gets ready, `skew` how
    far the host's clock is off, and `said_ahead` how far it was at its last report. What it should have
    persisted while q hung, or failed to, is made up for in `recover`; a q that was gone has its rows again,
    from the log. `hung_at` is when q last ceased to answer before it had rolled. Asked to drain, at
    `asked_at`, it takes a time to do so. At `seemed_ready_at` somebody said that it is ready. One that never
    `overdraws` rolls at the roll threshold, though nobody stands by.
    """

    def __init__(self, instance_id: str, cluster: Cluster, outbox: Outbox, now: datetime) -> None:
        super().__init__(instance_id, cluster, outbox, now)
        self.hung = self.gone = self.silent = self.save_failed = self.crashed = False
        self.boots = True
        self.skew = self.said_ahead = timedelta()
        self.owed = self._newest = 0
        self.hung_at: datetime | None = None
        self.drains_in = timedelta()
        self.asked_at: datetime | None = None
        self.seemed_ready_at = now
        self.overdraws = True

    @property
    def shown(self) -> float:
        """Memory in percent as the host shows it: of a q that is gone, the host's own."""
        return 1.0 if self.gone else self.percent

    @property
    @override
    def reported_state(self) -> State:
        return State.UNKNOWN if self.hung else self.state

    @property
    def refused(self) -> bool:
        """Its reports are refused: its clock is ahead or was set back, or it says drained and holds rows."""
        contradicts = self.state is State.DRAINED and self.rows > 0
        return contradicts or self.skew > SEQUENCE_AHEAD or self.sequence < self._newest

    @override
    def take(self, until: int, now: datetime, *, followed: bool = True) -> None:
        if not self.hung:
            super().take(until, now, followed=followed or not self.overdraws)

    @override
    def persisted(self, index: int, now: datetime) -> None:
        if self.hung or self.save_failed:
            self.owed = index
        else:
            super().persisted(index, now)

    @override
    def said(self, now: datetime) -> Report:
        report = super().said(now + self.skew)
        self.said_ahead = self.skew
        if self.skew <= SEQUENCE_AHEAD:
            self._newest = max(self._newest, report.sequence)
        if self.hung:
            used = int(report.memory_total * min(self.shown, 100) / 100)
            report = msgspec.structs.replace(report, state=State.UNKNOWN, rows=None, memory_used=used)
        return report

    def forged(self, now: datetime, **changes: Any) -> Report:
        """Return a report of somebody else in its name."""
        sequence = self.sequence
        report = msgspec.structs.replace(super().said(now), **changes)
        self.sequence = sequence
        return report

    def fail_to_drain(self, now: datetime) -> None:
        """Claim to be drained although the save failed and rows are still held."""
        self.save_failed, self.owed = True, self.last_index or 0
        self.become(State.DRAINED, now)

    def recover(self) -> int:
        """Answer again; return the index up to which its rows are to be persisted now, 0 for none."""
        owed, self.owed = self.owed, 0
        self.hung = self.gone = self.silent = self.save_failed = False
        return owed
