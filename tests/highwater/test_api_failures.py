"""What keeps the operator's command from an answer is one sentence and an exit status."""

import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, ProxyConnectionError, UnauthorizedSSOTokenError

from highwater.__main__ import main
from highwater.deploy.aws.account import Account
from highwater.deploy.rules.facts import Stack
from highwater.operate import connection, sending
from tests.highwater.console_scene import FakeApi

URL = "https://abc.execute-api.eu-west-1.amazonaws.com/v1"
Answer = tuple[int, Any]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command on an API that answers so: its status, and the one sentence that it said."""

    def run(given: Answer, *words: str) -> tuple[int, str]:
        def send(_method: str, _url: str, _headers: Mapping[str, str], _body: str | None) -> tuple[int, str]:
            status, body = given
            return status, body if isinstance(body, str) else json.dumps(body)

        monkeypatch.setattr(connection, "signed", lambda *_: send)
        monkeypatch.setattr(connection, "sleep", lambda _: None)
        status = main([*(words or ("why", "trades")), "--url", URL])
        shown = capsys.readouterr()
        assert shown.out == ""
        return status, shown.err.splitlines()[-1]

    return run


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ((503, {"error": "DescribeAutoScalingGroups failed: x"}), 1, "The API answered HTTP 503: Describe"),
        (
            (500, {"Code": "InternalServerError", "Message": "An internal"}),
            1,
            "The API answered HTTP 500: An",
        ),
        ((504, {"message": "Endpoint request timed out"}), 1, "The API answered HTTP 504: Endpoint request"),
        ((429, {"message": "Too Many Requests"}), 1, "The API answered HTTP 429: Too Many Requests. Run"),
        ((502, "<html>"), 1, "The API answered HTTP 502 without JSON: is its address right?"),
        ((403, {"message": "Forbidden"}), 2, "The API answered HTTP 403 (Forbidden): attach the policy"),
        (
            (403, {"message": "The security token included in the request is expired"}),
            2,
            "AWS does not accept these credentials any more (The security token included in the request is "
            "expired): renew them.",
        ),
        (
            (403, {"message": "Missing Authentication Token"}),
            2,
            "The API has no such path (HTTP 403, Missing Authentication Token): is its address right, with",
        ),
        (
            (404, {"message": "Not Found"}),
            2,
            "The API has no such path (HTTP 404, Not Found): is its address right, with its stage?",
        ),
        (
            (403, {"message": "Signature expired: 20261123T100000Z is now earlier than 20261123T110000Z"}),
            2,
            "AWS does not accept the time of this request (Signature expired: 20261123T100000Z is now ",
        ),
        ((400, {"error": "limit: must be"}), 2, "The API refused: limit: must be."),
        ((200, {}), 1, "The API's answer has no "),
        ((200, {"clusters": [{"cluster": "trades"}], "cluster": "trades"}), 1, "The API's answer has no "),
        ((200, "[" * 100_000), 1, "The API answered HTTP 200 without JSON: is its address right?"),
    ],
)
def test_an_api_that_refuses_or_fails_is_one_sentence_and_a_status(
    answer: Any, given: Answer, status: int, said: str
) -> None:
    for words in (("why", "trades"), ("clusters",), ("raise", "trades"), ("watch", "trades")):
        ended, sentence = answer(given, *words)
        assert (ended, sentence.startswith(said)) == (status, True)


def test_an_answer_that_was_lost_and_is_asked_for_again_is_shown_as_any(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeApi()
    fake.repeated = True

    def send(method: str, url: str, headers: Mapping[str, str], body: str | None) -> tuple[int, str]:
        return fake.send(method, url.removeprefix(URL), headers, body)

    monkeypatch.setattr(connection, "signed", lambda *_: send)
    assert main(["raise", "trades", "--url", URL]) == 0
    assert "asked: ann asked\n" in capsys.readouterr().out


def test_a_cluster_that_is_unknown_to_who_may_not_list_them_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def send(_method: str, url: str, _headers: Mapping[str, str], _body: str | None) -> tuple[int, str]:
        if url.endswith("/clusters"):
            return 403, '{"message": "Forbidden"}'
        return 404, '{"error": "cluster: no group is tagged"}'

    monkeypatch.setattr(connection, "signed", lambda *_: send)
    assert main(["why", "trade", "--url", URL]) == 2
    said = capsys.readouterr().err
    assert said == ("CLUSTER trade: no group is tagged. Look for the right name with `highwater clusters`.\n")


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of somebody who takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_an_api_that_does_not_answer_in_time_is_given_up(
    silent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["why", "trades", "--url", silent, "--timeout", "1"]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("The API did not answer within 1 s: run this again, or wait longer with --timeout")


def test_where_nobody_listens_it_is_said_what_to_start(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert main(["watch", "trades", "--url", url]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("Nobody answers at ")
    assert said.endswith(": start `make serve`, or correct --url.")


def test_what_somebody_else_answers_there_is_one_sentence_in_whatever_bytes(
    session: boto3.Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Http:
        def __init__(self, **_: Any) -> None: ...

        def send(self, _: Any) -> AWSResponse:
            answer = AWSResponse(URL, 200, {"Content-Type": "text/html; charset=none-such"}, None)
            answer._content = b"<html>\xff"
            return answer

    assert session.region_name
    monkeypatch.setattr(sending, "URLLib3Session", Http)
    for url in (URL, "http://127.0.0.1:8000"):
        assert main(["clusters", "--url", url]) == 1
        assert capsys.readouterr().err == "The API answered HTTP 200 without JSON: is its address right?\n"


@pytest.mark.parametrize("url", [f"{URL}?a=b", f"{URL}#a", f"{URL}/ x", "", "127.0.0.1:8000"])
def test_an_address_to_which_no_path_can_be_added_is_refused(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clusters", "--url", url]) == 2
    assert capsys.readouterr().err == (
        f"--url: must be an address such as https://HOST/STAGE or http://127.0.0.1:8000, and is {url!r}.\n"
    )


def test_no_token_is_sent_in_the_clear(capsys: pytest.CaptureFixture[str]) -> None:
    url = URL.replace("https", "http")
    assert main(["clusters", "--url", url]) == 2
    assert capsys.readouterr().err.startswith("--url: must begin with https unless it is on this machine, ")


@pytest.mark.parametrize("words", [("../../x",), ("",), ("0" * 32, "--cluster", "../x")])
def test_what_no_command_can_be_called_is_refused_before_anything_is_asked(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["command", *words])
    assert ended.value.code == 2
    assert f"{words[-1]!r} is no " in capsys.readouterr().err


@pytest.mark.parametrize("value", ["0", "x", "601"])
def test_a_deadline_that_is_none_is_refused(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["why", "trades", "--timeout", value])
    assert ended.value.code == 2
    assert f"--timeout: must be a whole number from 1 to 600, not {value!r}" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["tra/des", "", "*", "a" * 65])
def test_a_name_that_no_cluster_can_have_is_refused_before_anything_is_asked(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["why", name])
    assert (ended.value.code, f"{name!r} is no name of a cluster" in capsys.readouterr().err) == (2, True)


def test_without_the_stack_it_is_said_what_creates_it(
    session: boto3.Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(connection.URL_VARIABLE, raising=False)
    assert session.region_name == "eu-west-1"
    assert main(["clusters"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(
        "Stack highwater in eu-west-1 has no output EndpointURL: create it with `make deploy`"
    )


def test_the_address_comes_from_the_stack_or_from_the_environment(
    session: boto3.Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def send(_method: str, url: str, _headers: Mapping[str, str], _body: str | None) -> tuple[int, str]:
        asked.append(url)
        return 200, '{"clusters": []}'

    monkeypatch.setattr(connection, "signed", lambda *_: send)
    monkeypatch.setattr(connection, "unsigned", lambda _: send)
    stack = Stack("highwater", "id", "CREATE_COMPLETE", outputs={"EndpointURL": f"{URL}/"})
    monkeypatch.setattr(Account, "stack", lambda _self, _name: stack)
    assert main(["clusters", "--region", str(session.region_name)]) == 0
    monkeypatch.setenv(connection.URL_VARIABLE, "http://127.0.0.1:8000")
    assert main(["clusters"]) == 0
    assert asked == [f"{URL}/clusters", "http://127.0.0.1:8000/clusters"]
    assert "There is no cluster: `make cluster` creates one." in capsys.readouterr().out


def test_without_credentials_it_is_said_how_to_get_some(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boto3.Session, "get_credentials", lambda _: None)
    assert main(["clusters", "--url", URL]) == 2
    assert capsys.readouterr().err == (
        "No credentials: log in (`aws configure` or `aws sso login`), or choose --profile.\n"
    )


def test_a_login_that_is_over_is_a_refusal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def over(_: boto3.Session) -> None:
        raise UnauthorizedSSOTokenError

    monkeypatch.setattr(boto3.Session, "get_credentials", over)
    assert main(["clusters", "--url", URL]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("AWS cannot be asked (The SSO session associated with this profile has expired")


@pytest.mark.parametrize(
    "error",
    [ConnectTimeoutError(endpoint_url=URL), ProxyConnectionError(proxy_url="http://p", error=OSError())],
)
def test_an_api_that_cannot_be_reached_is_a_failure(
    session: boto3.Session,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    class Http:
        def __init__(self, **_: Any) -> None: ...

        def send(self, _: Any) -> None:
            raise error

    assert session.region_name
    monkeypatch.setattr(sending, "URLLib3Session", Http)
    assert main(["clusters", "--url", URL]) == 1
    assert capsys.readouterr().err == (
        f"Nobody answers at {URL}/clusters: fix the network or the proxy, or correct --url.\n"
    )
