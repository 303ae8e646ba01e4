"""Answers of AWS, or of something in its place, on real sockets: always an error that is known."""

import socket
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from botocore.config import Config as BotoConfig
from botocore.exceptions import ClientError, EndpointConnectionError

from rdb.contract.report import State
from rdb.host import aws
from rdb.host.aws import Aws, sentence
from rdb.host.config import Config
from rdb.reporter.meter import Meter
from rdb.reporter.reporter import sender
from rdb.reporter.sender import Sender
from tests.rdb.builders import CLUSTER, IDENTITY, NOW, TOPIC, Host, memory, seen
from tests.rdb.fakes import Script, peer, reset, wait
from twin.aws.service import Reply, Request, Service

PAGE = b"<html>Please log in"


def _answers(status: str, body: bytes, kind: str = "text/xml") -> Script:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"

    def script(caller: socket.socket) -> None:
        caller.recv(2**16)
        caller.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)

    return script


def _stops_halfway(caller: socket.socket) -> None:
    caller.recv(2**16)
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<Publ")


def _resets(caller: socket.socket) -> None:
    caller.recv(2**16)
    reset(caller)


SCRIPTS: dict[str, Script] = {
    "the page of a proxy": _answers("200 OK", PAGE, "text/html"),
    "a page with an error": _answers("503 Service Unavailable", PAGE, "text/html"),
    "an error without a word": _answers("500 Internal Server Error", b""),
    "half an answer": _stops_halfway,
    "a reset": _resets,
    "what is not HTTP": lambda caller: caller.sendall(b"SSH-2.0-OpenSSH_9.8\r\n" * 10),
    "silence": wait,
}


@pytest.fixture(autouse=True)
def _quick_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEMBEDDEDEMBEDDED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "embedded")
    monkeypatch.setattr("rdb.host.aws._ONCE", aws._ONCE.merge(BotoConfig(read_timeout=0.2)))


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def sends(tmp_path: Path, host: Host) -> Sender:
    config = Config(cluster=CLUSTER, reports_topic=TOPIC, state_directory=str(tmp_path))
    return sender(config, IDENTITY, Aws("us-east-1"), host.log)


def test_a_call_is_sent_once_for_the_reporter_tries_again_by_itself(
    sends: Sender, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = SimpleQueue[str]()

    def failing(request: Request) -> Reply:
        calls.put(request.path)
        return Reply(503)

    with Service(failing) as service:
        monkeypatch.setenv("AWS_ENDPOINT_URL", service.url)
        assert sends.step(seen(), memory(), host.time, host.seconds) is None
    assert calls.qsize() == 1


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_report_that_something_else_answers_is_trouble_and_no_end(
    name: str, sends: Sender, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    with peer(SCRIPTS[name]) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        assert sends.step(seen(State.DRAINED), memory(), host.time, host.seconds) is None
    (warning,) = host.told()
    assert warning["message"] == "reports in trouble"
    assert warning["why"]


# PutMetricData answers nothing: where the status is 200, nobody can tell who gave it.
@pytest.mark.parametrize("name", sorted(SCRIPTS.keys() - {"the page of a proxy", "half an answer"}))
def test_metrics_that_something_else_answers_are_trouble_and_no_end(
    name: str, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    with peer(SCRIPTS[name]) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        put = Aws("us-east-1").client("cloudwatch").put_metric_data
        meter = Meter(IDENTITY, 30.0, put, host.log)
        assert not meter.step(seen(), memory(), host.time, host.seconds)
    (warning,) = host.told()
    assert warning["message"] == "metrics in trouble"


def test_an_error_of_aws_under_a_wrong_clock_is_told_as_the_clocks() -> None:
    answer: Any = {
        "Error": {"Code": "SignatureDoesNotMatch", "Message": "Signature expired"},
        "ResponseMetadata": {"HTTPHeaders": {"date": "Mon, 23 Nov 2026 12:00:00 GMT"}},
    }
    error = ClientError(answer, "Publish")
    assert sentence(error, NOW - timedelta(minutes=10)).startswith("the clock is 600 s behind AWS's")
    assert sentence(error, NOW) == "SignatureDoesNotMatch: Signature expired"


def test_a_host_without_a_way_to_aws_is_told_what_it_needs() -> None:
    error = EndpointConnectionError(endpoint_url="https://sns.us-east-1.amazonaws.com/")
    assert sentence(error, NOW) == (
        "no way to AWS, https://sns.us-east-1.amazonaws.com/: "
        "a route or VPC endpoints for sns, monitoring, sts and secretsmanager are needed"
    )
