"""A client of kdb+ IPC.

It is our own, on the standard library, because no existing client suits an RDB's host: PyKX takes 85 MB and
brings q's library under KX's licence, kola takes 57 MB and its timeout starts anew with each byte, and
qPython's last release, of 2022, fails on NumPy 2.
"""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Self, assert_never, override

from .errors import (
    AccessDenied,
    AskFailed,
    BadMessage,
    HungUp,
    NoTls,
    NotReachable,
    QError,
    TimedOut,
    UnknownHost,
    UnsupportedType,
    Untrusted,
)
from .messages import HEADER_BYTES, Header, Kind, decompress, parse_header, preview, query
from .values import decode

# kdb+ 3.0: compression, timestamps and guids.
CAPABILITY = 3
# Bytes. A status takes some hundred.
LIMIT = 2**20
RECEIVE = 2**18
# Bytes preview of an answer that is not q's.
SHOWN = 32


def no_password() -> str:
    """Return what a q without passwords is given."""
    return ""


class Connection:
    """A q process at an IPv4 `host` and `port`, which answers one question at a time.

    It connects on the first question and again after a failure, so that a late answer is never taken for the
    next one. `password` is called for each new connection, because it changes while this runs. `limit` is the
    largest message in bytes, both as it is received and unpacked.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        user: str = "",
        password: Callable[[], str] = no_password,
        limit: int = LIMIT,
    ) -> None:
        self._host, self._port, self._limit = host, port, limit
        self._user, self._password = user, password
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect; the next question connects again."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, expression: str, timeout: float) -> object:
        """Have q evaluate `expression` (see `decode`), within `timeout` seconds for all of it.

        Raises AskFailed by cause. After TimedOut or NotReachable q may still carry out the expression.
        """
        exchange = _Exchange(f"{self._host}:{self._port}", timeout)
        try:
            if self._socket is None:
                credentials = self._credentials()
                self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                exchange.connect(self._socket, (self._host, self._port))
                self._socket = self._secured(self._socket, exchange)
                exchange.log_in(self._socket, credentials)
            exchange.send(self._socket, query(expression))
            header, payload = exchange.response(self._socket, self._limit)
            if header.compressed:
                payload = decompress(payload, header.order, self._limit)
            return decode(payload, header.order)
        except (QError, UnsupportedType):
            raise
        except BaseException:
            self.close()
            raise

    def _secured(self, plain: socket.socket, _exchange: "_Exchange") -> socket.socket:
        return plain

    def _credentials(self) -> bytes:
        password = self._password()
        if "\0" in self._user + password or ":" in self._user:
            raise ValueError("user, password: no NUL in either and no colon in the user")
        return f"{self._user}:{password}".encode() + bytes([CAPABILITY, 0])


class TlsConnection(Connection):
    """A connection over TLS. q's certificate is for `host`, and of an authority that this host trusts."""

    @override
    def _secured(self, plain: socket.socket, exchange: "_Exchange") -> socket.socket:
        return exchange.secure(plain, ssl.create_default_context(), self._host)


def speaks_tls(host: str, port: int, timeout: float) -> bool:
    """Find out if what listens there speaks TLS, whatever its certificate, within twice `timeout` seconds."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), timeout) as plain, context.wrap_socket(plain):
            return True
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False


class _Exchange:
    """One question and its answer, with one deadline for all of it."""

    def __init__(self, where: str, timeout: float) -> None:
        self._where = where
        self._timeout = timeout
        self._deadline = monotonic() + timeout
        self._doing = ""

    def connect(self, to: socket.socket, address: tuple[str, int]) -> None:
        self._doing = "accept a connection"
        self._prepare(to)
        try:
            to.connect(address)
            to.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            raise self._failed(error) from error

    def secure(self, plain: socket.socket, context: ssl.SSLContext, name: str) -> socket.socket:
        self._doing = "agree on TLS"
        self._prepare(plain)
        try:
            return context.wrap_socket(plain, server_hostname=name)
        except ssl.SSLCertVerificationError as error:
            raise Untrusted(
                f"the certificate of q at {self._where} is not accepted: {error.verify_message}"
            ) from error
        except (ssl.SSLError, ConnectionError) as error:
            raise NoTls(f"what listens at {self._where} does not speak TLS: {error.strerror}") from error
        except OSError as error:
            raise self._failed(error) from error

    def log_in(self, to: socket.socket, credentials: bytes) -> None:
        self.send(to, credentials)
        self._doing = "answer the user and password"
        capability = self._received(to, 1)
        if not capability:
            raise AccessDenied(f"q at {self._where} refused the user and password: it closed the connection")
        if capability[0] > CAPABILITY:
            # A socket of TLS takes no flags.
            with suppress(OSError, ValueError):
                capability += to.recv(SHOWN, socket.MSG_DONTWAIT)
            raise BadMessage(
                f"what listens at {self._where} does not answer like q: it began with {preview(capability)}"
            )

    def send(self, to: socket.socket, message: bytes) -> None:
        self._doing = "take the question"
        self._prepare(to)
        try:
            to.sendall(message)
        except OSError as error:
            raise self._failed(error) from error

    def response(self, sender: socket.socket, limit: int) -> tuple[Header, bytes]:
        """Read the response; asynchronous messages before it are skipped."""
        while True:
            self._doing = "answer"
            header = parse_header(self._whole(sender, HEADER_BYTES), limit)
            self._doing = "finish its answer"
            payload = self._whole(sender, header.size)
            match header.kind:
                case Kind.RESPONSE:
                    return header, payload
                case Kind.SYNC:
                    raise BadMessage(f"q at {self._where} asked instead of answering")
                case Kind.ASYNC:
                    continue
                case _:
                    assert_never(header.kind)

    def _whole(self, sender: socket.socket, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self._received(sender, min(size - len(parts), RECEIVE))
            if not part:
                raise HungUp(f"q at {self._where} closed the connection and did not {self._doing}")
            parts += part
        return bytes(parts)

    def _received(self, sender: socket.socket, most: int) -> bytes:
        self._prepare(sender)
        try:
            return sender.recv(most)
        except OSError as error:
            raise self._failed(error) from error

    def _prepare(self, used: socket.socket) -> None:
        left = self._deadline - monotonic()
        if left <= 0:
            raise self._failed(TimeoutError())
        used.settimeout(left)

    def _failed(self, error: OSError) -> AskFailed:
        if isinstance(error, TimeoutError):
            return TimedOut(f"q at {self._where} did not {self._doing} within {self._timeout:g} s")
        if isinstance(error, ConnectionResetError | BrokenPipeError):
            return HungUp(f"the connection to q at {self._where} broke: {error.strerror}")
        kind = UnknownHost if isinstance(error, socket.gaierror) else NotReachable
        return kind(f"q at {self._where} is not reachable: {error.strerror or error}")
