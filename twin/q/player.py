"""A player of a q process: a thread that answers kdb+ IPC on loopback, can hang, be slow, crash or lie."""

import selectors
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from types import TracebackType
from typing import Self

from rdb.kdb.errors import AskFailed
from rdb.kdb.messages import HEADER_BYTES, Header, Kind, parse_header
from rdb.kdb.values import decode
from twin.q.encoding import failure, response

CAPABILITY = 3
LIMIT = 2**20
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Raised(Exception):
    """The error that an answer raises for q to raise: its text is q's error."""


@dataclass
class _Caller:
    """One connection and what came over it so far."""

    socket: socket.socket
    received: bytearray = field(default_factory=bytearray)
    admitted: bool = False


class QPlayer:
    """A q that answers each expression of `answers` with what its function returns; a context manager.

    Like q it does one thing at a time, and an expression that it does not know is an error. With
    `credentials`, as "user:password", it lets in nobody else. The system chooses the `port` unless it is
    given, and it stays the same after a kill.
    """

    def __init__(
        self, answers: Mapping[str, Callable[[], object]], *, credentials: str | None = None, port: int = 0
    ) -> None:
        self.port = port
        self._answers = answers
        self._credentials = credentials
        self._awake = Event()
        self._killed = Event()
        self._killed.set()
        self._seconds = 0.0
        self._nonsense: bytes | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, again after `kill`."""
        self._awake.set()
        self._killed.clear()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._bell, door = socket.socketpair()
        self._thread = Thread(target=self._serve, args=(self._listener, door), daemon=True)
        self._thread.start()

    def kill(self) -> None:
        """End it as a crash does: its connections are reset. Do nothing when it does not run."""
        if self._killed.is_set():
            return
        self._killed.set()
        self._awake.set()
        self._bell.close()
        self._thread.join()

    def lock(self, credentials: str | None) -> None:
        """Let in only these credentials from now on, None for everybody; who is in stays in."""
        self._credentials = credentials

    def hang(self) -> None:
        """Read and answer nothing from now on; the kernel still accepts connections for it."""
        self._awake.clear()

    def resume(self) -> None:
        """Answer again."""
        self._awake.set()

    def slow(self, seconds: float) -> None:
        """Take so long for each answer from now on, and hold up all others."""
        self._seconds = seconds

    def talk(self, nonsense: bytes | None) -> None:
        """Send these bytes instead of each answer from now on; None ends that."""
        self._nonsense = nonsense

    def _serve(self, listener: socket.socket, door: socket.socket) -> None:
        with listener, door, selectors.DefaultSelector() as ready:
            ready.register(door, selectors.EVENT_READ)
            ready.register(listener, selectors.EVENT_READ)
            while not self._killed.is_set():
                for key, _ in ready.select():
                    self._awake.wait()
                    if self._killed.is_set():
                        break
                    if key.data is None:
                        caller = _Caller(listener.accept()[0])
                        ready.register(caller.socket, selectors.EVENT_READ, caller)
                    elif not self._hear(key.data):
                        ready.unregister(key.data.socket)
                        key.data.socket.close()
            for key in ready.get_map().values():
                if key.data is not None:
                    key.data.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                    key.data.socket.close()

    def _hear(self, caller: _Caller) -> bool:
        """Do what the caller asks; False when the connection is to be closed."""
        try:
            part = caller.socket.recv(LIMIT)
            caller.received += part
            return bool(part) and self._admits(caller) and self._answers_all(caller)
        except (ConnectionError, AskFailed):
            return False

    def _admits(self, caller: _Caller) -> bool:
        if not caller.admitted and (end := caller.received.find(0)) > 0:
            credentials, capability = caller.received[: end - 1].decode(), caller.received[end - 1]
            if self._credentials not in (None, credentials):
                return False
            del caller.received[: end + 1]
            caller.socket.sendall(bytes([min(capability, CAPABILITY)]))
            caller.admitted = True
        return True

    def _answers_all(self, caller: _Caller) -> bool:
        while caller.admitted and len(caller.received) >= HEADER_BYTES:
            header = parse_header(bytes(caller.received[:HEADER_BYTES]), LIMIT)
            end = HEADER_BYTES + header.size
            if len(caller.received) < end:
                break
            answer = self._answer(header, bytes(caller.received[HEADER_BYTES:end]))
            del caller.received[:end]
            self._killed.wait(self._seconds)
            if header.kind is Kind.SYNC:
                caller.socket.sendall(self._nonsense if self._nonsense is not None else answer)
        return True

    def _answer(self, header: Header, payload: bytes) -> bytes:
        expression = decode(payload, header.order)
        if not isinstance(expression, str) or expression not in self._answers:
            return failure(str(expression))
        try:
            return response(self._answers[expression]())
        except Raised as error:
            return failure(str(error))
