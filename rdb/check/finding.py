"""One line of `check`."""

from typing import Literal, NamedTuple

# "taken" is for the settings in use when others are invalid, "--" for what could not be tried.
Verdict = Literal["ok", "taken", "--", "WARN", "BAD"]
# The exit status of `check` is that of its worst line.
STATUS: dict[Verdict, int] = {"ok": 0, "taken": 0, "--": 0, "WARN": 0, "BAD": 1}


class Finding(NamedTuple):
    """A thing that was checked, the verdict, and what is known of it or what to do."""

    what: str
    verdict: Verdict
    text: str
