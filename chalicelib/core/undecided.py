"""Clusters on which nothing is decided, since AWS did not show their group."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.contract.names import CLUSTER_TAG
from chalicelib.core.alerts import Alert
from chalicelib.core.decision import Decision
from chalicelib.core.ledger import Ledger
from chalicelib.core.results import refused_undecided
from chalicelib.core.telling import with_life
from chalicelib.core.unread import unread_alerts, with_unread
from chalicelib.core.wake_ups import Command


def unreadable(cluster: str, failures: tuple[str, ...], now: datetime) -> Decision:
    """Return the decision on a cluster whose groups AWS did not show: nothing is done."""
    return Decision(cluster, now, "unreadable", "; ".join(failures), unread=failures)


def undecided_of(
    ledger: Ledger, failures: tuple[str, ...], now_tagged: str, commands: Iterable[Command], now: datetime
) -> tuple[Decision, Ledger]:
    """Return the decision on a cluster without a group to decide on, and the ledger that remembers it.

    `now_tagged` is the cluster that its group is tagged with now, if it was renamed. Every command is refused
    and whatever was told stands, since nothing else could be judged.
    """
    ledger = with_unread(ledger, failures, now, untaken=ledger.unread)
    decision = unreadable(ledger.cluster, failures, now)
    moved = renamed(ledger, now_tagged)
    if moved:
        decision = msgspec.structs.replace(decision, reason=moved[0].text)
    decision, ledger = with_life(decision, ledger, (*unread_alerts(ledger), *moved), judged=False)
    return refused_undecided(decision, ledger, commands)


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
