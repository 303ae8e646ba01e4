import socket
import struct
from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from rdb.kdb.connection import Connection
from rdb.kdb.errors import TimedOut
from rdb.kdb.messages import Kind
from tests.rdb.fakes import HOST, LONG, SHORT, Script, admit, answers, peer, question, wait
from twin.q.encoding import message, response

HUGE = 2**25


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]


def test_a_q_that_hangs_before_it_accepts_times_out_over_the_credentials(silent_port: int) -> None:
    with (
        Connection(HOST, silent_port) as q,
        pytest.raises(TimedOut, match=r"did not answer the user and password within 0\.5 s"),
    ):
        q.ask("x", SHORT)


def test_no_time_at_all_times_out(silent_port: int) -> None:
    with Connection(HOST, silent_port) as q, pytest.raises(TimedOut, match="did not accept a connection"):
        q.ask("x", 0)


def _answers_once_and_then(sent: bytes, again: bytes) -> Script:
    def script(caller: socket.socket) -> None:
        admit(caller)
        question(caller)
        caller.sendall(response(1) + sent)
        while again:
            caller.sendall(again)
        wait(caller)

    return script


def test_a_q_in_a_long_query_times_out_over_the_answer() -> None:
    with peer(answers(response(1))) as port, Connection(HOST, port) as q:
        assert q.ask("x", LONG) == 1
        with pytest.raises(TimedOut, match=r"did not answer within 0\.5 s"):
            q.ask("x", SHORT)


def test_a_q_that_sends_byte_after_byte_cannot_stretch_the_deadline() -> None:
    script = _answers_once_and_then(struct.pack("<BBHI", 1, 2, 0, 2**31), b"\0")
    with peer(script) as port, Connection(HOST, port, limit=2**31) as q:
        assert q.ask("x", LONG) == 1
        with pytest.raises(TimedOut, match="did not finish its answer"):
            q.ask("x", SHORT)


def test_a_wait_gets_only_what_is_left_of_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    def late_if_it_waits(caller: socket.socket) -> None:
        admit(caller)
        question(caller)
        caller.settimeout(LONG / 6)
        try:
            wait(caller)
        except TimeoutError:
            caller.sendall(response("too late"))

    clock = chain([0.0], repeat(LONG - SHORT))
    monkeypatch.setattr("rdb.kdb.connection.monotonic", lambda: next(clock))
    with peer(late_if_it_waits) as port, Connection(HOST, port) as q, pytest.raises(TimedOut):
        q.ask("x", LONG)


def test_asynchronous_messages_without_end_cannot_stretch_the_deadline() -> None:
    upd = message(Kind.ASYNC, b"\xff\1")
    with peer(_answers_once_and_then(upd, upd)) as port, Connection(HOST, port) as q:
        assert q.ask("x", LONG) == 1
        with pytest.raises(TimedOut):
            q.ask("x", SHORT)


def test_a_q_that_takes_no_more_bytes_cannot_stretch_the_deadline() -> None:
    here, there = socket.socketpair()

    def script(caller: socket.socket) -> None:
        admit(caller)
        question(caller)
        caller.sendall(response(1))
        there.recv(1)

    with here, there, peer(script) as port, Connection(HOST, port) as q:
        assert q.ask("x", LONG) == 1
        with pytest.raises(TimedOut, match="did not take the question"):
            q.ask("x" * HUGE, SHORT)
        here.close()


def test_an_answer_that_comes_too_late_is_never_taken_for_the_next_one() -> None:
    def late(caller: socket.socket) -> None:
        admit(caller)
        question(caller)
        caller.sendall(response("at once"))
        question(caller)
        wait(caller)
        caller.sendall(response("late"))

    with peer(late, answers(response("in time"))) as port, Connection(HOST, port) as q:
        assert q.ask("x", LONG) == "at once"
        with pytest.raises(TimedOut):
            q.ask("x", SHORT)
        assert q.ask("x", LONG) == "in time"
