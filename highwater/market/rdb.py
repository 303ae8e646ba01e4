"""One RDB's life: booting, standby, live, rolled, drained, and the rows that it holds meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from chalicelib.contract.report import State
from highwater.market.memory import doubled_kib, held_doubled


class Size(NamedTuple):
    """A host size: its price an hour, its memory, and what an update and an empty q take of that.

    Rows take memory in a straight line, or as so many `columns` do that double.
    """

    usd_per_hour: float
    total_kib: float
    kib_per_update: float
    idle_kib: float = 150_000
    columns: int | None = None

    def used_kib(self, updates: int) -> float:
        """Return the memory of an RDB that holds so many updates."""
        if self.columns:
            return self.idle_kib + doubled_kib(updates, self.kib_per_update, self.columns)
        return self.idle_kib + updates * self.kib_per_update

    def holds(self, percent: float) -> int:
        """Return the updates with which memory reaches a threshold: it is looked at after an update.

        Columns that find no room to double take no more, as after q's wsfull.
        """
        free_kib = self.total_kib * percent / 100 - self.idle_kib
        if not self.columns:
            return int(free_kib / self.kib_per_update) + 1
        below = held_doubled(free_kib, self.kib_per_update, self.columns)
        most = held_doubled(self.total_kib - self.idle_kib, self.kib_per_update, self.columns)
        return min(below + 1, most)


# The paper's; it gives no memory per update for micro: the one for small is taken.
SIZES = {
    "micro": Size(0.0094, 0.98e6, 67.0),
    "small": Size(0.0188, 2.002e6, 67.0),
    "medium": Size(0.0376, 3.98e6, 55.5),
    "large": Size(0.0752, 8.05e6, 55.5),
    "xlarge": Size(0.1504, 16.2e6, 52.8),
}


@dataclass(frozen=True)
class Cluster:
    """The settings that all RDBs of a cluster have in common; thresholds in percent of a host's memory.

    While nobody stands by, an RDB goes on from `roll` to `hard`, if there is one. At `scale` a host reports
    and the alarm goes off; it is a scale threshold if it is `scaled`. `rule` says how hosts are launched.
    """

    name: str
    size: Size
    scale: float
    roll: float
    hard: float | None = None
    rule: Literal["demand", "fixed"] = "fixed"
    scaled: bool = True


class Rdb:
    """One RDB. It holds the updates of its window (first, last], one row each, until they are persisted.

    `state` changes in `become` alone, and `_changed` sees every change of state, window and rows.
    """

    def __init__(self, instance_id: str, cluster: Cluster, now: datetime) -> None:
        self.instance_id = instance_id
        self.launched_at = now
        self.terminated_at: datetime | None = None
        self.state = State.BOOTING
        self.history = [(State.BOOTING, now)]
        self.first_index: int | None = None
        self.last_index: int | None = None
        self.rows = 0
        self._cluster = cluster
        self._size = cluster.size

    @property
    def memory_used(self) -> int:
        """Bytes."""
        return int(self._size.used_kib(self.rows) * 1024)

    @property
    def memory_total(self) -> int:
        """Bytes."""
        return int(self._size.total_kib * 1024)

    @property
    def percent(self) -> float:
        """Memory in use."""
        return 100 * self.memory_used / self.memory_total

    def room_for(self, percent: float) -> int:
        """Return the updates until memory reaches a threshold, at least one."""
        return max(1, self._size.holds(percent) - self.rows)

    def become(self, state: State, now: datetime) -> None:
        """Change the state."""
        self.state = state
        self.history.append((state, now))
        self._changed(now)

    def join(self, now: datetime) -> None:
        """Stand by, once q has started."""
        self.become(State.STANDBY, now)

    def go_live(self, first_index: int, now: datetime) -> None:
        """Take over the open window, which begins after an update; only a standby does."""
        if self.state is State.STANDBY:
            self.first_index = self.last_index = first_index
            self.become(State.LIVE, now)

    def take(self, until: int, now: datetime, *, followed: bool = True) -> None:
        """Take the updates up to an index, or as many as memory has room for, and then roll.

        That is up to the roll threshold if it is `followed` by a standby, or else up to the hard one.
        """
        if self.state is not State.LIVE or self.last_index is None:
            return
        most = self._cluster.roll if followed else (self._cluster.hard or self._cluster.roll)
        taken = min(until - self.last_index, self.room_for(most))
        self.last_index += taken
        self.rows += taken
        self._changed(now)
        if self._reaches(most):
            self.roll(now)

    @property
    def overdrawn(self) -> bool:
        """It is live and has taken more than the roll threshold allows."""
        return self.state is State.LIVE and self._reaches(self._cluster.roll)

    def _reaches(self, percent: float) -> bool:
        return self.percent >= percent or self.rows >= self._size.holds(percent)

    def roll(self, now: datetime) -> None:
        """Take no more and keep the rows."""
        self.become(State.ROLLED, now)

    def replay(self, first_index: int, last_index: int, now: datetime) -> None:
        """Read a window that is closed from the log again, after q was started anew."""
        self.first_index, self.last_index = first_index, last_index
        self.rows = last_index - first_index
        self.become(State.ROLLED, now)

    def persisted(self, index: int, now: datetime) -> None:
        """Drop the rows up to an index, which are in the historical database now.

        The live one goes on from there; any other that holds nothing any more is drained.
        """
        if self.first_index is not None and self.last_index is not None:
            self.rows = min(self.rows, max(0, self.last_index - index))
        if self.state is State.LIVE:
            self.last_index = max(index, self.last_index or 0)
            self.first_index = self.last_index - self.rows
            self._changed(now)
        else:
            self.drain(now)

    def drain(self, now: datetime) -> None:
        """Leave for good, unless it is live or holds rows: those must be persisted first."""
        if self.state is not State.LIVE and not self.rows:
            self.become(State.DRAINED, now)

    def _changed(self, now: datetime) -> None:
        """Notice a change of state, window or rows."""
