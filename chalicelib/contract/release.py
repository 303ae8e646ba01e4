"""The release of Highwater that this is, and between which two one may go.

A checkout does not know what came after it. So whatever is deployed or written names its release, and a stack
also the one that it follows.
"""

from typing import Literal, NamedTuple

# The next one is a tag in git (CONTRIBUTING.md). Between two of them it is written as 0.4.0.dev0.
RELEASE = "0.4.0.dev0"
FOLLOWS = "0.3.0"
# The last one whose hosts and ledgers did not name theirs.
SILENT = "0.2.0"
# Bounded, since the ledger keeps that of each RDB; a later release may be written in another way.
RELEASE_PATTERN = r"[0-9][0-9A-Za-z.]{0,19}"

Way = Literal["same", "up", "back"]


class Release(NamedTuple):
    """A release, and the one before it; empty where nobody says which that is."""

    number: str
    follows: str = ""

    def way_to(self, other: "Release") -> Way | None:
        """Return the way from this release to a neighbour of it, or None where the other is none."""
        if self.number == other.number:
            return "same"
        if other.follows == self.number:
            return "up"
        return "back" if self.follows == other.number else None


THIS = Release(RELEASE, FOLLOWS)


def neighbours(here: Release, there: Release) -> bool:
    """Return whether one may go from one release to the other: up or back by one, or not at all."""
    return here.way_to(there) is not None
