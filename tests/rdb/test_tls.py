"""A q that speaks TLS only: it is asked with its certificate verified, and `check` finds it."""

import socket
import ssl
import struct
from contextlib import suppress

import pytest

from rdb.check.q import q_of
from rdb.contract.report import State
from rdb.host.config import Config
from rdb.kdb.connection import TlsConnection
from rdb.kdb.errors import NoTls, TimedOut, Untrusted
from rdb.reporter.connecting import lasting_connection
from tests.ministack.certificate import Certificate, certificate
from tests.rdb.builders import CLUSTER, STATUS, TOPIC, Host
from tests.rdb.fakes import HOST, LONG, SHORT, Script, admit, peer, take, wait
from twin.q.encoding import response


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for 127.0.0.1, which has signed itself."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trusted(made: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """The same, in the host's store."""
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    return made


def speaking_tls(made: Certificate, *sent: bytes) -> Script:
    """A q that lets everybody in over TLS and answers one question with each of these."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)

    def script(caller: socket.socket) -> None:
        with (
            suppress(OSError),
            context.wrap_socket(caller, server_side=True) as tls,
            tls.makefile("rwb", buffering=0) as file,
        ):
            while file.read(1) not in (b"\0", b""):
                pass
            file.write(b"\3")
            for each in sent:
                (size,) = struct.unpack("<4xI", file.read(8))
                file.read(size - 8)
                file.write(each)
            file.read(1)

    return script


def config(port: int, **settings: object) -> Config:
    usual = {"cluster": CLUSTER, "reports_topic": TOPIC, "q_port": port, "q_timeout_seconds": LONG}
    return Config(**usual | settings)  # type: ignore[arg-type]


def test_the_reporter_asks_over_tls_again_and_again(trusted: Certificate) -> None:
    with (
        peer(speaking_tls(trusted, response(1), response(2))) as port,
        lasting_connection(config(port, q_tls=True), Host().log) as q,
    ):
        assert [q.ask("x", LONG), q.ask("x", LONG)] == [1, 2]


def test_a_certificate_of_nobody_that_this_host_trusts_is_refused(made: Certificate) -> None:
    with (
        peer(speaking_tls(made)) as port,
        TlsConnection(HOST, port) as q,
        pytest.raises(Untrusted, match=r"certificate of q at .* is not accepted: self-signed"),
    ):
        q.ask("x", LONG)


def test_a_certificate_for_another_name_is_refused(trusted: Certificate) -> None:
    with (
        peer(speaking_tls(trusted)) as port,
        TlsConnection("localhost", port) as q,
        pytest.raises(Untrusted, match="is not accepted: Hostname mismatch"),
    ):
        q.ask("x", LONG)


@pytest.mark.parametrize("hangs_up", [True, False])
def test_a_q_without_tls_is_told_from_one_that_hangs(hangs_up: bool) -> None:
    def plain(caller: socket.socket) -> None:
        take(caller, b"\0")
        if not hangs_up:
            caller.sendall(b"\3 what is this?")
            wait(caller)

    with (
        peer(plain) as port,
        TlsConnection(HOST, port) as q,
        pytest.raises(NoTls, match="does not speak TLS: "),
    ):
        q.ask("x", LONG)


def test_a_q_that_never_answers_the_handshake_is_given_up_in_time() -> None:
    with (
        peer(wait) as port,
        TlsConnection(HOST, port) as q,
        pytest.raises(TimedOut, match=r"did not agree on TLS within 0\.5 s"),
    ):
        q.ask("x", SHORT)


@pytest.mark.parametrize("user", ["", "reporter"])
def test_check_says_that_q_wants_tls_where_the_setting_is_off(made: Certificate, user: str) -> None:
    with peer(speaking_tls(made), speaking_tls(made)) as port:
        seen, finding = q_of(config(port, q_user=user, q_timeout_seconds=4 * SHORT))
    assert (seen.state, finding.verdict) == (State.UNKNOWN, "BAD")
    assert finding.text == f"q at {HOST}:{port} wants TLS: set q_tls to true"


def test_check_says_that_q_speaks_no_tls_where_the_setting_is_on() -> None:
    with peer(lambda caller: caller.sendall(b"no TLS here")) as port:
        _, finding = q_of(config(port, q_tls=True))
    assert "does not speak TLS" in finding.text
    assert "set q_tls to false" in finding.text


def test_check_does_not_take_a_busy_q_for_one_that_wants_tls() -> None:
    def busy(caller: socket.socket) -> None:
        admit(caller)
        wait(caller)

    with peer(busy, wait) as port:
        _, finding = q_of(config(port, q_timeout_seconds=SHORT))
    assert "did not answer within 0.5 s" in finding.text


def test_check_is_well_with_a_q_over_tls(trusted: Certificate) -> None:
    with peer(speaking_tls(trusted, response(STATUS))) as port:
        _, finding = q_of(config(port, q_tls=True))
    assert finding.verdict == "ok"
