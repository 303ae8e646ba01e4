"""The write-down's host, and the q's that load what it writes, beside a cluster."""

import re

from .cluster import PAGE, PASSWORDS, SHARED, TABLES, Cluster
from .files import Stored
from .literals import written
from .process import Process
from .splayed import columns_of
from .values import EMPTY, Enumeration, Vector, elements, names_of

HOME = "/hdb"
DAYS, PARTS = f"{HOME}/db", f"{HOME}/intraday"
# What docs/q.md gives as a writer.q.
SCRIPT = next(block for block in re.findall(r"```q\n(.*?)```", PAGE, re.DOTALL) if "writedown.q" in block)


class Writer:
    """`db` loads the days, `intraday` the running one, where the write-down has it."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        intraday: bool = False,
        written_before: int = 0,
        lives: int | None = None,
        hdb: str = "hdb:5002",
    ) -> None:
        self.cluster, self._intraday, self._before, self._hdb = cluster, intraday, written_before, hdb
        cluster.network.scripts["writer.q"] = SCRIPT
        for folder in (DAYS, PARTS):
            cluster.disk.make_folder(folder)
        self.process = self.start(lives)
        self.restart_readers()

    def start(self, lives: int | None = None) -> Process:
        """Start the write-down, also again after it was killed.

        With `lives` it is killed before the step after so many.
        """
        readers = {"HIGHWATER_HDB_ADDRESSES": self._hdb, "HIGHWATER_WRITE_FROM": str(self._before)}
        if self._intraday:
            readers["HIGHWATER_INTRADAY_ADDRESSES"] = "idb:5002"
        self.process = self.cluster.network.process(
            self.cluster.disk,
            {"HIGHWATER_LOGS": SHARED, "HIGHWATER_HDB": HOME, "HIGHWATER_Q_PASSWORDS": PASSWORDS, **readers},
            ("writer", 0),
            script="door.q",
            arguments=["/mnt/code/kx/writer.q", "5004"],
            lives=lives,
        )
        return self.process

    def restart_readers(self) -> None:
        """Start the q's that load the databases, also again."""
        for process in self.cluster.network.processes:
            if process.host in ("hdb", "idb") and process.alive:
                self.cluster.network.end(process, -9)
        self.db = self._reader("hdb", DAYS)
        self.intraday = self._reader("idb", PARTS)

    def _reader(self, host: str, folder: str) -> Process:
        started = self.cluster.network.process(self.cluster.disk, {}, (host, 5002))
        started.system(f"l {folder}")
        return started

    @property
    def persisted(self) -> int:
        """The index that RDBs go by; 0 where there is none."""
        found = self.cluster.disk.files.get(f"{HOME}/persisted")
        return getattr(found.value, "value", 0) if isinstance(found, Stored) else 0

    def partitions(self, folder: str = DAYS) -> list[str]:
        """Return the names of the partitions on disk."""
        return [name for name in names_of(self.cluster.disk.at(folder)) if name != "sym"]

    def rows(self, partition: str, name: str = "trade", folder: str = DAYS) -> list[int]:
        """Return the numbers of a table's rows, in order."""
        columns = columns_of(self.cluster.disk, f"{folder}/{partition}/{name}")
        return list(getattr(columns["n"], "items", ()))

    def loaded(self) -> int:
        """Return the last update that is in a partition which a q has loaded."""
        found = [0]
        for reader, folder in ((self.db, DAYS), (self.intraday, PARTS)):
            for one in elements(reader.names.get(".Q.pv", EMPTY)):
                path = f"{folder}/{written(one.kind, one.value)}/highwater/lastIndex"  # type: ignore[attr-defined]
                if path in self.cluster.disk.files:
                    found += [last.value for last in elements(self.cluster.disk.stored(path))]  # type: ignore[attr-defined]
        return max(found)

    def all_rows(self) -> list[int]:
        """Return the numbers of all rows of the database by date, by date, each table in order."""
        return [row for one in self.partitions() for name in TABLES for row in self.rows(one, name)]

    def broken(self) -> list[str]:
        """Return what no q could read as it should: symbols that no file has, columns not parted."""
        disk = self.cluster.disk
        found = []
        for folder in (DAYS, PARTS):
            known = disk.files.get(f"{folder}/sym")
            names = set(names_of(known.value)) if isinstance(known, Stored) else set()
            for path, content in disk.files.items():
                column = content.value if isinstance(content, Stored) else None
                if not path.startswith(f"{folder}/") or not isinstance(column, Enumeration):
                    continue
                if not set(column.items) <= names:
                    found.append(f"{path} has symbols that {folder}/sym lacks")
                if path.endswith("/sym") and column.items and column.attribute != "p":
                    found.append(f"{path} has no attribute p")
        return found


def column_of(cluster: Cluster, path: str) -> Vector:
    """Return a column on disk."""
    column = cluster.disk.stored(path)
    assert isinstance(column, Vector)
    return column
