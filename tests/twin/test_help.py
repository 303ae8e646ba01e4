"""The help of `python -m twin` teaches each command with an example and each option with its unit."""

import argparse

import pytest

from twin.__main__ import main
from twin.commands import parser

(_CHOICES,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
COMMANDS: dict[str, argparse.ArgumentParser] = _CHOICES.choices


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_an_example_and_each_value_a_placeholder(name: str) -> None:
    command = COMMANDS[name]
    assert f"\n  python -m twin {name}" in (command.description or "")
    valued = [action for action in command._actions if action.nargs != 0]
    assert [action.option_strings for action in valued if not action.choices and not action.metavar] == []
    assert [action.option_strings for action in valued if not action.help] == []


def test_without_a_command_a_newcomer_reads_where_to_start(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    shown = capsys.readouterr()
    assert (shown.out, "python -m twin day      start here" in shown.err) == ("", True)


def test_an_unknown_command_is_answered_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["dya"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert [name for name in COMMANDS if f"'{name}'" not in said] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--size", "huge"], "argument --size: invalid choice: 'huge' (choose from "),
        (["--loss", "30"], "argument --loss: must be a number from 0 to 1, not '30'; "),
        (
            ["--session", "x"],
            "argument --session: must be HH:MM-HH:MM in UTC, such as ",
        ),
        (["--feed", "none.csv"], "--feed none.csv: cannot be read: No such file or directory"),
    ],
)
def test_a_value_that_is_refused_is_answered_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["day", *words])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
