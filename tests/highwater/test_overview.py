"""The overview, the first steps, the nearest name: all that a person meets before a command runs."""

from pathlib import Path

import pytest

from highwater import __version__
from highwater.__main__ import COMMANDS, PURPOSES, main
from highwater.checkout import ROOT, checkout_refusal

TARGETS = {line.partition(":")[0] for line in (ROOT / "Makefile").read_text().splitlines() if ":" in line}


def test_help_lists_every_command_under_its_purpose(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for purpose, commands in PURPOSES.items():
        below = shown.split(f"\n{purpose}:\n")[1].split("\n\n")[0].splitlines()
        assert [line.split()[0] for line in below] == [command.name for command in commands]
        assert [line[13:] for line in below] == [command.summary for command in commands]


def test_each_command_has_a_make_target_of_its_name() -> None:
    assert set(COMMANDS) <= TARGETS


def test_without_a_command_a_newcomer_reads_what_to_do_first_and_nothing_is_a_result(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    first_steps = [line.split()[:2] for line in shown.err.splitlines() if line.startswith("  ")]
    assert first_steps[0] == ["make", "run"]
    assert {program for program, _ in first_steps} == {"make", "highwater"}
    assert {name for program, name in first_steps if program == "highwater"} <= set(COMMANDS)
    assert {name for program, name in first_steps if program == "make"} <= TARGETS


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("chek", "check"),
        ("deply", "deploy"),
        ("clustres", "clusters"),
        ("up", "deploy"),
        ("upgrade", "deploy --upgrade"),
    ],
)
def test_an_unknown_command_names_the_nearest_one(
    word: str, nearest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word, "--json"]) == 2
    shown = capsys.readouterr()
    assert (shown.out, f"There is no command {word}; did you mean {nearest}? " in shown.err) == ("", True)


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"highwater {__version__}\n"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_help_of_each_command_has_an_example_and_fits_a_terminal(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert f"\n  highwater {name}" in shown.partition("\nExample")[2]
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_an_option_that_a_command_does_not_have_is_refused_in_one_line(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--no-such-option"])
    (line,) = capsys.readouterr().err.splitlines()
    assert (ended.value.code, line.endswith(f"; see `highwater {name} --help`")) == (2, True)


def test_outside_a_checkout_a_command_that_deploys_says_where_to_run_it(tmp_path: Path) -> None:
    assert checkout_refusal("deploy") is None
    assert checkout_refusal("deploy", tmp_path) == (
        "`highwater deploy` needs the project's checkout, with its app.py, cloudformation/ and rdb/: run "
        "`.venv/bin/highwater` there, after `make setup`."
    )


def test_a_word_that_is_near_to_no_command_is_answered_without_a_guess(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["xyzzy"]) == 2
    assert "There is no command xyzzy. `highwater --help` lists all commands." in capsys.readouterr().err
