"""Peers on real sockets that do what q should not."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

HOST = "127.0.0.1"
LONG = 30.0
# Long enough for a slow machine to come as far as each test says before it ends.
SHORT = 0.5
PATIENCE = 60.0

Script = Callable[[socket.socket], None]


@contextmanager
def peer(*scripts: Script) -> Iterator[int]:
    """The port of a peer that plays one script for each connection, one after the other."""
    with socket.create_server((HOST, 0)) as listener:

        def play() -> None:
            for script in scripts:
                caller, _ = listener.accept()
                # The caller may leave before the script ends: that is what some tests are about.
                with caller, suppress(ConnectionError):
                    script(caller)

        thread = Thread(target=play, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the caller never left, or never came"


def admit(caller: socket.socket) -> None:
    """Takes the credentials and accepts them."""
    take(caller, b"\0")
    caller.sendall(b"\3")


def answers(*sent: bytes) -> Script:
    """A q that lets everybody in and answers one question with each of these."""

    def script(caller: socket.socket) -> None:
        admit(caller)
        for each in sent:
            question(caller)
            caller.sendall(each)
        wait(caller)

    return script


def take(caller: socket.socket, end: bytes) -> bytes:
    """Read all that the caller sends, up to these bytes."""
    heard = b""
    while not heard.endswith(end):
        heard += _received(caller, 1)
    return heard


def question(caller: socket.socket) -> bytes:
    """One whole message of the caller's."""
    head = _received(caller, 8)
    return head + _received(caller, struct.unpack("<I", head[4:])[0] - 8)


def _received(caller: socket.socket, size: int) -> bytes:
    part = caller.recv(size, socket.MSG_WAITALL)
    if len(part) < size:
        raise ConnectionResetError("the caller has gone")
    return part


def wait(caller: socket.socket) -> None:
    """Until the caller has gone."""
    while caller.recv(2**16):
        pass


def reset(caller: socket.socket) -> None:
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller.close()
