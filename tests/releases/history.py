"""The history of this checkout: the newest release, by its tag."""

import subprocess
import tarfile
from pathlib import Path

import pytest

from highwater.checkout import ROOT


def newest_tag() -> str:
    """Return the newest release before or at this commit; a checkout without its tags skips the test."""
    found = _git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    return found or pytest.skip("no release is tagged in this checkout")


def at_newest_tag(path: str) -> str:
    """Return a file as it was in the newest release."""
    return _git("show", f"{newest_tag()}:{path}")


def newest_tree(where: Path) -> Path:
    """Return a folder with the files of the newest release."""
    archive = where / "newest.tar"
    _git("archive", f"--output={archive}", newest_tag())
    with tarfile.open(archive) as files:
        files.extractall(where / "tree", filter="data")
    return where / "tree"


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else ""
