"""docs/migrating.md shows commands that can be given as they stand, and each is given here."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from highwater.__main__ import COMMANDS, PURPOSES, main
from highwater.checkout import ROOT
from tests.highwater.hand import hand_on
from tests.highwater.size_scene import day_file, sized
from tests.system.conftest import running_day

PAGE = (ROOT / "docs" / "migrating.md").read_text()
OPERATING = {command.name for purpose in ("Looking", "Acting") for command in PURPOSES[purpose]}
SHOWN = [
    *re.findall(r"^\.venv/bin/highwater ([^#\n]+)", PAGE, re.M),
    *re.findall(r"`highwater ([a-z]+ [^`]+)`", PAGE),
]
MADE = sorted(set(re.findall(r"`make ([a-z]+ [^`]+)`", PAGE)))


def given(name: str) -> list[list[str]]:
    """The words of each command of that name."""
    return [words for line in SHOWN if (words := shlex.split(line.replace("DATE", "2026-11-23")))[0] == name]


def test_what_the_page_asks_a_running_cluster_is_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {line.split()[0] for line in SHOWN} & OPERATING
    assert names == {"why", "status", "decisions", "alerts", "report", "hold", "lift"}
    with running_day() as day, hand_on(day, monkeypatch, capsys) as hand:
        for name in ("why", "status", "decisions", "alerts", "report", "hold", "lift"):
            for words in given(name):
                ran = hand(*words)
                assert (ran.status, bool(ran.out)) == (0, True), (words, ran.err)


def test_the_cost_of_the_page_is_printed_with_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    (words,) = given("cost")
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert ("hosts" in shown, "one static host" in shown) == (True, True)


def test_the_page_names_no_command_that_is_not_given_here() -> None:
    assert {line.split()[0] for line in SHOWN} <= OPERATING | {"cost", "size"}


@pytest.mark.parametrize("line", MADE)
def test_a_make_target_of_the_page_calls_the_command_with_options_that_it_has(line: str) -> None:
    ids = line.replace("-...", "-0123456789abcdef0")
    ran = subprocess.run(  # noqa: S603 - what our own page shows
        ["make", "--dry-run", *shlex.split(ids)],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    recipe = ran.stdout.replace("\\\n", " ")
    (called,) = [text for text in recipe.splitlines() if text.startswith(".venv/bin/highwater")]
    name, *words = shlex.split(called.removeprefix(".venv/bin/highwater"))
    assert COMMANDS[name].parser().parse_args(words)


def test_days_of_ones_own_are_sized_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (words,) = given("size")
    updates = {f"{hour:02}:{minute:02}": 900 for hour in range(9, 17) for minute in range(60)}
    for name in ("mon.csv", "tue.csv"):
        day_file(tmp_path, name, updates)
    monkeypatch.chdir(tmp_path)
    ran = sized(capsys, *words[1:], "--type", "t3a.xlarge")
    assert (ran.status, "Recommended" in ran.out) == (0, True), ran.err
