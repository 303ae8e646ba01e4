"""A random walk beside writedown.q, which is killed, cannot write, and finds nobody to tell."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from .cluster import Cluster
from .database import DAYS, HOME, PARTS, Writer
from .rules import Broken
from .walk import Walk
from .writedown import WriteDown
from .written import DRAINS, READS

# How often a day ends with its date, and is not only ended by hand.
WITH_ITS_DATE = 0.7


class ByFile(WriteDown):
    """What writedown.q has written, and said to be persisted."""

    def __init__(self, cluster: Cluster, *, intraday: bool) -> None:
        super().__init__(cluster)
        self.writer = Writer(cluster, intraday=intraday)
        self._cluster = cluster

    def look(self) -> None:
        """Notice how far it is. Raises Broken where that goes back, or nobody can ask for it."""
        told = self.writer.persisted
        if told < self.safe:
            raise Broken(f"persisted goes back from {self.safe} to {told}")
        if told > self.safe and told > self.writer.loaded():
            raise Broken(f"{told} is persisted, and only {self.writer.loaded()} is loaded")
        self.safe = told
        if self.writer.process.errors or self.writer.broken():
            raise Broken(f"the write-down: {self.writer.process.errors} {self.writer.broken()}")

    def step(self) -> None:
        """Let it work, until it has written what there is."""
        if self.safe == len(self._cluster.logged()) and self.written:
            return
        self._cluster.run(6)
        self.look()
        self.written = self.writer.all_rows()

    def tell(self) -> None:
        """Do nothing: RDBs read it."""


class WrittenWalk(Walk):
    """With `intraday` the running day is written too."""

    def __init__(
        self, seed: int, edits: Mapping[str, str] = MappingProxyType({}), *, intraday: bool = False
    ) -> None:
        self._intraday = intraday
        super().__init__(seed, edits)
        more: dict[Callable[[], None], int] = {
            self.kill_writer: 6,
            self.readers_go: 3,
            self.its_disk_fills: 3,
        }
        self._steps |= more

    def example(self) -> str:
        """Return the script of RDBs that go by what is stored."""
        return DRAINS if self._intraday else READS

    def write_down_of(self, cluster: Cluster) -> WriteDown:
        """Start writedown.q."""
        self.by_file = ByFile(cluster, intraday=self._intraday)
        return self.by_file

    def write(self) -> None:
        """Let a tick of the write-down pass."""
        self.cluster.run(5)

    def end_day(self) -> None:
        """Let the date change, or end the day by hand."""
        if self.random.random() < WITH_ITS_DATE:
            self.cluster.next_day()
        else:
            super().end_day()

    def last_day(self) -> None:
        """Let the write-down catch up but for the last day, and end that."""
        self.cluster.next_day()

    def kill_writer(self) -> None:
        """Kill the write-down before one of its next steps; it is started again."""
        writer = self.by_file.writer
        if writer.process.alive:
            writer.process.lives = self.random.randint(0, 40)
            self.cluster.after(self.random.choice([6, 12]), self._start_writer)

    def _start_writer(self) -> None:
        if not self.by_file.writer.process.alive:
            self.by_file.writer.start()
        self.by_file.writer.process.lives = None

    def readers_go(self) -> None:
        """Let the q's that load the databases be away for some time."""
        writer = self.by_file.writer
        for process in (writer.db, writer.intraday):
            if process.alive:
                self.cluster.network.end(process, -9)
        self.cluster.after(self.random.choice([2, 30]), writer.restart_readers)

    def its_disk_fills(self) -> None:
        """Fill its disk, or let nothing be renamed, for some time."""
        disk = self.cluster.disk
        full = [(HOME, disk.full), (f"{HOME}/writing", disk.full)]
        broken = [(where, disk.broken) for where in (DAYS, PARTS, f"{HOME}/persisted")]
        where, kind = self.random.choice(full + broken)
        kind.add(where)
        self.cluster.after(self.random.choice([2, 10, 40]), lambda: kind.discard(where))
