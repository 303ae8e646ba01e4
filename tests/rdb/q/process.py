"""One q process: its names, its files, and what it does with handles and messages."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from . import applying, splayed, system
from .applying import Primitive
from .errors import Exited, QError, Unsupported
from .file_access import FileAccess
from .files import Disk, Log
from .literals import DAY
from .parser import parse_script
from .primitives import PRIMITIVES
from .queries import inserted, run_query
from .show import shown
from .tree import Assign, Frame, Query
from .values import (
    Atom,
    Dictionary,
    Mixed,
    Table,
    Value,
    Vector,
    elements,
    long,
    string,
    symbols,
    text_of,
    truth,
    vector,
)

if TYPE_CHECKING:
    from .network import End

TOP = frozenset[str]()
CONSOLE = 0
KILLED = -9
LOCALHOST = 2130706433
# Bytes that a message is taken to need.
_MESSAGE = 64
_HEAP = Dictionary(symbols(("used", "heap", "peak")), vector("j", (0, 67108864, 67108864)))
# What a q has under these names; memory is the host's in these files, so that the heap never grows here.
OF_Q = {
    ".Q.n": string("0123456789"),
    ".Q.w": Primitive(".Q.w", 1, lambda _: _HEAP, 1, False),
    ".Q.s1": Primitive(".Q.s1", 1, lambda value: string("; ".join(shown(value))), 1, False),
    ".z.K": Atom("f", 4.1),
    ".Q.gc": Primitive(".Q.gc", 1, lambda _: long(0), 1, False),
    ".Q.en": Primitive(".Q.en", 2, splayed.enumerated, 2, True),
}


class Process(FileAccess):
    """`now` is the world's clock in nanoseconds since 2000; `said` is what it wrote to standard error."""

    def __init__(
        self, disk: Disk, environment: Mapping[str, str], network: Any, host: str, arguments: Sequence[str]
    ) -> None:
        self.disk, self.environment, self.network, self.host = disk, environment, network, host
        self.arguments = arguments
        self.identity = PRIMITIVES["::"]
        self.names: dict[str, Value] = {}
        self.handles: dict[int, End | str] = {}
        self.handle, self.caller = CONSOLE, LOCALHOST
        self.port, self.timer, self.next_tick = 0, 0, 0
        self.alive, self.stopped = True, False
        self.status: int | None = None
        self.said: list[str] = []
        self.shown: list[str] = []
        # Errors that no q code trapped.
        self.errors: list[str] = []
        self.memory = (64 * 2**20, 60 * 2**20)
        self.random_source = Random(1)
        # How many more steps on disk or to others it may take before it is killed, and those that it took.
        self.lives: int | None = None
        self.steps: list[str] = []
        self.folder = "/"

    # ---- names ----

    def read(self, name: str) -> Value:
        """Return the value of a global name. Raises QError with the name."""
        if name in self.names:
            return self.names[name]
        if (own := self._own(name)) is not None:
            return own
        if name in PRIMITIVES:
            return PRIMITIVES[name]
        raise QError(name)

    def _own(self, name: str) -> Value | None:
        match name:
            case ".z.p":
                return Atom("p", self.network.now)
            case ".z.d":
                return Atom("d", self.network.now // DAY)
            case ".z.n":
                return Atom("n", self.network.now % DAY)
            case ".z.w":
                return Atom("i", self.handle)
            case ".z.a":
                return Atom("i", self.caller)
            case ".z.i":
                return Atom("i", self.port)
            case ".z.W":
                return self._queued()
            case ".z.x":
                return Mixed(tuple(string(one) for one in self.arguments))
        return OF_Q.get(name) or self._namespace(name)

    def _queued(self) -> Value:
        """Return the sizes of what is sent over each handle and not heard yet."""
        ends = [(handle, end) for handle, end in self.handles.items() if not isinstance(end, str)]
        sizes = [vector("j", [_MESSAGE] * len(end.peer.inbox)) for _, end in ends]
        return Dictionary(vector("i", [handle for handle, _ in ends]), Mixed(tuple(sizes)))

    def _namespace(self, name: str) -> Value | None:
        """Return the names of a namespace with their values, if there are any."""
        if name.count(".") != 1 or not name.startswith("."):
            return None
        inside = {one.removeprefix(f"{name}."): one for one in self.names if one.startswith(f"{name}.")}
        values = Mixed(tuple(self.names[one] for one in inside.values()))
        return Dictionary(symbols(list(inside)), values) if inside else None

    def defer(self, what: Value) -> Value:
        """Return `-30!`: of the generic null, the question that is heard waits; else one is answered."""
        if what is self.identity:
            self.network.deferred(self, self.handle)
        else:
            handle, failed, answer = elements(what)
            self.network.answer(self, getattr(handle, "value", 0), truth(failed), answer)
        return self.identity

    def write(self, name: str, value: Value) -> None:
        """Set a global name."""
        self.names[name] = value

    def apply(self, function: Value, given: applying.Given) -> Value:
        """Apply a value to arguments."""
        return applying.apply(self, function, given)

    def amended(self, old: Value, index: list[Value], operator: Value | None, value: Value) -> Value:
        """Return a value that an assignment by index changes."""
        return applying.amended(self, old, index, operator, value)

    def query(self, query: Query, frame: Frame) -> Value:
        """Evaluate a query."""
        return run_query(query, frame)

    def tables(self) -> Value:
        """Return the names of the root's tables, sorted."""
        return symbols(
            sorted(name for name, value in self.names.items() if "." not in name and _is_table(value))
        )

    def insert(self, name: Value, rows: Value) -> Value:
        """Append rows to a table that is given by name."""
        if not isinstance(name, Atom) or name.kind != "s":
            raise Unsupported("insert into what is no name")
        table, places = inserted(self.read(name.value), rows)
        self.write(name.value, table)
        return vector("j", places)

    def step(self, what: str) -> None:
        """Note something that outlives this process; where it is to be killed, it ends before that."""
        self.steps.append(what)
        if self.lives is not None:
            self.lives -= 1
            if self.lives < 0:
                raise Exited(KILLED)

    # ---- code ----

    def load(self, text: str, name: str) -> None:
        """Evaluate a script. Raises QError where q would stop in it."""
        lines = ""
        for line in text.splitlines(keepends=True):
            if line.startswith("\\"):
                self._run(lines, name)
                lines = ""
                self.system(line[1:].strip())
            else:
                lines += line
        self._run(lines, name)

    def _run(self, lines: str, name: str) -> None:
        for node in parse_script(lines, name):
            node.run(Frame(self, TOP))

    def evaluate(self, text: str) -> Value:
        """Evaluate a text and return its value; of an assignment there is none."""
        if text.startswith("\\"):
            return self.system(text[1:])
        value: Value = self.identity
        for node in parse_script(text, "text"):
            value = node.run(Frame(self, TOP))
            if isinstance(node, Assign):
                value = self.identity
        return value

    def guarded(self, what: str, function: Value, *given: Value) -> Value | None:
        """Apply as q does for an event: an error is told and ends nothing; `exit` ends the process."""
        try:
            return self.apply(function, given)
        except QError as error:
            self.errors.append(f"{what}: {error}")
        except Exited as exited:
            self.network.end(self, exited.status)
        return None

    # ---- handles ----

    def new_handle(self, target: "End | str") -> int:
        """Return the number of a new handle."""
        number = next(at for at in range(3, 10_000) if at not in self.handles)
        self.handles[number] = target
        return number

    def open(self, where: Value) -> Value:
        """Return `hopen` of a file, of a file of the kernel, or of another process."""
        timeout = 0
        if isinstance(where, Mixed):
            where, given = where.items
            timeout = getattr(given, "value", 0)
        address = text_of(where).removeprefix(":")
        if address.startswith("fifo://"):
            return Atom("i", self.new_handle(address))
        if address.startswith("/"):
            if address not in self.disk.files:
                self.disk.write(address, Log())
            self.disk.log(address).host = self.host
            return Atom("i", self.new_handle(address))
        return Atom("i", self.network.connect(self, address, timeout))

    def close(self, handle: Value) -> Value:
        """Return `hclose`; the other side learns of it, this side's `.z.pc` does not."""
        number = getattr(handle, "value", None)
        target = self.handles.pop(number, None) if isinstance(number, int) else None
        if target is None:
            raise QError("Bad file descriptor")
        if isinstance(target, str):
            content = self.disk.files.get(target)
            if isinstance(content, Log):
                content.synced = len(content.records)
        else:
            self.network.hang_up(target)
        return self.identity

    def to_handle(self, number: int, value: Value) -> Value:
        """Write to a console, append to a file, or send: with a negative handle asynchronously."""
        if number in (-1, -2):
            (self.said if number == -2 else self.shown).append(text_of(value))
            return Atom("j", number)
        # Nothing sent asynchronously flushes what was sent before.
        if number < 0 and value is self.identity:
            return value
        target = self.handles.get(abs(number))
        if target is None:
            raise QError("Bad file descriptor")
        if not isinstance(target, str):
            if number > 0:
                self.step(f"asks {value.items if isinstance(value, Vector) else value}")
            sent: Value = self.network.send(target, value, wait=number > 0)
            return sent
        self.disk.check_writable(target)
        self.disk.log(target).records.extend(elements(value))
        return Atom("i", number)

    def system(self, command: str) -> Value:
        """Return `system` of a command."""
        return system.run(self, command)

    def random(self, most: Value) -> Value:
        """Return `rand` of a float."""
        return Atom("f", self.random_source.random() * getattr(most, "value", 1.0))


def _is_table(value: Value) -> bool:
    return isinstance(value, Table) or (isinstance(value, Dictionary) and isinstance(value.keys, Table))
