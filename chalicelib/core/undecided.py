"""Clusters on which nothing is decided, since their facts cannot be had or used (rule 15)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from chalicelib.contract.names import CLUSTER_TAG
from chalicelib.core.alerts import Alert, untold
from chalicelib.core.decision import Decision
from chalicelib.core.errors import BadSettings
from chalicelib.core.group import Group
from chalicelib.core.ledger import Ledger
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.situation import Situation


def unreadable(cluster: str, failures: tuple[str, ...], now: datetime) -> Decision:
    """Return the decision on a cluster whose groups AWS did not show: nothing is done."""
    return Decision(cluster, now, "unreadable", "; ".join(failures), unread=failures)


def ambiguous(ledger: Ledger, groups: Sequence[Group], now: datetime) -> Decision | None:
    """Return the decision on a cluster whose tags are on more than one group; None where one has them.

    Operators are told, and nothing else is done.
    """
    if len(groups) < 2:
        return None
    names = ", ".join(group.name for group in groups)
    reason = f"tag {CLUSTER_TAG}={ledger.cluster} is on more than one group: {names}"
    return _told(ledger, "ambiguous", reason, now)


def situation_of(ledger: Ledger, group: Group, now: datetime) -> Situation | Decision:
    """Return the situation of a cluster, or, where the tags of its group cannot be used, the decision.

    Operators are told of the tags, and nothing else is done.
    """
    try:
        return Situation(ledger, group, ClusterSettings.from_tags(group.tags), now)
    except BadSettings as error:
        return _told(ledger, "configuration", str(error), now)


def _told(
    ledger: Ledger, code: Literal["ambiguous", "configuration"], reason: str, now: datetime
) -> Decision:
    alerts = (Alert.of(code, reason),)
    return Decision(ledger.cluster, now, code, reason, alerts=alerts, tell=untold(alerts, ledger))
