"""Every group that has our tags, with the ledgers of the clusters that they name: where a sweep begins."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby

import msgspec

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.clients import Unreadable
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.core.account import former_cluster, is_known_to, misnamed_of, was_known_to
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.wake_ups import ACCOUNT


class Tagged(msgspec.Struct, frozen=True):
    """The groups of clusters, in the order of their names, and what else has our tags.

    `renamed` are groups that another cluster's ledger knows as its own, or as the one before that, or may
    know, by that cluster; `gone` are the clusters without a group whose alerts are not over yet; the
    `misnamed` are no cluster's. There are no groups where `failure` says why AWS does not show them.
    """

    ledgers: Mapping[str, Ledger | Unreadable]
    groups: tuple[Group, ...] = ()
    renamed: Mapping[str, Group] = {}
    gone: tuple[str, ...] = ()
    misnamed: tuple[Group, ...] = ()
    failure: Unreadable | None = None

    @classmethod
    def read(cls, groups: Groups, ledgers: Ledgers, now: datetime) -> "Tagged":
        """Return what AWS shows, in a few calls. Raises Unreadable where the ledgers cannot be read."""
        try:
            shown = groups.all()
        except Unreadable as error:
            return cls(ledgers.read_many((), whole=[ACCOUNT]), failure=error)
        named = sorted((group for group in shown if group.is_rdb and group.is_named), key=_cluster)
        clusters = {group.cluster for group in named}
        former = {cluster: group for group in shown if (cluster := former_cluster(group))}
        known = ledgers.read_many([*clusters, *former], whole=[ACCOUNT])
        renamed = {
            cluster: group
            for cluster, group in sorted(former.items())
            if cluster not in clusters and was_known_to(group, known[cluster], now)
        }
        misnamed = tuple(group for group in misnamed_of(shown) if group not in renamed.values())
        others = [group for cluster, group in renamed.items() if is_known_to(group, known[cluster])]
        own = tuple(group for group in named if group not in others)
        account = known[ACCOUNT]
        telling = account.telling if isinstance(account, Ledger) else ()
        gone = sorted({*telling} - {group.cluster for group in own} - {*renamed})
        if gone:
            known |= ledgers.read_many(gone)
        return cls(known, own, renamed, tuple(gone), misnamed)

    @property
    def account(self) -> Ledger:
        """The ledger of the account. Raises Unreadable."""
        match self.ledgers[ACCOUNT]:
            case Unreadable() as error:
                raise error
            case known:
                return known

    def by_cluster(self) -> Iterator[tuple[str, tuple[Group, ...]]]:
        """Yield each cluster with its groups, of which there should be one."""
        for cluster, groups in groupby(self.groups, key=_cluster):
            yield cluster, tuple(groups)


def _cluster(group: Group) -> str:
    return group.cluster
