import socket
import struct
from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from rdb.errors import (
    AccessDenied,
    BadMessage,
    HungUp,
    NotReachable,
    QError,
    TimedOut,
    UnknownHost,
    UnsupportedType,
)
from rdb.ipc import Connection
from rdb.qmessages import Kind, query
from tests.rdb.fakes import Script, admit, peer, question, reset, take, wait
from tests.rdb.packing import compressed
from twin.qencoding import failure, message, response

HOST = "127.0.0.1"
LONG = 30.0
SHORT = 0.05
HUGE = 2**25


def _answers(*sent: bytes) -> Script:
    def script(caller: socket.socket) -> None:
        admit(caller)
        for each in sent:
            question(caller)
            caller.sendall(each)
        wait(caller)

    return script


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]


def test_it_logs_in_and_asks_as_kx_documents() -> None:
    heard = []

    def script(caller: socket.socket) -> None:
        heard.append(take(caller, b"\0"))
        caller.sendall(b"\3")
        heard.append(question(caller))
        caller.sendall(response({"state": "live"}))
        wait(caller)

    with peer(script) as port, Connection(HOST, port, user="reporter", password="a:b") as q:  # noqa: S106
        assert q.ask(".highwater.status[]", LONG) == {"state": "live"}
    assert heard == [b"reporter:a:b\3\0", query(".highwater.status[]")]


def test_one_connection_carries_many_questions_and_ends_with_its_block() -> None:
    with peer(_answers(response(1), response(2), response(3))) as port, Connection(HOST, port) as q:
        assert [q.ask("x", LONG) for _ in range(3)] == [1, 2, 3]


def test_an_older_q_with_less_capability_is_asked_too() -> None:
    def script(caller: socket.socket) -> None:
        take(caller, b"\0")
        caller.sendall(b"\0")
        question(caller)
        caller.sendall(response(1))
        wait(caller)

    with peer(script) as port, Connection(HOST, port) as q:
        assert q.ask("x", LONG) == 1


def test_asynchronous_messages_before_the_answer_are_skipped() -> None:
    upd = message(Kind.ASYNC, b"\xff\1")
    with peer(_answers(upd + upd + response(1))) as port, Connection(HOST, port) as q:
        assert q.ask("x", LONG) == 1


def test_a_port_where_nothing_listens_is_not_reachable() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
        with (
            Connection(HOST, port) as q,
            pytest.raises(NotReachable, match=f"q at {HOST}:{port} is not reachable: "),
        ):
            q.ask("x", LONG)


def test_a_host_without_an_address_is_told_from_one_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket.socket, "connect", unknown)
    with Connection("nowhere", 5001) as q, pytest.raises(UnknownHost, match="Name or service not known"):
        q.ask("x", LONG)


def test_a_peer_that_hangs_up_on_the_credentials_was_reachable() -> None:
    def script(caller: socket.socket) -> None:
        take(caller, b"\0")
        reset(caller)

    with (
        peer(script) as port,
        Connection(HOST, port) as q,
        pytest.raises(HungUp, match="broke: Connection reset"),
    ):
        q.ask("x", LONG)


def test_a_q_that_closes_on_the_credentials_denies_access() -> None:
    def script(caller: socket.socket) -> None:
        take(caller, b"\0")

    with peer(script) as port, Connection(HOST, port, user="reporter", password="wrong") as q:  # noqa: S106
        with pytest.raises(AccessDenied, match="refused the user and password") as denied:
            q.ask("x", LONG)
        assert "wrong" not in str(denied.value)


def test_what_answers_the_credentials_in_another_protocol_is_not_q() -> None:
    def script(caller: socket.socket) -> None:
        take(caller, b"\0")
        caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        wait(caller)

    with (
        peer(script) as port,
        Connection(HOST, port) as q,
        pytest.raises(BadMessage, match='does not answer like q: it began with "HTTP/'),
    ):
        q.ask("x", LONG)


@pytest.mark.parametrize(("user", "password"), [("a:b", ""), ("a\0", ""), ("", "b\0")])
def test_credentials_that_q_would_read_as_others_are_refused(user: str, password: str) -> None:
    with pytest.raises(ValueError, match="user, password"):
        Connection(HOST, 5010, user=user, password=password)


def test_a_q_that_hangs_before_it_accepts_times_out_over_the_credentials(silent_port: int) -> None:
    with (
        Connection(HOST, silent_port) as q,
        pytest.raises(TimedOut, match=r"did not answer the user and password within 0\.05 s"),
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
    with peer(_answers(response(1))) as port, Connection(HOST, port) as q:
        assert q.ask("x", LONG) == 1
        with pytest.raises(TimedOut, match=r"did not answer within 0\.05 s"):
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
    monkeypatch.setattr("rdb.ipc.monotonic", lambda: next(clock))
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

    with peer(late, _answers(response("in time"))) as port, Connection(HOST, port) as q:
        assert q.ask("x", LONG) == "at once"
        with pytest.raises(TimedOut):
            q.ask("x", SHORT)
        assert q.ask("x", LONG) == "in time"


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
    with peer(script, _answers(response(1))) as port, Connection(HOST, port) as q:
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
    with peer(_answers(sent), _answers(response(1))) as port, Connection(HOST, port) as q:
        with pytest.raises(BadMessage, match=why):
            q.ask("x", LONG)
        assert q.ask("x", LONG) == 1


def test_an_error_of_q_and_an_unreadable_answer_keep_the_connection() -> None:
    function = message(Kind.RESPONSE, bytes.fromhex("64000a00050000007b782b797d"))
    with peer(_answers(failure("type"), function, response(1))) as port, Connection(HOST, port) as q:
        with pytest.raises(QError, match="q raised 'type"):
            q.ask("x", LONG)
        with pytest.raises(UnsupportedType, match="lambda"):
            q.ask("x", LONG)
        assert q.ask("x", LONG) == 1


def test_an_answer_of_tens_of_megabytes_arrives_whole_if_the_limit_allows_it() -> None:
    text = b"0123456789abcdef" * (HUGE // 16)
    with peer(_answers(response(text))) as port, Connection(HOST, port, limit=2 * HUGE) as q:
        assert q.ask("x", LONG) == text.decode()


def test_a_compressed_answer_is_unpacked() -> None:
    sent = compressed(response(b"highwater" * 1000))
    with peer(_answers(sent)) as port, Connection(HOST, port) as q:
        assert q.ask("x", LONG) == "highwater" * 1000


def test_a_compressed_answer_that_unpacks_to_more_than_the_limit_is_refused() -> None:
    sent = compressed(response(bytes(10_000)))
    with (
        peer(_answers(sent)) as port,
        Connection(HOST, port, limit=1000) as q,
        pytest.raises(BadMessage, match="10014 bytes, more than the 1000"),
    ):
        q.ask("x", LONG)
