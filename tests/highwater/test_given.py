"""What is given on the command line is heeded, or refused in a sentence: never passed over."""

import argparse

import pytest

from highwater import terminal
from highwater.__main__ import main

URL = ("--url", "http://127.0.0.1:1")


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The sentence with which the command line refuses."""
    with pytest.raises(SystemExit) as ended:
        main([*words, *URL])
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("command", ["raise", "lower"])
@pytest.mark.parametrize("by", ["1", "2"])
def test_how_many_more_and_how_many_in_all_exclude_each_other(
    capsys: pytest.CaptureFixture[str], command: str, by: str
) -> None:
    said = refused(capsys, command, "trades", "--by", by, "--to", "3")
    assert "--to: not allowed with argument --by" in said


@pytest.mark.parametrize(("command", "other"), [("raise", "lower"), ("lower", "raise")])
def test_a_number_below_zero_is_answered_with_the_command_that_does_that(
    capsys: pytest.CaptureFixture[str], command: str, other: str
) -> None:
    said = refused(capsys, command, "trades", "--by", "-2")
    assert f"'-2' is below zero: `highwater {other} CLUSTER --by 2` does that" in said


@pytest.mark.parametrize("action", ["show", "remove"])
@pytest.mark.parametrize(
    ("option", "value"), [("--overnight", "one"), ("--grace", "60"), ("--file", "a.csv")]
)
def test_what_belongs_to_a_calendar_that_is_put_is_refused_where_none_is(
    capsys: pytest.CaptureFixture[str], action: str, option: str, value: str
) -> None:
    assert main(["calendar", action, "trades", option, value, *URL]) == 2
    assert capsys.readouterr().err == f"{action}: does not take {option}, which is for put.\n"


@pytest.mark.parametrize(
    ("started", "found", "says"),
    [
        (".venv/bin/highwater", None, ".venv/bin/highwater why trades"),
        ("/x/highwater/__main__.py", None, "python -m highwater why trades"),
        (".venv/bin/highwater", "/usr/bin/highwater", "highwater why trades"),
    ],
)
def test_the_next_command_is_one_that_the_shell_finds(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    started: str,
    found: str | None,
    says: str,
) -> None:
    monkeypatch.setattr("sys.argv", [started, "raise"])
    monkeypatch.setattr("shutil.which", lambda _: found)
    terminal.show(argparse.Namespace(json=False), {"state": "carried-out"}, "highwater why trades")
    assert capsys.readouterr().out.endswith(f"\nNext:\n  {says}\n")
    terminal.show(argparse.Namespace(json=False), {}, "make check CLUSTER=trades")
    assert capsys.readouterr().out.endswith("\n  make check CLUSTER=trades\n")
