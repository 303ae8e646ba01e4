"""The alert: one thing that operators must know of a cluster."""

from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.core.facts.text import cut

# What AWS says of a refused call can be longer than a mail should be.
TEXT_BYTES = 1000

AlertCase = Literal[
    "wall",
    "max-size",
    "configuration",
    "ambiguous",
    "unreadable",
    "renamed",
    "misnamed",
    "undone",
    "idle-above-scale",
    "short",
    "no-live",
    "gap",
    "overlap",
    "tickerplants",
    "unread",
    "launch",
    "lowered",
    "raise",
    "unknown",
    "never-ready",
    "silent",
    "one-voice",
    "contradiction",
    "clock",
    "stopped",
    "terminating",
    "retained",
    "dead",
    "dying",
    "hold",
    "calendar",
    "strangers",
    "ledger",
]


class Alert(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing to know: a sentence that says what is so, since when, and what to do.

    `key` names the case and whom it is about: while it stands it is told once. `cause` is a short word for
    what may change under one key, which is told again. `since` is when it began to stand (telling.py).
    """

    key: str
    text: str
    cause: str = ""
    since: datetime | None = None

    @classmethod
    def of(cls, case: AlertCase, text: str, about: str = "", cause: str = "") -> "Alert":
        """Return the alert of a case; `about` is the instance, the wall or the code, if there is one."""
        return cls(f"{case} {about}".rstrip(), cut(text, TEXT_BYTES), cause)

    def is_of(self, case: AlertCase) -> bool:
        """Return whether this is its case, which is the first word of the key."""
        return self.key.partition(" ")[0] == case
