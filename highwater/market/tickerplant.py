"""The tickerplant, after rdb/q/tickerplant.q: the log, the queue of RDBs, the windows, the end of a day."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from chalicelib.contract.report import State
from highwater.market.gateway import Window
from highwater.market.rdb import Rdb


class Roll[R: Rdb](NamedTuple):
    """A hand-over: `successor` is the standby that was next in the queue."""

    at: datetime
    rdb: R
    successor: R | None

    @property
    def cushion_minutes(self) -> float:
        """The minutes from standby ready to roll; none when nobody was."""
        if self.successor is None:
            return 0.0
        ready = next((at for state, at in self.successor.history if state is State.STANDBY), self.at)
        return (self.at - ready).total_seconds() / 60


class Tickerplant[R: Rdb]:
    """One cluster's. What no live RDB takes waits in the log, from where the open window begins.

    `rdbs` are all that were ever launched: put each in yourself. `lost` are the live ones that left without
    a roll. A live RDB takes at most `replay_rate`
    updates a second. Persisting a day takes `persist_seconds`: one rolled RDB after the other, the live one
    last. Time without a live RDB does not count while it `rests`: nobody is wanted, since the live one was
    asked to drain, and nothing was published since then.
    """

    def __init__(self, now: datetime, replay_rate: float, persist_seconds: float) -> None:
        self.rdbs: dict[str, R] = {}
        self.queue: list[R] = []
        self.live: R | None = None
        self.rolls: list[Roll[R]] = []
        self.lost: list[tuple[datetime, R]] = []
        self.published = self.day_end = 0
        self.seconds_without_live = self.seconds_in_overdraft = 0.0
        self._replay_rate = replay_rate
        self._persist_seconds = persist_seconds
        self._advanced_at = now
        self._opened = 0
        self._saved = 0
        self.rests = False
        self._closed: dict[str, tuple[int, int]] = {}
        self._persists: dict[R, datetime] = {}

    @property
    def waiting(self) -> int:
        """Updates in the log that no RDB has taken."""
        return self.published - self.taken

    @property
    def taken(self) -> int:
        """The last update that was taken; what a live RDB took and died with waits again."""
        live = self.live
        return self._opened if live is None or live.last_index is None else live.last_index

    @property
    def held(self) -> int:
        """Updates that RDBs hold."""
        return sum(rdb.rows for rdb in self.rdbs.values())

    @property
    def dropped(self) -> int:
        """Updates that are persisted, and that no RDB holds any more."""
        held = sum(
            min(rdb.rows, max(0, self.day_end + rdb.rows - (rdb.last_index or 0)))
            for rdb in self.rdbs.values()
        )
        return self.day_end - held

    @property
    def windows(self) -> list[Window]:
        """Return who has which updates, the oldest window first and the open one last."""
        holder = self.live.instance_id if self.live is not None else ""
        closed = [Window(name, *window) for name, window in self._closed.items()]
        return [*closed, Window(holder, self._opened, None)]

    @property
    def unheld(self) -> int:
        """Updates that were taken and are neither in an RDB nor persisted."""
        return self.taken - self.held - self._saved

    def join(self, rdb: R, now: datetime) -> None:
        """Take in an RDB whose q has started, for the first time or again; it holds nothing."""
        if rdb.state is not State.BOOTING:
            return
        if window := self._closed.get(rdb.instance_id):
            rdb.replay(*window, now)
            if window[1] <= self.day_end:
                self.persist(rdb, self.day_end, now)
            return
        rdb.join(now)
        self.queue.append(rdb)
        self._promote(now)
        self._relieve(now)

    def leave(self, rdb: R, now: datetime) -> None:
        """Forget an RDB; if it was live, the next one takes its window over from the start."""
        if rdb in self.queue:
            self.queue.remove(rdb)
        if self.live is rdb:
            self.live = None
            self.lost.append((now, rdb))

    def advance(self, now: datetime, published: int) -> None:
        """Hand on what was published by now; roll as often as that fills an RDB."""
        seconds = (now - self._advanced_at).total_seconds()
        self._advanced_at, self.published = now, published
        self.persist_due(now)
        if self.live is None:
            if self.waiting or not self.rests:
                self.seconds_without_live += seconds
            self._promote(now)
        elif self.live.overdrawn:
            self.seconds_in_overdraft += seconds
        most = int(self._replay_rate * seconds)
        self._relieve(now)
        while (live := self.live) is not None and (wanted := min(self.waiting, most)) > 0:
            before = self.taken
            live.take(before + wanted, now, followed=bool(self.queue))
            if self.live is live and live.state is State.ROLLED:
                self._rolled(live, now)
            if self.taken == before:
                break
            most -= self.taken - before

    def roll(self, now: datetime) -> None:
        """Have the live one hand over by hand."""
        if (live := self.live) is not None:
            live.roll(now)
            if self.live is live:
                self._rolled(live, now)

    def drain(self, rdb: R, now: datetime, *, live_too: bool = False) -> None:
        """Let a standby that is asked to drain leave for good; any other goes on as it is.

        With `live_too` the live one rolls, and drains once what it holds is persisted; it hands over to none.
        """
        if live_too and rdb is self.live:
            self.rests = True
            self.roll(now)
            if self._opened <= self.day_end and rdb not in self._persists:
                self.persist(rdb, self.day_end, now)
        if rdb in self.queue:
            self.queue.remove(rdb)
            rdb.drain(now)

    def end_day(self, now: datetime, random: Random) -> None:
        """Have standbys drain at once, and the others once their part of the day is persisted."""
        self.day_end = self.published
        standbys, self.queue = self.queue, []
        for rdb in standbys:
            rdb.drain(now)
        for rdb in self.rdbs.values():
            if rdb.state is State.ROLLED:
                seconds = random.uniform(min(1, self._persist_seconds), self._persist_seconds)
                self._persists[rdb] = now + timedelta(seconds=seconds)
        if self.live is not None:
            self._persists[self.live] = now + timedelta(seconds=self._persist_seconds)
        self.persist_due(now)

    def persisting(self) -> Iterator[datetime]:
        """Yield the times at which something is persisted; call `persist_due` then."""
        yield from self._persists.values()

    def persist_due(self, now: datetime) -> None:
        """Have RDBs drop what is persisted by now."""
        for rdb in [rdb for rdb, at in self._persists.items() if at <= now]:
            del self._persists[rdb]
            if rdb.terminated_at is None:
                self.persist(rdb, self.day_end, now)

    def persist(self, rdb: R, index: int, now: datetime) -> None:
        """Have one RDB drop its rows up to an index, which are persisted."""
        rows, last_index = rdb.rows, rdb.last_index or 0
        rdb.persisted(index, now)
        self._saved += rows - rdb.rows + (rdb.last_index or 0) - last_index
        if rdb is self.live:
            self._opened = rdb.first_index or 0

    def _relieve(self, now: datetime) -> None:
        """Have one that is beyond the roll threshold hand over to a standby that has come meanwhile."""
        if (live := self.live) is not None and live.overdrawn and self.queue:
            live.take(self.taken, now)
            if self.live is live and live.state is State.ROLLED:
                self._rolled(live, now)

    def _rolled(self, live: R, now: datetime) -> None:
        window = self._opened, self.taken
        self._closed[live.instance_id], self._opened, self.live = window, window[1], None
        if not self.rests:
            self.rolls.append(Roll(now, live, self.queue[0] if self.queue else None))
        self._promote(now)

    def _promote(self, now: datetime) -> None:
        """Give the open window to the first standby that is still one."""
        while self.live is None and self.queue:
            rdb = self.queue.pop(0)
            rdb.go_live(self._opened, now)
            if rdb.state is State.LIVE:
                self.live, self.rests = rdb, False
                if self._opened < self.day_end:
                    self._persists[rdb] = now + timedelta(seconds=self._persist_seconds)
