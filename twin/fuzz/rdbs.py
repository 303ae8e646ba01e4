"""A light model of RDB hosts and their tickerplant: rows, states, hand-over, end of day. No I/O."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zlib import crc32

TOTAL_BYTES = 4_000_000_000
IDLE_PERCENT = 5.0
REPORT_EVERY = timedelta(minutes=5)
DRAINED_EVERY = timedelta(minutes=1)
METRIC_EVERY = timedelta(minutes=1)
# What a live RDB takes a second while it catches up with the log, as a share of the rows that fill it.
REPLAY_SHARE = 0.01
EMPTYING_TAKES = 240.0
LIVE_EMPTIED_AFTER = timedelta(seconds=260)


class Rdb:
    """One RDB: loaded while it has rows. `full` is the number of rows at 100 % of its memory.

    `hung` is a q that does not answer, `silent` a reporter that says nothing; `alive` is EC2's word.
    `drained` is final, also after a restart. `clock` is how far the host's clock is off.
    """

    def __init__(self, instance_id: str, full: int, now: datetime) -> None:
        self.instance_id = instance_id
        self.full = full
        self.state = "booting"
        self.rows = 0
        self.first = self.last = -1
        self.alive = True
        self.hung = False
        self.silent = False
        self.boots = True
        self.above = False
        self.clock = timedelta()
        self.empty_at: datetime | None = None
        self.report_due = now + timedelta(seconds=10)
        self.metric_due = now + timedelta(seconds=20 + 60 * chance(instance_id))
        self.sequence = 0
        self.said: list[dict[str, Any]] = []

    @property
    def percent(self) -> float:
        return IDLE_PERCENT + (100 - IDLE_PERCENT) * self.rows / self.full

    @property
    def loaded(self) -> bool:
        return self.rows > 0

    def until(self, percent: float) -> int:
        """Rows until memory is at `percent`; at least one, since the check comes after the update."""
        return max(1, int(self.full * (percent - IDLE_PERCENT) / (100 - IDLE_PERCENT)) - self.rows + 1)

    def report(self, cluster: str, now: datetime) -> dict[str, Any]:
        """Its whole state, as it would publish it by its own clock."""
        sent_at = now + self.clock
        self.sequence = max(int(sent_at.timestamp() * 1000), self.sequence + 1)
        window = {} if self.first < 0 else {"first_index": self.first, "last_index": self.last}
        said = {
            "version": 1,
            "cluster": cluster,
            "instance_id": self.instance_id,
            "sequence": self.sequence,
            "state": "unknown" if self.hung else self.state,
            "memory_used": min(TOTAL_BYTES, int(TOTAL_BYTES * self.percent / 100)),
            "memory_total": TOTAL_BYTES,
            "rows": None if self.hung else self.rows,
            **window,
            "sent_at": sent_at,
        }
        self.said = [*self.said[-5:], said]
        return said


def chance(text: str) -> float:
    """A number from 0 to 1 that depends on the text alone: what is taken out of a plan does not change the
    chances of the rest, as it would with a stream of random numbers.
    """
    return crc32(text.encode()) / 2**32


class Tickerplant:
    """The log, the queue of RDBs and the hand-over. What no live RDB takes waits in the log.

    `said` is called for every report that is due at once. Rows are accounted for: `saved` by the end of a
    day, `lost` from the memory of RDBs that died (and replayable from the log).
    """

    def __init__(self, scale: float, roll: float, said: Callable[[Rdb], None]) -> None:
        self.scale = scale
        self.roll = roll
        self._said = said
        self.rdbs: dict[str, Rdb] = {}
        self.queue: list[Rdb] = []
        self.live: Rdb | None = None
        self.published = 0
        self.taken = 0
        self.saved = 0
        self.lost = 0

    @property
    def waiting(self) -> int:
        """Updates in the log that no RDB holds yet."""
        return self.published - self.taken

    @property
    def unheld(self) -> int:
        """Updates that are neither in an RDB nor saved nor in the log."""
        held = sum(rdb.rows for rdb in self.rdbs.values())
        return self.taken - held - self.saved - self.lost

    def running(self) -> Iterator[Rdb]:
        return (rdb for rdb in self.rdbs.values() if rdb.alive)

    def join(self, rdb: Rdb) -> None:
        """A booted RDB becomes a standby, and live at once if nobody is."""
        if rdb.state != "booting":
            return
        rdb.state = "standby"
        self.queue.append(rdb)
        self._said(rdb)
        self._promote()

    def leave(self, rdb: Rdb) -> None:
        """Out of the queue; if it was live, nobody is until the next one is promoted."""
        if rdb in self.queue:
            self.queue.remove(rdb)
        if self.live is rdb:
            self.live = None

    def drain(self, rdb: Rdb) -> None:
        """A standby leaves for good."""
        self.leave(rdb)
        self._empty(rdb)

    def die(self, rdb: Rdb) -> None:
        """The host is gone, and with it what its memory held."""
        self.leave(rdb)
        rdb.alive = False
        self.lost += rdb.rows
        rdb.rows = 0

    def hang(self, rdb: Rdb) -> None:
        """q does not answer any more: the tickerplant hands over at once."""
        rdb.hung = True
        if self.live is rdb:
            rdb.state = "rolled"
        self.leave(rdb)

    def fail_to_drain(self, rdb: Rdb) -> None:
        """A full RDB calls itself drained although its save failed: it still holds rows, and says so."""
        rdb.state, rdb.empty_at = "drained", None
        self._said(rdb)

    def recover(self, rdb: Rdb) -> None:
        """q answers again: a standby queues up again, what was live stays rolled, a failed save is done."""
        if not rdb.alive:
            return
        rdb.hung = rdb.silent = False
        if rdb.state == "drained" and rdb.loaded:
            self._empty(rdb)
        if rdb.state == "standby" and rdb not in self.queue and rdb.empty_at is None:
            self.queue.append(rdb)

    def advance(self, now: datetime, updates: int, seconds: float) -> None:
        """Publishes updates, feeds the live RDB, rolls as often as they fill one, empties who is due."""
        self.published += updates
        self._promote()
        if self.live is not None and not self.live.hung:
            budget = max(updates, int(self.live.full * REPLAY_SHARE * seconds))
            while self.waiting > 0 and budget > 0 and self.live is not None:
                budget -= self._feed(self.live, min(self.waiting, budget))
        for rdb in self.rdbs.values():
            if rdb.empty_at is not None and now >= rdb.empty_at and rdb.alive and not rdb.hung:
                self._empty(rdb)

    def end_day(self, now: datetime, random: Random) -> None:
        """Standbys leave at once, the others are saved and emptied one by one, the live one last."""
        for rdb in list(self.running()):
            if rdb.state == "standby":
                self.leave(rdb)
                rdb.empty_at = now
            elif rdb.state == "rolled":
                rdb.empty_at = now + timedelta(seconds=random.uniform(5, EMPTYING_TAKES))
            elif rdb.state == "live":
                rdb.empty_at = now + LIVE_EMPTIED_AFTER

    def _feed(self, live: Rdb, most: int) -> int:
        taken = min(most, live.until(self.roll))
        live.rows += taken
        live.last += taken
        self.taken += taken
        if live.percent >= self.roll:
            live.state = "rolled"
            self.live = None
            self._said(live)
            self._promote()
        elif not live.above and live.percent >= self.scale:
            live.above = True
            self._said(live)
        return taken

    def _promote(self) -> None:
        if self.live is None and self.queue:
            self.live = self.queue.pop(0)
            self.live.state = "live"
            self.live.first = self.live.last = self.taken
            self._said(self.live)

    def _empty(self, rdb: Rdb) -> None:
        self.saved += rdb.rows
        rdb.rows, rdb.empty_at, rdb.above = 0, None, False
        if rdb.state == "live":
            rdb.first = rdb.last
        else:
            rdb.state = "drained"
        self._said(rdb)
