"""The history of this checkout: the newest release, by its tag."""

import subprocess

import pytest

from highwater.checkout import ROOT


def newest_tag() -> str:
    """Return the newest release before or at this commit; a checkout without its tags skips the test."""
    found = _git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    return found or pytest.skip("no release is tagged in this checkout")


def at_newest_tag(path: str) -> str:
    """Return a file as it was in the newest release."""
    return _git("show", f"{newest_tag()}:{path}")


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else ""
