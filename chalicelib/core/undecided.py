"""Clusters on which nothing is decided, since AWS did not show their group."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.contract.names import CLUSTER_TAG, ROLE_TAG, Role
from chalicelib.core.alerts.telling import with_life
from chalicelib.core.alerts.unread import unread_alerts, with_unread
from chalicelib.core.decision import Decision
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.stand_in import doubt_of
from chalicelib.core.facts.text import SHORT_BYTES, cut
from chalicelib.core.facts.wake_ups import Command
from chalicelib.core.results import refused_undecided


def unreadable(cluster: str, failures: tuple[str, ...], now: datetime) -> Decision:
    """Return the decision on a cluster whose groups AWS did not show: nothing is done."""
    return Decision(cluster, now, "unreadable", "; ".join(failures), unread=failures)


def undecided_of(
    ledger: Ledger,
    failures: tuple[str, ...],
    renamed: Group | None,
    commands: Iterable[Command],
    now: datetime,
) -> tuple[Decision, Ledger]:
    """Return the decision on a cluster without a group to decide on, and the ledger that remembers it.

    `renamed` is its group as it is tagged now, if its tags are no more the cluster's. Every command is
    refused and whatever was told stands, since nothing else could be judged.
    """
    ledger = with_unread(ledger, failures, now, untaken=ledger.unread)
    decision = unreadable(ledger.cluster, failures, now)
    alerts = [*unread_alerts(ledger)]
    if doubt := doubt_of(ledger):
        alerts.append(Alert.of(doubt.case, doubt.text))
    if renamed:
        alerts.append(renamed_alert(ledger.cluster, renamed))
        decision = msgspec.structs.replace(decision, reason=alerts[-1].text)
    decision, ledger = with_life(decision, ledger, alerts, judged=False)
    return refused_undecided(decision, ledger, commands)


def gone_of(ledger: Ledger, why: str, commands: Iterable[Command], now: datetime) -> tuple[Decision, Ledger]:
    """Return the decision on a cluster that has no group any more: what was told of it is over."""
    decision, ledger = with_life(Decision(ledger.cluster, now, "gone", why), ledger, ())
    return refused_undecided(decision, ledger, commands)


def renamed_alert(cluster: str, group: Group) -> Alert:
    """Return the alert about a cluster whose group has another role tag or another cluster tag now.

    Its hosts keep the name that they were launched with, so under a new one nobody reports.
    """
    wanted = {ROLE_TAG: Role.RDB, CLUSTER_TAG: cluster}
    wrong = {tag: group.tags.get(tag, "") for tag, value in wanted.items() if group.tags.get(tag) != value}
    shown = " and ".join(f"{tag}={cut(value, SHORT_BYTES)!r}" for tag, value in wrong.items())
    mended = " and ".join(f"{tag}={wanted[tag]}" for tag in wrong)
    text = (
        f"hosts of group {group.name} report for {cluster}, but the group is tagged {shown} now: nothing is "
        f"decided for {cluster}, no host is launched and none is released; set {mended} again"
    )
    return Alert.of("renamed", text, cause=shown)
