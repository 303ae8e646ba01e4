"""What concerns no one cluster: groups that no cluster has, and groups that AWS does not show (rule 14).

It has a ledger like a cluster's, under a name that no cluster can have.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from chalicelib.contract.names import (
    CLUSTER_TAG,
    ROLE_TAG,
    ROLES,
    Role,
    cluster_named,
    rdb_group,
)
from chalicelib.core.alerts.telling import with_life
from chalicelib.core.alerts.unread import unread_alerts, with_unread
from chalicelib.core.decision import Decision, DecisionCode
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.stand_in import doubt_of
from chalicelib.core.facts.text import SHORT_BYTES, cut
from chalicelib.core.facts.wake_ups import ACCOUNT
from chalicelib.core.undecided import unreadable

MOST_TELLING = 200


def former_cluster(group: Group) -> str | None:
    """Return the cluster that a group is named after, if its tags are not that cluster's."""
    cluster = cluster_named(group.name)
    return None if group.is_rdb and group.cluster == cluster else cluster


def is_known_to(group: Group, ledger: object) -> bool:
    """Return whether a ledger knows a group as its cluster's; one that cannot be read knows none."""
    return isinstance(ledger, Ledger) and ledger.group is not None and ledger.group.name == group.name


def was_known_to(group: Group, ledger: object, now: datetime) -> bool:
    """Return whether a ledger knows a group as its cluster's, or as the one before that, or may do so."""
    return isinstance(ledger, Ledger) and group.name in known_names(ledger, now)


def known_names(ledger: Ledger, now: datetime) -> tuple[str, ...]:
    """Return the names of the groups that a ledger knows, the present one's first.

    One that cannot be read, and that nothing stood in for when the group still had its tags, may know the one
    that is called as our template calls it.
    """
    if ledger.group:
        return ledger.group.names(now)
    return (rdb_group(ledger.cluster),) if ledger.stands_in else ()


def misnamed_of(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return the groups whose tags are half of an RDB group's, so that no cluster has them.

    One of another role beside a cluster's RDB group is somebody's own.
    """
    groups = [group for group in groups if not group.deleting]
    clusters = {group.cluster for group in groups if group.is_rdb}
    return tuple(
        group
        for group in groups
        if not (group.is_named if group.is_rdb else group.role in ROLES or group.cluster in clusters)
    )


def with_telling(ledger: Ledger, known: Mapping[str, object]) -> Ledger:
    """Return the account's ledger that knows which clusters have alerts, so that their ends are told too.

    A cluster whose group is gone is found by nothing else.
    """
    telling = (c for c, of_it in known.items() if isinstance(of_it, Ledger) and of_it.alerts and c != ACCOUNT)
    return msgspec.structs.replace(ledger, telling=tuple(sorted(telling)[:MOST_TELLING]))


def account_of(
    ledger: Ledger, misnamed: Iterable[Group], failures: tuple[str, ...], now: datetime
) -> tuple[Decision, Ledger]:
    """Return what is told of the account, and the ledger that remembers it.

    Where AWS does not show the groups, nothing of them can be judged.
    """
    ledger = with_unread(ledger, failures, now)
    doubt = doubt_of(ledger)
    doubted = [Alert.of(doubt.case, doubt.text)] if doubt else []
    alerts = [*doubted, *unread_alerts(ledger), *_misnamed(misnamed)]
    if failures:
        decision = unreadable(ledger.cluster, failures, now)
    else:
        code: DecisionCode = "configuration" if alerts else "in-order"
        reason = "; ".join(alert.text for alert in alerts) or "every group that has our tags is a cluster's"
        decision = Decision(ledger.cluster, now, code, cut(reason))
    decision, ledger = with_life(decision, ledger, alerts, judged=not failures)
    return msgspec.structs.replace(decision, triggers=("sweep",)), ledger


def _misnamed(groups: Iterable[Group]) -> Iterator[Alert]:
    for group in groups:
        cluster, role = (cut(value, SHORT_BYTES) for value in (group.cluster, group.role))
        if group.is_rdb:
            wrong = f"{CLUSTER_TAG} is {cluster!r}, which is no name of a cluster"
        else:
            wrong = f"{ROLE_TAG} is {role!r}, and no group of cluster {cluster!r} has the role {Role.RDB}"
        text = (
            f"group {group.name} belongs to no cluster: its tag {wrong}; nothing is decided for it, no host "
            f"is launched and none is released; set {ROLE_TAG}={Role.RDB} and {CLUSTER_TAG} to the name that "
            "its hosts report, or remove both"
        )
        yield Alert.of("misnamed", text, group.name)
