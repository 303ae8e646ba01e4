"""Texts of bounded length: what comes from outside goes into the ledger, an alert or a log."""

SENTENCE_BYTES = 300
SHORT_BYTES = 60


def cut(text: str, most: int = SENTENCE_BYTES) -> str:
    """Return a text of at most so many bytes; one that was longer ends with three dots."""
    whole = text.encode(errors="replace")
    return text if len(whole) <= most else whole[: most - 3].decode(errors="ignore") + "..."
