"""A history of made-up releases, and days in which they go in and out."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from highwater.checkout import ROOT
from tests.releases import made_up
from tests.releases.made_up import Edit

# Two hours of trade, and then the evening. A host fills every ten minutes, so that one boots while the
# cluster is still of the release before.
MINUTES = [f"{at // 60:02d}:{at % 60:02d},{6000 if at < 120 else 0}" for at in range(24 * 60)]


class Drilled(NamedTuple):
    """A day that was played: its exit status, its figures, and what was printed."""

    status: int
    day: dict[str, Any]
    said: str


Drill = Callable[..., Drilled]


class History:
    """A checkout of its own: its first commit, `here`, is this checkout; others are made when asked for."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self._made = {"here"}
        made_up.checkout(where)

    def release(self, name: str, edits: Sequence[Edit]) -> str:
        """Return the reference of a made-up release."""
        ref = name.replace(" ", "-")
        if ref not in self._made:
            made_up.release(self.where, ref, edits)
            self._made.add(ref)
        return ref


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """The history of made-up releases."""
    return History(tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="session")
def accepting(history: History) -> str:
    """The release that understands new words."""
    return history.release("accepting", made_up.ACCEPTING)


@pytest.fixture(scope="session")
def sending(history: History) -> str:
    """The release after it, which says them."""
    return history.release("sending", made_up.SENDING)


@pytest.fixture
def short(tmp_path: Path) -> tuple[str, ...]:
    """The options of a short day."""
    feed = tmp_path / "feed.csv"
    feed.write_text("\n".join(["minute,updates", *MINUTES]) + "\n")
    return "--feed", str(feed), "--session", "00:00-02:00", "--until", "03:30", "--max-size", "20"


@pytest.fixture
def drill(tmp_path: Path) -> Drill:
    """Play a day in a checkout, with releases that go in."""

    def play(options: Sequence[str], *releases: str, where: Path = ROOT) -> Drilled:
        found = tmp_path / "day.json"
        out = ["--json", str(found), "--html", str(tmp_path / "day.html"), "--log", str(tmp_path / "log")]
        goings = [word for each in releases for word in ("--release", each)]
        done = subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, "-m", "twin", "day", *options, *out, *goings],
            cwd=where,
            env={**os.environ, "PYTHONPATH": str(where)},
            capture_output=True,
            text=True,
            check=False,
        )
        result = json.loads(found.read_text()) if found.exists() else {}
        return Drilled(done.returncode, result, done.stdout + done.stderr)

    return play
