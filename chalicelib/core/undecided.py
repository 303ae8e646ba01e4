"""Clusters on which nothing is decided, since their facts cannot be had or used (rule 15)."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.contract.names import CLUSTER_TAG
from chalicelib.core.alerts import Alert, untold
from chalicelib.core.decision import Decision
from chalicelib.core.errors import BadSettings
from chalicelib.core.group import Group
from chalicelib.core.ledger import Ledger
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.situation import Situation


def ambiguous(groups: Sequence[Group]) -> str | None:
    """Return the sentence that says that more than one group has a cluster's tags; None when one has."""
    if len(groups) < 2:
        return None
    names = ", ".join(group.name for group in groups)
    return f"tag {CLUSTER_TAG}={groups[0].cluster} is on more than one group: {names}"


def unreadable(cluster: str, failures: tuple[str, ...], now: datetime) -> Decision:
    """Return the decision on a cluster whose group is not known: nothing is done."""
    return Decision(cluster, now, "unreadable", "; ".join(failures), unread=failures)


def situation_of(ledger: Ledger, group: Group, now: datetime) -> Situation | Decision:
    """Return the situation of a cluster, or, where the tags of its group cannot be used, the decision.

    Operators are told of the tags, and nothing else is done.
    """
    try:
        return Situation(ledger, group, ClusterSettings.from_tags(group.tags), now)
    except BadSettings as error:
        alerts = (Alert("configuration", str(error)),)
        tell = untold(alerts, ledger)
        return Decision(ledger.cluster, now, "configuration", str(error), alerts=alerts, tell=tell)
