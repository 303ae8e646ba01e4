"""The one GET to STS, against a peer that misbehaves on a real socket, in real time."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from chalicelib.contract.presigned import Unproven
from chalicelib.proof.verifier import LONGEST_ANSWER, Answer, fetch


class Peer(BaseHTTPRequestHandler):
    """A server that is not STS at all."""

    seen: list[str]
    over: threading.Event

    def do_GET(self) -> None:
        self.seen.append(self.path)
        if self.path == "/slow":
            self.over.wait()
        elif self.path == "/cut":
            self.connection.close()
        elif self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 10 * LONGEST_ANSWER)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def peer() -> Iterator[tuple[str, list[str]]]:
    """A real server on a real socket, in real time: its address and the paths that it was asked for."""
    seen: list[str] = []
    over = threading.Event()
    handler = type("Handler", (Peer,), {"seen": seen, "over": over})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        over.set()
        server.shutdown()
        thread.join()


def test_a_redirect_is_not_followed(peer: tuple[str, list[str]]) -> None:
    address, seen = peer
    assert fetch(f"{address}/moved", {}) == Answer(302, b"")
    assert seen == ["/moved"]


def test_no_more_than_the_longest_answer_is_read(peer: tuple[str, list[str]]) -> None:
    assert len(fetch(f"{peer[0]}/long", {}).body) == LONGEST_ANSWER + 1


@pytest.mark.parametrize(("path", "why"), [("slow", "ReadTimeoutError"), ("cut", "ProtocolError")])
def test_a_peer_that_does_not_answer_is_asked_once_and_not_for_long(
    peer: tuple[str, list[str]], path: str, why: str
) -> None:
    address, seen = peer
    with pytest.raises(Unproven, match=f"^STS did not answer: {why}$"):
        fetch(f"{address}/{path}", {})
    assert seen == [f"/{path}"]


def test_a_peer_that_is_not_there_is_a_refusal_like_any_other() -> None:
    with pytest.raises(Unproven, match=r"^STS did not answer: NewConnectionError$"):
        fetch("http://127.0.0.1:1/", {})
