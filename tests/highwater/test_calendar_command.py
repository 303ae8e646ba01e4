"""The command `calendar`: what it sends, what it shows, and with which status it ends."""

import json
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from highwater.__main__ import main
from highwater.deploy.aws.account import Account
from highwater.deploy.rules.facts import Stack
from highwater.operate import connection, sending
from highwater.terminal import Failed, Refused

FILE = "start,end,zone\n2026-11-23 09:30,2026-11-23 16:00,America/New_York\n"
SESSION = {"start": "2026-11-23T14:30:00Z", "end": "2026-11-23T21:00:00Z"}
THERE = {
    "sessions": [SESSION],
    "grace_minutes": 60,
    "overnight": "one",
    "by": "ann",
    "at": "2026-11-22T00:00:00Z",
}
URL = "https://abc.execute-api.eu-west-1.amazonaws.com/v1"
TAKEN = {"command_id": "c1", "command": "/clusters/trades/commands/c1"}
DONE = {"state": "carried-out", "reasons": []}
Asked = list[tuple[str, str, Mapping[str, str], Any]]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "sessions.csv"
    path.write_text(FILE)
    return str(path)


class Answers:
    """An API that answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.asked: Asked = []
        self._answers = iter(answers)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: str | None) -> tuple[int, str]:
        self.asked.append((method, url, headers, body and json.loads(body)))
        status, answer = next(self._answers)
        return status, answer if isinstance(answer, str) else json.dumps(answer)


Run = Callable[..., tuple[int, Any, Answers]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command on some answers: its status, its JSON and what was asked."""

    def run(words: list[str], *answers: tuple[int, Any]) -> tuple[int, Any, Answers]:
        api = Answers(*answers)
        monkeypatch.setattr(connection, "signed", lambda *_: api.send)
        monkeypatch.setattr(connection, "sleep", lambda _: None)
        status = main(["calendar", *words, "--url", f"{URL}/", "--json"])
        shown = capsys.readouterr().out
        return status, json.loads(shown) if shown else None, api

    return run


def test_a_file_is_put_as_instants_in_utc_and_followed_until_it_counts(run: Run, file: str) -> None:
    words = ["put", "trades", "--file", file, "--grace", "30"]
    waiting = {"state": "waiting", "reasons": []}
    status, shown, api = run(words, (202, TAKEN), (200, waiting), (200, DONE))
    assert (status, shown["state"], shown["command_id"]) == (0, "carried-out", "c1")
    assert (shown["sessions"], shown["until"], shown["grace_minutes"]) == (1, SESSION["end"], 30)
    method, url, headers, body = api.asked[0]
    assert (method, url) == ("PUT", f"{URL}/clusters/trades/calendar")
    assert headers["Idempotency-Key"]
    assert body == {"sessions": [SESSION], "grace_minutes": 30, "overnight": "one", "dry_run": False}
    assert [asked[1] for asked in api.asked[1:]] == [f"{URL}/clusters/trades/commands/c1"] * 2


def test_a_dry_run_is_decided_by_the_api_and_changes_nothing(run: Run, file: str) -> None:
    status, shown, api = run(["put", "trades", "--file", file, "--dry-run"], (200, {"dry_run": True}))
    assert (status, shown["state"]) == (0, "would be put")
    assert [asked[3]["dry_run"] for asked in api.asked] == [True]
    status, shown, api = run(["remove", "trades", "--dry-run"], (200, THERE))
    assert (status, shown["state"], [asked[0] for asked in api.asked]) == (0, "would be remove", ["GET"])


def test_the_calendar_is_shown_and_removed(run: Run) -> None:
    assert run(["show", "trades"], (200, THERE))[:2] == (0, THERE)
    status, shown, api = run(["remove", "trades"], (200, THERE), (202, TAKEN), (200, DONE))
    assert (status, shown["state"], shown["sessions"]) == (0, "carried-out", 1)
    assert [asked[0] for asked in api.asked] == ["GET", "DELETE", "GET"]


def test_people_read_the_next_sessions(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    far = {"start": "2099-01-05T14:30:00Z", "end": "2099-01-05T21:00:00Z"}
    answers = Answers((200, {**THERE, "sessions": [SESSION, far]}))
    monkeypatch.setattr(connection, "signed", lambda *_: answers.send)
    assert main(["calendar", "show", "trades", "--url", URL]) == 0
    shown = capsys.readouterr().out
    assert "next sessions: 2099-01-05T14:30:00Z to 2099-01-05T21:00:00Z\n" in shown
    assert "sessions: 2\n" in shown


def test_what_the_api_cannot_answer_for_now_is_asked_again_with_the_same_key(run: Run, file: str) -> None:
    busy = (503, {"error": "DynamoDB did not answer"})
    words = ["put", "trades", "--file", file, "--dry-run"]
    status, _, api = run(words, busy, (502, {"message": "x"}), (200, {}))
    assert status == 0
    assert len({asked[2]["Idempotency-Key"] for asked in api.asked}) == 1
    status, shown, _ = run(words, busy, busy, busy)
    assert (status, shown) == (
        1,
        {"failed": "The API answered HTTP 503: DynamoDB did not answer. Run this again."},
    )


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (
            (409, {"error": "none needs MinSize 0"}),
            2,
            "The API refused: none needs MinSize 0.",
        ),
        ((400, {"error": "sessions: must be"}), 2, "The API refused: sessions: must be."),
        ((403, {"message": "Forbidden"}), 2, "The API answered HTTP 403 (Forbidden): attach the policy"),
        ((500, {"Message": "An internal"}), 1, "The API answered HTTP 500: An internal."),
        ((200, "<html>"), 1, "The API answered HTTP 200 without JSON: is its address right?"),
        ((200, "[]"), 1, "The API answered HTTP 200 without JSON: is its address right?"),
    ],
)
def test_the_status_says_whether_the_api_refused_or_failed(
    run: Run, file: str, answer: tuple[int, Any], status: int, said: str
) -> None:
    ended, shown, _ = run(["put", "trades", "--file", file], answer)
    assert ended == status
    assert shown["refused" if status == 2 else "failed"].startswith(said)


def test_a_cluster_that_is_not_there_is_answered_with_the_nearest_name(run: Run, file: str) -> None:
    unknown, there = (404, {"error": "cluster: no group"}), (200, {"clusters": [{"cluster": "trades"}]})
    for words in (["put", "Trade", "--file", file], ["show", "Trade"], ["remove", "Trade"]):
        status, shown, _ = run(words, unknown, unknown, there)
        said = "CLUSTER Trade: no group. Did you mean trades? There is trades."
        assert (status, shown["refused"]) == (2, said)


def test_a_calendar_that_is_refused_when_its_turn_comes_is_a_refusal(run: Run, file: str) -> None:
    refused = (200, {"state": "refused", "reasons": ["MinSize is 1"]})
    status, shown, _ = run(["put", "trades", "--file", file], (202, TAKEN), refused)
    assert (status, shown["refused"]) == (2, "The command is refused: MinSize is 1.")


def test_one_that_still_waits_after_a_minute_is_shown_so(run: Run, file: str) -> None:
    waiting = [(200, {"state": "waiting", "reasons": []})] * 30
    status, shown, _ = run(["put", "trades", "--file", file], (202, TAKEN), *waiting)
    assert (status, shown["state"], shown["next"]) == (0, "waiting", "highwater calendar show trades")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["put", "trades"], "put: give the sessions with --exchange CODE or --file FILE."),
        (["show", "trades", "--exchange", "XNYS"], "show: does not take --exchange, which is for put."),
        (["put", "trades", "--file", "/nowhere"], "/nowhere: cannot be read: "),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_asked(run: Run, words: list[str], said: str) -> None:
    status, shown, api = run(words)
    assert (status, api.asked) == (2, [])
    assert shown["refused"].startswith(said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trades", "--grace", "1441"], "--grace: must be a whole number from 0 to 1,440, not '1441'"),
        (["tra des"], "CLUSTER: 'tra des' is no name of a cluster"),
    ],
)
def test_a_word_that_is_none_is_refused_by_its_argument(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["calendar", "put", *words, "--url", URL])
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("outputs", [None, {}])
def test_without_the_stack_the_address_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, session: boto3.Session, outputs: dict[str, str] | None
) -> None:
    given(monkeypatch, outputs)
    with pytest.raises(Refused, match="has no output EndpointURL: create it with `make deploy`, or give"):
        connection.address_of(session)


def test_the_address_is_that_of_the_stack(monkeypatch: pytest.MonkeyPatch, session: boto3.Session) -> None:
    given(monkeypatch, {"EndpointURL": URL})
    assert connection.address_of(session) == URL


def given(monkeypatch: pytest.MonkeyPatch, outputs: dict[str, str] | None) -> None:
    """The stack of the control plane with these outputs; None where there is no stack."""
    stack = None if outputs is None else Stack("highwater", "id", "CREATE_COMPLETE", outputs=outputs)
    monkeypatch.setattr(Account, "stack", lambda _self, _name: stack)


@pytest.mark.parametrize(
    ("url", "region"), [(URL, "us-east-1"), (URL, None), ("https://api.example.com", "eu-west-1")]
)
def test_a_request_is_signed_for_the_region_of_the_api_or_that_of_the_session(
    monkeypatch: pytest.MonkeyPatch, session: boto3.Session, url: str, region: str | None
) -> None:
    assert session.region_name == "eu-west-1"
    if region is None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
    session = boto3.Session(region_name=region)
    sent: list[Any] = []

    class Http:
        def __init__(self, **_: Any) -> None:
            pass

        def send(self, request: Any) -> Any:
            sent.append(request)
            return type("Answer", (), {"status_code": 200, "content": b"{}"})

    monkeypatch.setattr(sending, "URLLib3Session", Http)
    send = sending.signed(session, 5)
    assert send("PUT", f"{url}/clusters/trades/calendar", {"Content-Type": "application/json"}, "{}") == (
        200,
        "{}",
    )
    signed = sent[0].headers["Authorization"]
    assert "/eu-west-1/execute-api/aws4_request" in str(signed)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000/", "http://[::1]:8000"])
def test_on_this_machine_nothing_is_signed_and_the_date_is_that_of_the_api(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    answers = Answers((200, {"at": "2026-11-23T09:00:00Z"}), (200, THERE))
    monkeypatch.setattr(connection, "unsigned", lambda _: answers.send)
    assert main(["calendar", "show", "trades", "--url", url]) == 0
    assert [asked[1] for asked in answers.asked] == [
        f"{url.rstrip('/')}/clusters/trades",
        f"{url.rstrip('/')}/clusters/trades/calendar",
    ]
    session = f"{SESSION['start']} to {SESSION['end']}"
    assert f"next sessions: {session}\n" in capsys.readouterr().out


@pytest.mark.parametrize("url", [None, URL, "http://10.0.0.1:8000", "http://localhost.example.com"])
def test_a_request_to_another_machine_is_signed(url: str | None) -> None:
    assert not sending.is_loopback(url)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000", "localhost", "ftp://127.0.0.1", "http://", "http://[::1", "http://a:port", ""]
)
def test_an_address_that_is_none_is_refused_in_one_sentence(
    capsys: pytest.CaptureFixture[str], url: str
) -> None:
    assert main(["calendar", "show", "trades", "--url", url]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.endswith(f"such as https://HOST/STAGE or http://127.0.0.1:8000, and is {url!r}.")


def test_where_nobody_listens_on_this_machine_it_is_said_what_to_start() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Failed, match="start `make serve`, or correct --url"):
            sending.unsigned(5)("GET", url, {}, None)
