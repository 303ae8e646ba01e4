"""The write-down as docs/q.md describes it: fills a database, and sets what is persisted."""

from contextlib import suppress

from .cluster import TABLES, Cluster, Rdb
from .errors import QError
from .values import Table


class WriteDown:
    """`safe` is the last index in the database, `written` the rows in it."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.safe = 0
        self.written: list[int] = []

    def look(self) -> None:
        """Notice how far it is: this one knows."""

    def step(self) -> None:
        """Write the next closed window, or after the end of the day what the live RDB has of it."""
        if not self._closed():
            self._ended_day()
        self.tell()

    def tell(self) -> None:
        """Set the index in every RDB that answers."""
        for rdb in self._cluster.rdbs.values():
            if rdb.answers and rdb.process.port and rdb.host_lives:
                # A full disk: the write-down sets it anew each time.
                with suppress(QError):
                    self._cluster.ask(rdb, f".app.setPersisted {self.safe}")

    def _closed(self) -> bool:
        for owner, first, last in self._cluster.windows():
            if last is not None and first <= self.safe < last:
                if not self._from_rdb(owner, last):
                    self._from_log(last)
                self.safe = last
                return True
        return False

    def _from_rdb(self, owner: str, last: int) -> bool:
        rdb = self._cluster.rdbs.get(owner)
        if rdb is None or not (rdb.host_lives and rdb.answers) or rdb.read("orphaned"):
            return False
        held, begins = rdb.read("lastIndex"), rdb.read("firstIndex")
        if held != last or not 0 <= begins <= self.safe or rdb.read("state") == "drained":
            return False
        if begins < self.safe and self.safe not in self._marks(rdb):
            return False
        self._write(rdb, {name: len(rdb.rows(name)) for name in TABLES})
        return True

    def _write(self, rdb: Rdb, most: dict[str, int]) -> None:
        written = self._marks(rdb).get(self.safe, {})
        for name in TABLES:
            self.written += rdb.rows(name)[written.get(name, 0) : most.get(name, 0)]

    def _from_log(self, last: int) -> None:
        for _, rows in self._cluster.logged()[self.safe : last]:
            self.written += rows

    def _marks(self, rdb: Rdb) -> dict[int, dict[str, int]]:
        table = rdb.process.names[".highwater.marks"]
        assert isinstance(table, Table)
        found: dict[int, dict[str, int]] = {}
        for index, name, number in zip(*(column.items for column in table.columns.values()), strict=True):
            found.setdefault(index, {})[name] = number
        return found

    def _ended_day(self) -> None:
        for rdb in self._cluster.rdbs.values():
            if not (rdb.host_lives and rdb.answers) or rdb.read("state") != "live" or self._elsewhere(rdb):
                continue
            marks = self._marks(rdb)
            index = max(marks, default=0)
            begins = rdb.read("firstIndex")
            if index > self.safe and 0 <= begins <= self.safe and (begins == self.safe or self.safe in marks):
                self._write(rdb, marks[index])
                self.safe = index

    def _elsewhere(self, rdb: Rdb) -> bool:
        windows = self._cluster.windows()
        if not windows:
            return True
        owner, first, last = windows[-1]
        return owner != rdb.id or last is not None or first > self.safe
