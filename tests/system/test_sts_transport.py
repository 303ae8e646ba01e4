"""The one GET to STS, against a peer that misbehaves on a real socket, in real time."""

import threading
from collections.abc import Iterator

import pytest

from chalicelib.contract.presigned import Unproven
from chalicelib.proof.verifier import LONGEST_ANSWER, Answer, fetch
from twin.aws.service import Reply, Request, Service


@pytest.fixture
def peer() -> Iterator[tuple[str, list[str]]]:
    """A server that is not STS at all: its address and the paths that it was asked for."""
    seen: list[str] = []
    over = threading.Event()

    def answer(request: Request) -> Reply | None:
        seen.append(request.path)
        if request.path == "/slow":
            over.wait()
        if request.path == "/moved":
            return Reply(302, headers={"Location": "/elsewhere"})
        return Reply(200, b"x" * 10 * LONGEST_ANSWER) if request.path == "/long" else None

    with Service(answer) as service:
        yield service.url, seen
        over.set()


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
