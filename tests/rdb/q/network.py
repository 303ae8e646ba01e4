"""Several processes on one virtual clock: connections, messages, timers, and what cuts them."""

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import ClassVar

from .errors import Exited, QError, Unsupported
from .files import Disk, Text
from .literals import SECOND, parsed
from .process import LOCALHOST, Process
from .questions import Questions
from .system import MILLISECOND
from .values import Atom, Mixed, Value, string, symbol, text_of, truth

CLOSED = object()
_ADDRESSES = 167772160
# How long a process waits for an answer by `-30!`.
LONGEST = 60 * SECOND


class End:
    """One side of a connection: `inbox` has what is not yet heard; a `cut` one hears nothing more."""

    def __init__(self, owner: Process) -> None:
        self.owner = owner
        self.handle = 0
        self.peer: End = self
        self.inbox: deque[object] = deque()
        self.cut = False


class Network(Questions):
    """The world. `random` decides which connection is heard first; each one keeps its order.

    `edits` are texts in the scripts of `folder` and what stands there instead; `scripts` are more of them.
    `broken` are mutants, the whole text by the file's name, in all worlds.
    """

    broken: ClassVar[dict[str, str]] = {}

    def __init__(
        self,
        folder: Path,
        *,
        random: Random | None = None,
        edits: Mapping[str, str] = MappingProxyType({}),
        start: str = "2026.11.23D09:00:00",
    ) -> None:
        self.now: int = parsed("p", start)
        self.random, self._folder, self._edits = random, folder, edits
        self.scripts: dict[str, str] = {}
        self.processes: list[Process] = []
        self._waiting: list[End] = []
        super().__init__()

    def script(self, path: str) -> str:
        """Return the text of a script, by its name alone, with the edits. Raises QError if there is none."""
        name = Path(path).name
        if name in self.scripts:
            return self.scripts[name]
        try:
            text = self.broken.get(name) or (self._folder / name).read_text()
        except OSError:
            raise QError(f"{path}. OS reports: No such file or directory") from None
        for old, new in self._edits.items():
            text = text.replace(old, new)
        return text

    def _text(self, script: str, disk: Disk) -> str:
        content = disk.files.get(script)
        return "\n".join(content.lines) + "\n" if isinstance(content, Text) else self.script(script)

    def process(
        self,
        disk: Disk,
        environment: Mapping[str, str],
        address: tuple[str, int],
        before: str = "",
        script: str = "",
        arguments: Sequence[str] = (),
        lives: int | None = None,
    ) -> Process:
        """Start a q: lines of `before`, then a script. An error in it is told, and q stays.

        With `lives` it is killed before the step after so many.
        """
        made = Process(disk, environment, self, address[0], arguments)
        made.lives = lives
        made.port = address[1]
        self.processes.append(made)
        try:
            if before:
                made.load(before, "before")
            if script:
                made.load(self._text(script, disk), script)
        except QError as error:
            made.errors.append(f"{script}: {error}")
        except Exited as exited:
            self.end(made, exited.status)
        return made

    # ---- connections ----

    def connect(self, caller: Process, address: str, timeout: int) -> int:
        """Return the handle of a new connection. Raises QError as `hopen` does."""
        host, port, *credentials = address.split(":", 3)
        host = self._named(host, caller)
        found = [one for one in self.processes if one.alive and one.port == int(port) and one.host == host]
        if not found:
            raise QError(f"hop. OS reports: Connection refused: {address}")
        other = found[0]
        if other.stopped:
            if not timeout:
                raise Unsupported("a connection to a stopped process without a time limit")
            raise QError("timeout")
        guard = other.names.get(".z.pw")
        if guard is not None:
            user, password = (*credentials, "", "")[:2]
            if not truth(other.apply(guard, [symbol(user), string(password)])):
                raise QError("access")
        near, far = End(caller), End(other)
        near.peer, far.peer = far, near
        near.handle, far.handle = caller.new_handle(near), other.new_handle(far)
        return near.handle

    def send(self, end: End, value: Value, *, wait: bool) -> Value:
        """Send over a connection; a question is answered at once."""
        if wait:
            return self._asked(end.peer, value)
        if not (end.cut or end.peer.cut):
            self._put(end.peer, value)
        return end.owner.identity

    def _asked(self, far: End, value: Value) -> Value:
        if far.cut or far.owner.stopped or not far.owner.alive:
            raise Unsupported("a question to a process that does not answer")
        answer = self.may_wait(far.owner, far.handle)
        found = self._heard(far.owner, far.handle, ".z.pg", value)
        end = self.now + LONGEST
        while answer.deferred and not answer.done:
            if self.now > end:
                raise Unsupported("a question that nobody answers")
            self.run(0.1)
        if answer.failed:
            raise QError(text_of(answer.value))  # type: ignore[arg-type]
        return answer.value or found

    def ask(self, process: Process, text: str) -> Value:
        """Ask a process as a client on its own host does. Raises QError."""
        if not process.alive or process.stopped:
            raise Unsupported("a question to a process that does not answer")
        return self._heard(process, 9999, ".z.pg", string(text))

    def tell(self, process: Process, *message: Value) -> None:
        """Send a process a message as a client on its own host does."""
        before, process.handle = process.handle, 9999
        process.guarded("message", process.names.get(".z.ps", process.read("value")), Mixed(message))
        process.handle = before

    def tell_text(self, process: Process, text: str) -> None:
        """Let a person type a line into a process."""
        process.handle = 0
        process.guarded("typed", process.read("value"), string(text))

    def _heard(self, process: Process, handle: int, handler: str, value: Value) -> Value:
        before = process.handle, process.caller
        process.handle, process.caller = handle, self._address(process, handle)
        try:
            return process.apply(process.names.get(handler, process.read("value")), [value])
        finally:
            process.handle, process.caller = before

    def _address(self, process: Process, handle: int) -> int:
        end = process.handles.get(handle)
        if not isinstance(end, End) or end.peer.owner.host == process.host:
            return LOCALHOST
        return _ADDRESSES + self._hosts().index(end.peer.owner.host)

    def _hosts(self) -> list[str]:
        return list(dict.fromkeys(one.host for one in self.processes))

    def _named(self, host: str, caller: Process) -> str:
        """Return the name of a host that may be given by its address."""
        if not host.startswith(("10.", "127.")):
            return host
        number = int.from_bytes(bytes(int(part) for part in host.split(".")), "big")
        return caller.host if number == LOCALHOST else self._hosts()[number - _ADDRESSES]

    def hang_up(self, end: End) -> None:
        """Close one side; the other one hears of it after what was sent before."""
        if not end.peer.cut:
            self._put(end.peer, CLOSED)
        end.cut = True

    def drop(self, end: End) -> None:
        """Break a connection: what is under way is lost, both sides hear that it is closed."""
        for side in (end, end.peer):
            side.inbox.clear()
            self._put(side, CLOSED)

    def cut(self, end: End) -> None:
        """Let a connection fall silent: neither side hears anything, nor that it is closed."""
        end.cut = end.peer.cut = True
        end.inbox.clear()
        end.peer.inbox.clear()

    def _put(self, end: End, message: object) -> None:
        end.inbox.append(message)
        if end not in self._waiting:
            self._waiting.append(end)

    # ---- ends of processes ----

    def end(self, process: Process, status: int) -> None:
        """End a process: its connections are closed by the system."""
        process.alive, process.status = False, status
        for target in process.handles.values():
            if isinstance(target, End):
                self.hang_up(target)
        process.handles.clear()

    def vanish(self, process: Process) -> None:
        """End a process with its host: nobody hears of it."""
        process.alive = False
        for target in process.handles.values():
            if isinstance(target, End):
                target.cut = True
                target.inbox.clear()

    def give_up(self, end: End) -> None:
        """Close one side of a silent connection, as the system does at last."""
        end.cut = False
        self._put(end, CLOSED)

    def given_up(self, process: Process) -> None:
        """Close what others still have of a vanished process, as the system does at last."""
        for target in process.handles.values():
            if isinstance(target, End) and not target.peer.cut:
                self._put(target.peer, CLOSED)
        process.handles.clear()

    def resume(self, process: Process) -> None:
        """Let a stopped process go on: it ticks at once, and hears what came meanwhile."""
        process.stopped = False
        process.next_tick = min(process.next_tick, self.now)

    # ---- the clock ----

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + int(seconds * SECOND)
        self._deliver()
        while True:
            due = [one for one in self.processes if one.alive and not one.stopped and one.timer]
            ticking = min(due, key=lambda one: one.next_tick, default=None)
            if ticking is None or ticking.next_tick > end:
                break
            self.now = max(self.now, ticking.next_tick)
            ticking.next_tick = self.now + ticking.timer * MILLISECOND
            if ".z.ts" in ticking.names:
                ticking.handle = 0
                ticking.guarded("timer", ticking.names[".z.ts"], Atom("p", self.now))
            self._deliver()
        self.now = end

    def _deliver(self) -> None:
        while ready := [end for end in self._waiting if not end.owner.stopped]:
            chosen = ready[self.random.randrange(len(ready))] if self.random else ready[0]
            message = chosen.inbox.popleft() if chosen.inbox else None
            if not chosen.inbox:
                self._waiting.remove(chosen)
            owner = chosen.owner
            if message is None or not owner.alive or owner.handles.get(chosen.handle) is not chosen:
                continue
            if message is CLOSED:
                self._closed(chosen)
            elif isinstance(message, Value):
                self._async(chosen, message)

    def _closed(self, end: End) -> None:
        owner = end.owner
        end.cut = True
        del owner.handles[end.handle]
        if ".z.pc" in owner.names:
            owner.guarded("closed", owner.names[".z.pc"], Atom("i", end.handle))

    def _async(self, end: End, message: Value) -> None:
        owner = end.owner
        try:
            self._heard(owner, end.handle, ".z.ps", message)
        except QError as error:
            owner.errors.append(f"message: {error}")
        except Exited as exited:
            self.end(owner, exited.status)
