"""A cluster of q processes as the hosts of a stack run them: a tickerplant, RDBs, and a feed.

Each q is started by door.q with a password. A q that ends is started again, unless its host has died. All is
on one disk: /hw is the shared directory.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any

from tests.rdb.q_source import Q

from .files import Disk, Stored, Text
from .network import End, Network
from .process import Process
from .values import Table, Value, collect, elements, long, names_of, symbol, vector

SEGMENT = 7
SHARED, PASSWORDS = "/hw", "/run/passwords"
TABLES = ("quote", "trade")
SCHEMA = "".join(f"{name}:([] time:`timespan$(); sym:`g#`symbol$(); n:`long$());\n" for name in TABLES)
# What docs/q.md gives as an rdb.q, with a folder of its own for each RDB.
PAGE = (Q.parents[1] / "docs" / "q.md").read_text()
EXAMPLE: str = next(block for block in re.findall(r"```q\n(.*?)```", PAGE, re.DOTALL) if "schema.q" in block)
ASKS_EVERY = 10.0


def folder_of(name: str) -> str:
    """Return the folder of an RDB's own disk: the literal of a path in q has no hyphen."""
    return f"/{name.replace('-', '')}"


@dataclass
class Rdb:
    """One host with its q; `wanted` tells if the control plane asks it to drain.

    `saved`: what it held was orphaned, and a person has saved it.
    """

    id: str
    port: int
    process: Process
    host_lives: bool = True
    wanted: bool = False
    saved: bool = False

    def read(self, name: str) -> Any:
        """Return the plain value of one of its names."""
        return getattr(self.process.read(f".highwater.{name}"), "value", None)

    @property
    def answers(self) -> bool:
        """Tell if its q runs."""
        return self.process.alive and not self.process.stopped

    def rows(self, name: str) -> list[int]:
        """Return the numbers of a table's rows."""
        table = self.process.names[name]
        assert isinstance(table, Table)
        return list(table.columns["n"].items)


class Cluster:
    """`after` schedules what happens later, in seconds of the virtual clock.

    With `streams` RDBs read the log from logstream.q.
    """

    def __init__(
        self,
        random: Random | None = None,
        example: str = EXAMPLE,
        edits: Mapping[str, str] = MappingProxyType({}),
        streams: bool = False,
    ) -> None:
        # Days end when a story says so: see `next_day`.
        today = f".tp.today:{{[] .z.d+@[get; `:{SHARED}/later; 0]}};"
        edits = {"segmentSize: 10000": f"segmentSize: {SEGMENT}", ".tp.today:{[] .z.d};": today, **edits}
        self.network = Network(Q, random=random, edits=edits)
        self.disk = Disk()
        for folder in (SHARED, "/run", f"{SHARED}/drained"):
            self.disk.make_folder(folder)
        self.disk.files[PASSWORDS] = Text(("a-password-of-letters",))
        self.network.scripts["schema.q"] = SCHEMA
        self._example, self._streams = example, streams
        self.stream: Process | None = None
        if streams:
            environment = {"HIGHWATER_LOGS": SHARED}
            self.stream = self.network.process(self.disk, environment, ("stream", 5002), script="logstream.q")
        self._later: list[tuple[int, Callable[[], None]]] = []
        self._asked_at = 0
        self.rdbs: dict[str, Rdb] = {}
        self.serial = self.days = 0
        self.hosts = 0
        self.tickerplant_script, self.tickerplant_settings = "tickerplant.q", dict[str, str]()
        self.tickerplant = self._tickerplant()

    # ---- processes ----

    def _tickerplant(self) -> Process:
        self.hosts += 1
        self.disk.files[f"{SHARED}/tickerplant"] = Text((f"tp{self.hosts}",))
        return self._start_tickerplant()

    def _start_tickerplant(self) -> Process:
        return self._door(f"tp{self.hosts}", self.tickerplant_script, 5000, self.tickerplant_settings)

    def _door(self, host: str, script: str, port: int, more: dict[str, str]) -> Process:
        environment = {"HIGHWATER_LOGS": SHARED, "HIGHWATER_Q_PASSWORDS": PASSWORDS, **more}
        return self.network.process(
            self.disk,
            environment,
            (host, 0),
            script="door.q",
            arguments=[f"/mnt/code/kx/{script}", str(port)],
        )

    def launch(self) -> Rdb:
        """Start another RDB's host."""
        name = f"i-{len(self.rdbs):x}"
        self.disk.make_folder(folder_of(name))
        self.network.scripts[f"{name}.q"] = self._example.replace("/var/lib/highwater", folder_of(name))
        self.rdbs[name] = Rdb(name, 5001, self._start_rdb(name))
        return self.rdbs[name]

    def _start_rdb(self, name: str) -> Process:
        more = {"HIGHWATER_INSTANCE_ID": name, "HIGHWATER_MARKER": f"{folder_of(name)}/drained"}
        # Read where the script has no function of its own.
        more["HIGHWATER_PERSISTED"] = "/hdb/persisted"
        if self._streams:
            more["HIGHWATER_LOGSTREAM"] = "stream:5002"
        return self._door(name, f"{name}.q", 5001, more)

    def restart(self, rdb: Rdb) -> None:
        """Start an RDB's q again, as systemd does."""
        if rdb.host_lives and not rdb.process.alive:
            memory = rdb.process.memory
            rdb.process = self._start_rdb(rdb.id)
            rdb.process.memory = memory

    def restart_tickerplant(self) -> None:
        """Start the tickerplant again, on its host; what cannot start is tried again after two seconds."""
        if not self.tickerplant.alive:
            self.tickerplant = self._start_tickerplant()
            if not self.tickerplant.alive:
                self.after(2, self.restart_tickerplant)

    def replace_tickerplant(self) -> None:
        """Start it on another host."""
        self.tickerplant = self._tickerplant()
        if not self.tickerplant.alive:
            self.after(2, self.restart_tickerplant)

    def link(self, rdb: Rdb) -> End | None:
        """Return an RDB's side of its connection to the tickerplant."""
        found = rdb.process.handles.get(rdb.read("tickerplant"))
        return found if isinstance(found, End) else None

    # ---- what comes in ----

    def feed(self, rows: int = 1, table: str = "trade") -> None:
        """Publish one update."""
        self.serial += 1
        numbers = [10 * self.serial + at for at in range(rows)]
        now = self.network.now % (86400 * 10**9)
        columns: list[Value] = [vector("n", [now] * rows), vector("s", ["A"] * rows), vector("j", numbers)]
        self.update(symbol(table), *columns)

    def update(self, table: Value, *columns: Value) -> None:
        """Publish an update of any form."""
        self.network.tell(self.tickerplant, symbol(".u.upd"), table, collect(columns))

    def next_day(self) -> None:
        """Let the tickerplant's date be the next one, from its next tick on."""
        self.days += 1
        self.disk.files[f"{SHARED}/later"] = Stored(long(self.days))

    def ask(self, rdb: Rdb, text: str) -> Value:
        """Ask an RDB as its reporter does."""
        return self.network.ask(rdb.process, text)

    # ---- time ----

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something later."""
        self._later.append((self.network.now + int(seconds * 10**9), action))

    def run(self, seconds: float) -> None:
        """Let time pass: what is due is done, and who is to drain is asked every ten seconds."""
        end = self.network.now + int(seconds * 10**9)
        while True:
            self._restart_ended()
            due = min([at for at, _ in self._later if at <= end], default=end)
            due = min(due, max(self.network.now, self._asked_at + int(ASKS_EVERY * 10**9)), end)
            self.network.run(max(0, due - self.network.now) / 10**9)
            now = [one for one in self._later if one[0] <= self.network.now]
            self._later = [one for one in self._later if one[0] > self.network.now]
            for _, action in now:
                action()
            if self.network.now >= self._asked_at + int(ASKS_EVERY * 10**9):
                self._asked_at = self.network.now
                self._ask_to_drain()
            if self.network.now >= end:
                return

    @property
    def is_whole(self) -> bool:
        """Tell if all that was to happen later has happened."""
        return not self._later

    def _restart_ended(self) -> None:
        if not self.tickerplant.alive and self.tickerplant.status is not None and not self._later:
            self.after(1, self.restart_tickerplant)

    def _ask_to_drain(self) -> None:
        for rdb in self.rdbs.values():
            if rdb.wanted and rdb.answers and rdb.process.port:
                self.ask(rdb, ".highwater.drain[]")

    # ---- what is there ----

    def logged(self) -> list[tuple[str, list[int]]]:
        """Return table and rows of each update that the log has, in order."""
        found: list[tuple[str, list[int]]] = []
        segment = 0
        while f"{SHARED}/updates{segment}" in self.disk.files:
            for record in self.disk.log(f"{SHARED}/updates{segment}").records:
                _, table, columns = record.items  # type: ignore[attr-defined]
                found.append((table.value, list(columns.items[-1].items)))
            segment += 1
        return found

    def windows(self) -> list[tuple[str, int, int | None]]:
        """Return the windows as they are stored."""
        content = self.disk.files.get(f"{SHARED}/windows")
        if content is None:
            return []
        assert isinstance(content, Stored)
        assert isinstance(content.value, Table)
        columns: dict[str, list[Any]] = {
            name: [getattr(one, "value", None) for one in elements(column)]
            for name, column in content.value.columns.items()
        }
        ends = [None if one < 0 else one for one in columns["lastIndex"]]
        return list(zip(columns["id"], columns["firstIndex"], ends, strict=True))

    def fed(self, rdb: Rdb) -> list[str]:
        """Return the tables that updates named."""
        return names_of(rdb.process.names[".highwater.fed"])
