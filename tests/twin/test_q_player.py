"""The q that the tests play: it speaks IPC over a real socket, and its faults are those of a q."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import count

import pytest

from rdb.kdb.connection import Connection
from rdb.kdb.errors import AccessDenied, BadMessage, NotReachable, QError, TimedOut
from rdb.kdb.messages import HEADER_BYTES, Kind, query
from twin.q.encoding import message, response
from twin.q.player import QPlayer, Raised

STATUS = ".highwater.status[]"
LONG = 30.0
SHORT = 0.05


def _broken() -> object:
    raise Raised("wsfull")


@pytest.fixture
def player() -> Iterator[QPlayer]:
    asked = count(1)
    with QPlayer({STATUS: lambda: {"asked": next(asked)}, "broken": _broken}) as playing:
        yield playing


@pytest.fixture
def q(player: QPlayer) -> Iterator[Connection]:
    with Connection("127.0.0.1", player.port) as connection:
        yield connection


def test_it_answers_from_its_object_each_time(q: Connection) -> None:
    assert [q.ask(STATUS, LONG) for _ in range(2)] == [{"asked": 1}, {"asked": 2}]


def test_it_raises_what_its_object_raises_and_on_what_it_does_not_know(q: Connection) -> None:
    with pytest.raises(QError, match="q raised 'wsfull"):
        q.ask("broken", LONG)
    with pytest.raises(QError, match="q raised 'til 3"):
        q.ask("til 3", LONG)


def test_it_lets_in_only_whom_it_knows() -> None:
    with QPlayer({STATUS: lambda: 1}, credentials="reporter:key") as player:
        with Connection("127.0.0.1", player.port, user="reporter", password=lambda: "key") as q:
            assert q.ask(STATUS, LONG) == 1
        with Connection("127.0.0.1", player.port) as q, pytest.raises(AccessDenied):
            q.ask(STATUS, LONG)


def test_it_hangs_as_q_does_and_then_carries_out_what_it_was_asked(player: QPlayer, q: Connection) -> None:
    assert q.ask(STATUS, LONG) == {"asked": 1}
    player.hang()
    with pytest.raises(TimedOut, match="did not answer within"):
        q.ask(STATUS, SHORT)
    with pytest.raises(TimedOut, match="did not answer the user and password"):
        q.ask(STATUS, SHORT)
    player.resume()
    assert q.ask(STATUS, LONG) == {"asked": 3}


def test_a_slow_answer_comes_after_its_time_or_too_late(player: QPlayer, q: Connection) -> None:
    player.slow(2 * SHORT)
    assert q.ask(STATUS, LONG) == {"asked": 1}
    with pytest.raises(TimedOut, match="did not answer within"):
        q.ask(STATUS, SHORT)


def test_it_is_killed_and_starts_again_on_its_port(player: QPlayer, q: Connection) -> None:
    assert q.ask(STATUS, LONG) == {"asked": 1}
    player.kill()
    with pytest.raises(NotReachable, match="reset"):
        q.ask(STATUS, LONG)
    with pytest.raises(NotReachable, match="refused"):
        q.ask(STATUS, LONG)
    player.start()
    assert q.ask(STATUS, LONG) == {"asked": 2}


def test_it_is_killed_while_it_hangs(player: QPlayer, q: Connection) -> None:
    player.hang()
    player.kill()
    with pytest.raises(NotReachable, match="refused"):
        q.ask(STATUS, LONG)


def test_it_talks_nonsense_until_told_otherwise(player: QPlayer, q: Connection) -> None:
    player.talk(b"what did you say?")
    with pytest.raises(BadMessage, match="no message of q"):
        q.ask(STATUS, LONG)
    player.talk(None)
    assert q.ask(STATUS, LONG) == {"asked": 2}


def test_it_carries_out_an_asynchronous_question_and_does_not_answer_it(player: QPlayer) -> None:
    question = query(STATUS)
    with socket.create_connection(("127.0.0.1", player.port)) as caller:
        caller.sendall(b":\3\0" + message(Kind.ASYNC, question[HEADER_BYTES:]) + question)
        answer = b"\3" + response({"asked": 2})
        assert caller.recv(len(answer), socket.MSG_WAITALL) == answer


def test_it_hangs_up_on_nonsense(player: QPlayer) -> None:
    with socket.create_connection(("127.0.0.1", player.port)) as caller:
        caller.sendall(b":\3\0" + b"nonsense")
        assert caller.recv(1) == b"\3"
        assert caller.recv(1) == b""


def test_eight_of_them_serve_eight_callers_at_once() -> None:
    def heard(player: QPlayer) -> set[object]:
        with Connection("127.0.0.1", player.port) as q:
            return {q.ask(STATUS, LONG) for _ in range(20)}

    with ExitStack() as running, ThreadPoolExecutor(8) as callers:
        players = [running.enter_context(QPlayer({STATUS: partial(int, number)})) for number in range(8)]
        assert list(callers.map(heard, players)) == [{number} for number in range(8)]
