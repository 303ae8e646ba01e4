"""The simulated tickerplant: its log, the queue of RDBs, the hand-over, and the end of the day."""

import random
from collections.abc import Callable
from datetime import datetime
from functools import partial

from twin.aws.clock import Clock
from twin.market.rdb import Rdb

# What a live RDB can take while it catches up with the log, updates a second.
REPLAY_RATE = 20_000
EMPTYING_TAKES = 20.0


class Tickerplant:
    """One cluster's day. Updates are never lost: what no live RDB takes waits in the log."""

    def __init__(self, clock: Clock, roll_threshold: float, published: Callable[[datetime], int]) -> None:
        self._clock = clock
        self._roll_threshold = roll_threshold
        self._published = published
        self._taken_until = 0
        self._advanced_at = clock.now()
        self._random = random.Random(0)
        self.rdbs: dict[str, Rdb] = {}
        self.live: Rdb | None = None
        self.rolls: list[tuple[datetime, Rdb, Rdb | None]] = []
        self.seconds_without_live = 0.0
        self.queue: list[Rdb] = []

    def join(self, rdb: Rdb) -> None:
        """A booted RDB enters the queue; it becomes live at once if nobody is."""
        now = self._clock.now()
        rdb.become("standby", now)
        self.queue.append(rdb)
        if self.live is None:
            self._promote(now)

    def leave(self, rdb: Rdb) -> None:
        """An RDB is gone: from the queue, and if it was live, nobody is."""
        if rdb in self.queue:
            self.queue.remove(rdb)
        if self.live is rdb:
            self.live = None

    def advance(self) -> None:
        """Gives the live RDB what was published since the last call; rolls as often as that fills one."""
        now = self._clock.now()
        elapsed = (now - self._advanced_at).total_seconds()
        self._advanced_at = now
        if self.live is None:
            self.seconds_without_live += elapsed
            self._promote(now)
        can_replay = int(REPLAY_RATE * elapsed)
        waiting = min(self._published(now) - self._taken_until, can_replay)
        while waiting > 0 and self.live is not None:
            live = self.live
            taken = min(waiting, live.room_for(self._roll_threshold))
            live.take(taken, now)
            waiting -= taken
            self._taken_until += taken
            if live.percent >= self._roll_threshold:
                self._roll(live, now)

    def end_day(self) -> None:
        """Standbys leave the queue at once; the others are emptied one by one, the live one last."""
        now = self._clock.now()
        for rdb in self.queue:
            rdb.empty(now)
        self.queue = []
        for rdb in self.rdbs.values():
            if rdb.state == "rolled":
                self._clock.after(self._random.uniform(1, EMPTYING_TAKES), partial(self._empty, rdb))
        if self.live is not None:
            self._clock.after(EMPTYING_TAKES, partial(self._empty, self.live))

    def drain(self, rdb: Rdb) -> None:
        """A standby that is asked to drain leaves the queue for good; any other goes on as it is."""
        if rdb in self.queue:
            self.queue.remove(rdb)
            rdb.empty(self._clock.now())

    def held(self) -> int:
        """How many of the updates published so far are in some RDB's window."""
        return sum(rdb.rows for rdb in self.rdbs.values() if rdb.terminated_at is None)

    def _empty(self, rdb: Rdb) -> None:
        if rdb.terminated_at is None:
            rdb.empty(self._clock.now())

    def _roll(self, rdb: Rdb, now: datetime) -> None:
        self.live = None
        rdb.become("rolled", now)
        self.rolls.append((now, rdb, self.queue[0] if self.queue else None))
        self._promote(now)

    def _promote(self, now: datetime) -> None:
        if self.queue:
            self.live = self.queue.pop(0)
            self.live.make_live(self._taken_until, now)
