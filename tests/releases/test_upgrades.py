"""A release goes in at one time of the day and back out at another, and nobody notices."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.releases import made_up
from tests.releases.conftest import Drill, Drilled, History
from tests.releases.history import newest_tag
from tests.releases.made_up import BREAKING, FORGETTING, REMEMBERING

# Whole days, broken rules and the newest tag over this checkout take minutes: `make upgrades` plays them.
ALL = os.environ.get("UPGRADES") == "all"
asked_for = pytest.mark.skipif(not ALL, reason="UPGRADES=all plays these")

PAPER = ()
FIVE_TIMES = ("--session", "07:00-16:00", "--grace", "60", "--volume", "5", "--max-size", "60")
LOSSY = ("--loss", "0.3", "--duplicates", "0.3", "--delay", "90", "--seed", "4")
COURSES = {
    "up and back": (("sending", "12:00"), (".", "14:00")),
    "up until the evening": (("sending", "12:00"),),
}


def unnoticed(drilled: Drilled, *, alerts: bool = True) -> bool:
    """Whether nobody noticed the releases, which all went in; without `alerts` these are not judged."""
    assert drilled.status in (0, 1), drilled.said
    assert len(drilled.day["events"]) == 2 * drilled.said.count("Packaging")
    kept = not any(drilled.day[name] for name in ("updates_unheld", "unsafe_terminations", "double_launches"))
    assert (drilled.status == 0) == (kept and not drilled.day["noticed"])
    assert ("Nobody would have noticed the releases." in drilled.said) == (not drilled.day["noticed"])
    return kept and not [said for said in drilled.day["noticed"] if alerts or " alert " not in said[:12]]


def test_this_checkout_goes_in_over_the_newest_release_and_back_out(
    drill: Drill, short: Sequence[str]
) -> None:
    tag = newest_tag()
    drilled = drill(short, f"{tag}@00:00", ".@00:35", f"{tag}@01:15")
    assert unnoticed(drilled), drilled.said


@asked_for
def test_the_newest_release_goes_in_over_this_checkout_and_back_out(
    drill: Drill, short: Sequence[str]
) -> None:
    drilled = drill(short, f"{newest_tag()}@00:35", ".@01:15")
    assert unnoticed(drilled), drilled.said


def test_new_words_go_in_and_out_once_the_release_before_understands_them(
    drill: Drill, short: Sequence[str], history: History, accepting: str, sending: str
) -> None:
    made_up.be(history.where, accepting)
    drilled = drill(short, f"{sending}@00:35", ".@01:15", where=history.where)
    assert unnoticed(drilled), drilled.said


def test_releases_change_in_mid_day_of_random_days_with_faults(
    history: History, accepting: str, sending: str, tmp_path: Path
) -> None:
    made_up.be(history.where, accepting)
    figures = tmp_path / "fuzz.json"
    command = [sys.executable, "-m", "twin", "fuzz", "--release", sending, "--steps", "3000"]
    done = subprocess.run(  # noqa: S603 - our own command line
        [*command, "--seed", "11", "--json", str(figures)],
        cwd=history.where,
        env={**os.environ, "PYTHONPATH": str(history.where)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(figures.read_text())["upgrades"] > 5


@asked_for
@pytest.mark.parametrize("course", COURSES)
@pytest.mark.parametrize("options", [PAPER, FIVE_TIMES, LOSSY], ids=["paper", "five times", "lossy"])
def test_a_release_goes_in_at_noon_of_a_whole_day(
    drill: Drill, history: History, accepting: str, sending: str, options: Sequence[str], course: str
) -> None:
    made_up.be(history.where, accepting)
    goings = [f"{sending if ref == 'sending' else ref}@{time}" for ref, time in COURSES[course]]
    drilled = drill(options, *goings, where=history.where)
    # Where a third of all messages is lost, alerts have that cause: the same day has them without a release.
    assert unnoticed(drilled, alerts=options is not LOSSY), drilled.said


@asked_for
@pytest.mark.parametrize("name", BREAKING)
def test_a_release_that_breaks_a_rule_is_noticed(
    drill: Drill, short: Sequence[str], history: History, name: str
) -> None:
    breaking = history.release(name, BREAKING[name])
    made_up.be(history.where, "here")
    assert not unnoticed(drill(short, f"{breaking}@00:35", ".@01:15", where=history.where))


@asked_for
def test_a_release_that_forgets_what_it_does_not_know_is_noticed(
    drill: Drill, short: Sequence[str], history: History
) -> None:
    forgetting = history.release("forgetting", FORGETTING)
    made_up.be(history.where, history.release("remembering", REMEMBERING))
    assert not unnoticed(drill(short, f"{forgetting}@00:35", ".@01:15", where=history.where))
