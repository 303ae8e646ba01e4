import socket
import struct

import pytest

from rdb.kdb.connection import Connection
from rdb.kdb.errors import BadMessage, NotReachable
from rdb.kdb.messages import Kind
from tests.rdb.fakes import HOST, LONG, Script, admit, answers, peer, question, reset, wait
from twin.q.encoding import message, response


def _half_closed(caller: socket.socket) -> None:
    admit(caller)
    question(caller)
    caller.shutdown(socket.SHUT_WR)
    wait(caller)


def _cut_off(caller: socket.socket) -> None:
    admit(caller)
    question(caller)
    caller.sendall(response(1)[:-1])


def _reset(caller: socket.socket) -> None:
    admit(caller)
    question(caller)
    reset(caller)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (_half_closed, "closed the connection and did not answer"),
        (_cut_off, "closed the connection and did not finish its answer"),
        (_reset, "the connection to q at .* broke: Connection reset by peer"),
    ],
)
def test_a_q_that_breaks_off_is_not_reachable_and_is_asked_again_over_a_new_connection(
    script: Script, why: str
) -> None:
    with peer(script, answers(response(1))) as port, Connection(HOST, port) as q:
        with pytest.raises(NotReachable, match=why):
            q.ask("x", LONG)
        assert q.ask("x", LONG) == 1


def test_what_is_cut_off_at_any_byte_is_never_a_value() -> None:
    answer = response({"state": "live", "rows": 1})

    def cut(end: int) -> Script:
        def script(caller: socket.socket) -> None:
            admit(caller)
            question(caller)
            caller.sendall(answer[:end])

        return script

    with peer(*map(cut, range(len(answer)))) as port, Connection(HOST, port) as q:
        for _ in range(len(answer)):
            with pytest.raises(NotReachable, match="closed the connection"):
                q.ask("x", LONG)


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"nonsense", 'no message of q: it starts with "nonsense"'),
        (b"\n\0nsense", "it starts with bytes 0a 00 6e"),
        (message(Kind.SYNC, b"\xff\1"), "asked instead of answering"),
        (message(Kind.RESPONSE, b"\xfd\1"), "type 3, which there is not"),
        (struct.pack("<BBHI", 1, 2, 0, 2**31), "2147483648 bytes, more than the 1048576 that are taken"),
        (struct.pack("<BBHI", 1, 0, 0, 2**31), "2147483648 bytes, more than the 1048576 that are taken"),
        (struct.pack("<BBHIIB", 1, 2, 1, 13, 100, 0), "cannot be unpacked"),
    ],
)
def test_nonsense_is_a_bad_message_and_ends_the_connection(sent: bytes, why: str) -> None:
    with peer(answers(sent), answers(response(1))) as port, Connection(HOST, port) as q:
        with pytest.raises(BadMessage, match=why):
            q.ask("x", LONG)
        assert q.ask("x", LONG) == 1
