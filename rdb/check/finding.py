"""What `check` says of one thing."""

from typing import NamedTuple

OK, WARN, BAD = "ok", "WARN", "BAD"


class Finding(NamedTuple):
    """How one thing is, in a word, and what is known of it or what to do. BAD alone is exit status 1."""

    what: str
    how: str
    text: str
