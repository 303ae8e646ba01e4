"""What is shown does no harm to the terminal, and a result that nobody can take ends in one sentence."""

import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from highwater.__main__ import main
from highwater.operate import connection
from highwater.operate.commands.decisions import FOLLOW_EVERY
from tests.highwater.console_scene import URL, FakeApi, decision
from tests.highwater.views import ANN, AT, alert, rdb, view

# It clears the screen, sets the title, returns to the line's begin, and turns the direction.
HOSTILE = "audit\x1b[2J\x1b]0;owned\x07\rno alert\x9b31m\u202egnp"
NAMED = r"audit\x1b[2J\x1b]0;owned\x07"


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeApi], None]:
    """Let commands ask this API."""
    return lambda fake: monkeypatch.setattr(connection, "unsigned", lambda _: fake.send)


@pytest.mark.parametrize(
    "words",
    [
        ("why",),
        ("status",),
        ("alerts",),
        ("decisions",),
        ("raise", "--dry-run"),
        ("hold", "--reason", HOSTILE, "--dry-run"),
    ],
    ids=lambda words: words[0],
)
def test_a_text_of_somebody_else_is_not_obeyed(
    words: tuple[str, ...], on: Callable[[FakeApi], None], capsys: pytest.CaptureFixture[str]
) -> None:
    hold = {"at": AT, "by": ANN, "reason": HOSTILE}
    fake = FakeApi(
        view(rdb(hold=hold), hold=hold, alerts=[alert("raise", HOSTILE)]), [decision(AT, asked=[HOSTILE])]
    )
    fake.plan = {"asked": [HOSTILE], "reason": HOSTILE}
    on(fake)
    assert main([words[0], "trades", *words[1:], "--url", URL]) == 0
    shown = capsys.readouterr()
    assert NAMED in " ".join(shown.out.split())
    assert not set(shown.out + shown.err) & set("\x1b\x07\r\x9b\u202e")


def test_a_refusal_is_not_obeyed_either(
    on: Callable[[FakeApi], None], capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeApi()
    fake.broken = (409, {"error": HOSTILE})
    on(fake)
    assert main(["status", "trades", "--url", URL]) == 2
    assert capsys.readouterr().err.startswith(f"The API refused: {NAMED}")


@pytest.fixture
def stdout(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], None]]:
    """Take another file for stdout."""
    with monkeypatch.context() as patched:
        yield lambda file: patched.setattr("sys.stdout", file)


@pytest.mark.parametrize(
    "words", [("--help",), ("size", "--prices", "--json"), ("cost", "--rdbs", "0", "--json")]
)
def test_who_reads_may_stop_before_the_end(
    words: tuple[str, ...], stdout: Callable[[Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", buffering=1) as pipe:
        stdout(pipe)
        assert main(list(words)) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_a_full_disk_is_one_sentence(
    stdout: Callable[[Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        stdout(full)
        assert main(["size", "--prices", "--json"]) == 1
    assert capsys.readouterr().err == (
        "The result is not whole: No space left on device where it is written.\n"
    )


def test_a_letter_that_the_terminal_lacks_is_shown_by_its_number(
    on: Callable[[FakeApi], None], stdout: Callable[[Any], None]
) -> None:
    on(FakeApi(view(hold={"at": AT, "by": ANN, "reason": "caf\u00e9 \u65e5"})))
    for encoding, said in (("ascii", rb"caf\xe9 \u65e5"), ("latin-1", b"caf\xe9 \\u65e5")):
        shown = io.BytesIO()
        stdout(io.TextIOWrapper(shown, encoding=encoding))
        assert main(["status", "trades", "--url", URL]) == 0
        assert said in shown.getvalue()


def test_who_follows_goes_on_when_the_api_answers_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeApi(decisions=[decision("2026-11-23T09:00:00Z")])
    turns = iter([True, True, False])

    def sleep(seconds: float) -> None:
        if seconds != FOLLOW_EVERY:
            return
        broken = next(turns, None)
        if broken is None:
            raise KeyboardInterrupt
        fake.broken = (500, {"message": "x"}) if broken else None
        if not broken:
            fake.decisions.insert(0, decision("2026-11-23T09:00:01Z", 1))

    monkeypatch.setattr(connection, "unsigned", lambda _: fake.send)
    monkeypatch.setattr(connection, "sleep", sleep)
    assert main(["decisions", "trades", "--follow", "--json", "--url", URL]) == 0
    shown = capsys.readouterr()
    assert [json.loads(line)["at"] for line in shown.out.splitlines()] == [
        "2026-11-23T09:00:00Z", "2026-11-23T09:00:01Z",
    ]  # fmt: skip
    assert shown.err == "NO ANSWER: The API answered HTTP 500: x. Run this again.\n"
