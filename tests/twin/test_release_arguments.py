"""The argument --release: what cannot go in, or not whole, is said before anything is packaged."""

from pathlib import Path

import pytest

from twin.__main__ import main
from twin.day.options import Options
from twin.release import built
from twin.release.arguments import going, in_order

NOON, TWO = 12 * 3600, 14 * 3600


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["v9@12:00"], "--release v9: git knows no such commit, tag or branch here: git fetch --tags"),
        (["--all@12:00"], "--release --all: git knows no such commit"),
        (["HEAD:README.md@12:00"], "--release HEAD:README.md: git knows no such commit"),
        (
            [".@12:00", "v9@12:09"],
            "--release v9@12:09: must be ten minutes after the one of 12:00 or later, since the cluster of "
            "that one goes in then",
        ),
        ([".@12:00", "v9@12:00"], "--release v9@12:00: must be ten minutes after the one of 12:00"),
        (
            [".@12:00", "v9@23:55"],
            "--release v9@23:55: its cluster goes in ten minutes later, and the day",
        ),
    ],
)
def test_what_cannot_be_played_is_one_sentence(
    said: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["day", "--until", "23:59", *(f"--release={each}" for each in said)])
    assert left.value.code == 2
    # What is packaged is told on the way.
    *before, last = capsys.readouterr().err.strip().splitlines()
    assert last.startswith(f"twin: {why}")
    assert all(line.startswith("Packaging ") for line in before)


@pytest.mark.parametrize("text", ["", "nonsense", "@12:00", "v9@", "v9@25:00", "v9@noon", "v9@1:00"])
def test_what_is_no_release_and_time_is_one_sentence(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["day", f"--release={text}"])
    assert left.value.code == 2
    assert ": must be " in capsys.readouterr().err.splitlines()[-1]


def test_releases_go_in_by_their_times_however_they_were_said() -> None:
    assert in_order([("b", TWO), ("a", 0), (".", NOON)], Options()) == [("a", 0), (".", NOON), ("b", TWO)]
    assert going("feature@home@12:00") == ("feature@home", NOON)


def test_a_release_that_would_go_in_after_the_end_is_refused_and_one_that_begins_the_day_is_not() -> None:
    short = Options(until=NOON)
    with pytest.raises(ValueError, match=r"--release a@11:51: its cluster .* and the day ends at 12:00$"):
        in_order([("a", NOON - 9 * 60)], short)
    assert in_order([("a", NOON - 10 * 60)], short)
    assert in_order([("a", 0)], Options(until=5 * 60))


def test_a_checkout_without_its_history_says_that_it_needs_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(built, "ROOT", tmp_path)
    with pytest.raises(ValueError, match=r"^--release v9: needs git, and a clone"):
        built.release_of("v9")
