import socket

import pytest

from rdb.kdb.connection import Connection
from rdb.kdb.errors import (
    AccessDenied,
    BadMessage,
    HungUp,
    NotReachable,
    QError,
    UnknownHost,
    UnsupportedType,
)
from rdb.kdb.messages import Kind, query
from tests.rdb.fakes import HOST, LONG, answers, peer, question, reset, take, wait
from tests.rdb.packing import compressed
from twin.q.encoding import failure, message, response

HUGE = 2**25


def test_it_logs_in_and_asks_as_kx_documents() -> None:
    heard = []

    def script(caller: socket.socket) -> None:
        heard.append(take(caller, b"\0"))
        caller.sendall(b"\3")
        heard.append(question(caller))
        caller.sendall(response({"state": "live"}))
        wait(caller)

    with peer(script) as port, Connection(HOST, port, user="reporter", password=lambda: "a:b") as q:
        assert q.ask(".highwater.status[]", LONG) == {"state": "live"}
    assert heard == [b"reporter:a:b\3\0", query(".highwater.status[]")]


def test_one_connection_carries_many_questions_and_ends_with_its_block() -> None:
    with peer(answers(response(1), response(2), response(3))) as port, Connection(HOST, port) as q:
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
    with peer(answers(upd + upd + response(1))) as port, Connection(HOST, port) as q:
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

    with peer(script) as port, Connection(HOST, port, user="reporter", password=lambda: "wrong") as q:
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
        Connection(HOST, 5010, user=user, password=lambda: password).ask("x", LONG)


def test_an_error_of_q_and_an_unreadable_answer_keep_the_connection() -> None:
    function = message(Kind.RESPONSE, bytes.fromhex("64000a00050000007b782b797d"))
    with peer(answers(failure("type"), function, response(1))) as port, Connection(HOST, port) as q:
        with pytest.raises(QError, match="q raised 'type"):
            q.ask("x", LONG)
        with pytest.raises(UnsupportedType, match="lambda"):
            q.ask("x", LONG)
        assert q.ask("x", LONG) == 1


def test_an_answer_of_tens_of_megabytes_arrives_whole_if_the_limit_allows_it() -> None:
    text = b"0123456789abcdef" * (HUGE // 16)
    with peer(answers(response(text))) as port, Connection(HOST, port, limit=2 * HUGE) as q:
        assert q.ask("x", LONG) == text.decode()


def test_a_compressed_answer_is_unpacked() -> None:
    sent = compressed(response(b"highwater" * 1000))
    with peer(answers(sent)) as port, Connection(HOST, port) as q:
        assert q.ask("x", LONG) == "highwater" * 1000


def test_a_compressed_answer_that_unpacks_to_more_than_the_limit_is_refused() -> None:
    sent = compressed(response(bytes(10_000)))
    with (
        peer(answers(sent)) as port,
        Connection(HOST, port, limit=1000) as q,
        pytest.raises(BadMessage, match="10014 bytes, more than the 1000"),
    ):
        q.ask("x", LONG)
