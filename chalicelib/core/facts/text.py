"""Texts of bounded length: what comes from outside goes into the ledger, an alert or a log."""

from collections.abc import Sequence

SENTENCE_BYTES = 300
SHORT_BYTES = 60


def cut(text: str, most: int = SENTENCE_BYTES) -> str:
    """Return a text of at most so many bytes; one that was longer ends with three dots."""
    whole = text.encode(errors="replace")
    return text if len(whole) <= most else whole[: most - 3].decode(errors="ignore") + "..."


def named(names: Sequence[str], most: int) -> str:
    """Return the first names, at most so many, and how many more there are."""
    return ", ".join(names[:most]) + more_than(most, len(names))


def more_than(most: int, count: int) -> str:
    """Return the words for those of `count` that are not named; none where all are."""
    return f" and {count - most} more" if count > most else ""
