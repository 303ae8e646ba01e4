"""Clusters on which nothing is decided, since AWS did not show their group."""

from datetime import datetime

from chalicelib.core.decision import Decision


def unreadable(cluster: str, failures: tuple[str, ...], now: datetime) -> Decision:
    """Return the decision on a cluster whose groups AWS did not show: nothing is done."""
    return Decision(cluster, now, "unreadable", "; ".join(failures), unread=failures)
