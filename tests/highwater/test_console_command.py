"""The command `console` prints the address of its page, or says in one sentence why there is none."""

import socket
from collections.abc import Mapping
from typing import Any

import pytest

from highwater.__main__ import main
from highwater.console.server import Server
from highwater.operate import connection
from tests.highwater.console_scene import FakeApi, ask

API = "https://abc.execute-api.eu-west-1.amazonaws.com/v1"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """An API that is signed for, and one of this machine."""
    fake = FakeApi()

    def send(method: str, url: str, headers: Mapping[str, str], body: str | None) -> tuple[int, str]:
        return fake.send(method, url.removeprefix(API), headers, body)

    monkeypatch.setattr(connection, "signed", lambda *_: send)
    monkeypatch.setattr(connection, "sleep", lambda _: None)
    return fake


@pytest.mark.parametrize("words", [(), ("trades",)])
def test_it_serves_at_the_printed_address_until_ctrl_c_and_signs(
    fake: FakeApi, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[Server] = []

    def serve_forever(server: Server) -> None:
        served.append(server)
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "serve_forever", serve_forever)
    assert main(["console", *words, "--url", API]) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{served[0].address}\n"
    assert (
        shown.err == "Open it in a browser on this machine: it acts with your credentials. Ctrl-C ends it.\n"
    )
    _, answer = served[0].answers.answer("GET", "clusters", b"")
    assert answer["first"] == (words[0] if words else None)
    assert fake.asked
    with pytest.raises(OSError, match="refused"):
        ask(served[0], "/")


@pytest.mark.parametrize(
    ("broken", "words", "status", "said"),
    [
        ((503, {"error": "DescribeAutoScalingGroups failed"}), (), 1, "The API answered HTTP 503: Describe"),
        ((403, {"message": "Forbidden"}), (), 2, "The API answered HTTP 403 (Forbidden): attach the policy"),
        (None, ("trade",), 2, "CLUSTER trade: no group is tagged. Did you mean trades? There is trades."),
    ],
)
def test_without_the_api_there_is_no_page(
    fake: FakeApi,
    broken: Any,
    words: tuple[str, ...],
    status: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake.broken = broken
    assert main(["console", *words, "--url", API]) == status
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines()[-1].startswith(said)


def test_a_port_that_is_taken_is_refused(fake: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["console", "--url", API, "--port", f"{port}"]) == 2
    assert capsys.readouterr().err == f"--port {port}: Address already in use: choose another.\n"
    assert fake.asked


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["console", f"--port={port}"])
    assert f"--port: must be a whole number from 0 to 65,535, not {port!r}" in capsys.readouterr().err
