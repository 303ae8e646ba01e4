"""An RDB host on which events of a drill act."""

from datetime import datetime
from enum import Enum, auto
from typing import override

import msgspec

from chalicelib.contract.report import Report, State
from highwater.market.host import Outbox, RdbHost
from highwater.market.rdb import Cluster
from twin.drill.events import Become


class Q(Enum):
    """The process q: it answers, it keeps its data and hangs, or it is dead and holds nothing."""

    ANSWERS = auto()
    HANGS = auto()
    DEAD = auto()


class DrillHost(RdbHost):
    """An RDB host whose q and whose reporter can fail, each by itself.

    `boots` says if q gets ready after the launch, `owed` is the index up to which a hanging q must still
    drop rows that were persisted meanwhile.
    """

    def __init__(self, instance_id: str, cluster: Cluster, outbox: Outbox, now: datetime) -> None:
        super().__init__(instance_id, cluster, outbox, now)
        self.cluster = cluster
        self.q = Q.ANSWERS
        self.reporting = self.running = self.boots = True
        self.owed = 0

    def turn_out(self, become: Become) -> None:
        """Fix how its launch turns out; one that fails never gets so far."""
        self.boots = become == "well"
        self.reporting = become not in ("never_report", "vanish")

    @property
    def serves(self) -> bool:
        """It runs, and its q answers."""
        return self.running and self.q is Q.ANSWERS

    def silence(self) -> None:
        """Send nothing any more."""
        self.reporting = False

    def speak(self, now: datetime) -> None:
        """Send reports and metrics again, the first at once."""
        if not self.reporting:
            self.reporting = True
            self._report_due = self._metric_due = now

    def die(self) -> int:
        """Lose what q holds, and return how much that was."""
        lost, self.rows, self.q = self.rows, 0, Q.DEAD
        return lost

    def hang(self) -> None:
        """Keep what q holds, and answer nobody."""
        if self.q is Q.ANSWERS:
            self.q = Q.HANGS

    def answers_again(self) -> bool:
        """Answer again after hanging; False for a q that did not hang."""
        hung = self.q is Q.HANGS
        if hung:
            self.q = Q.ANSWERS
        return hung

    def starts_again(self, now: datetime) -> bool:
        """Start a q that is dead or never got ready: it holds nothing; False for any other."""
        if not self.running or (self.boots and self.q is Q.ANSWERS):
            return False
        self.q, self.boots = Q.ANSWERS, True
        self.first_index = self.last_index = None
        if self.state is not State.BOOTING:
            self.become(State.BOOTING, now)
        return True

    @property
    @override
    def reported_state(self) -> State:
        return self.state if self.q is Q.ANSWERS else State.UNKNOWN

    @override
    def tick(self, now: datetime) -> None:
        if self.running and self.reporting:
            super().tick(now)

    @override
    def report(self, now: datetime) -> None:
        if self.running and self.reporting:
            super().report(now)

    @override
    def take(self, until: int, now: datetime, *, followed: bool = True) -> None:
        if self.serves:
            super().take(until, now, followed=followed)

    @override
    def persisted(self, index: int, now: datetime) -> None:
        if self.serves:
            super().persisted(index, now)
        elif self.q is Q.HANGS:
            self.owed = index

    @override
    def drain(self, now: datetime) -> None:
        if self.serves:
            super().drain(now)

    @override
    def said(self, now: datetime) -> Report:
        report = super().said(now)
        if self.q is Q.ANSWERS:
            return report
        # What the reporter says when q does not answer: nothing about rows and window.
        return msgspec.structs.replace(
            report, state=State.UNKNOWN, rows=None, first_index=None, last_index=None
        )
