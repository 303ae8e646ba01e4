"""Clusters on which nothing is decided, since AWS did not show their group."""

from datetime import datetime

from chalicelib.contract.names import CLUSTER_TAG
from chalicelib.core.alerts import Alert
from chalicelib.core.decision import Decision
from chalicelib.core.ledger import Ledger


def unreadable(cluster: str, failures: tuple[str, ...], now: datetime) -> Decision:
    """Return the decision on a cluster whose groups AWS did not show: nothing is done."""
    return Decision(cluster, now, "unreadable", "; ".join(failures), unread=failures)


def renamed(ledger: Ledger, cluster: str) -> tuple[Alert, ...]:
    """Return the alert about a group whose cluster tag names another cluster now; none where it does not.

    Its hosts keep the name that they were launched with, so under the new one nobody reports.
    """
    if not cluster or ledger.group is None:
        return ()
    text = (
        f"hosts of group {ledger.group.name} report for {ledger.cluster}, but the group is tagged "
        f"{CLUSTER_TAG}={cluster} now: nothing is decided for {ledger.cluster}, and {cluster} hears of no "
        f"host; set the tag to {ledger.cluster} again"
    )
    return (Alert.of("renamed", text),)
