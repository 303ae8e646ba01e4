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
    return ", ".join(names[:most]) + and_more(len(names) - most)


def and_more(count: int) -> str:
    """Return the words for so many that are not named; nothing where there are none."""
    return f" and {count} more" if count > 0 else ""
