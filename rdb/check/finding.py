"""One line of `check`."""

from typing import Literal, NamedTuple

# "taken" is for the settings in use when others are invalid. Only "BAD" makes `check` exit with status 1.
Verdict = Literal["ok", "taken", "--", "WARN", "BAD"]


class Finding(NamedTuple):
    """A thing that was checked, the verdict, and what is known of it or what to do."""

    what: str
    verdict: Verdict
    text: str
