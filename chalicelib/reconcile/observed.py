"""One look at AWS: the group of a cluster, with what came with its ledger."""

import msgspec

from chalicelib.core.facts.calendar import NO_CALENDAR, KeptCalendar
from chalicelib.core.facts.errors import UnknownCluster
from chalicelib.core.facts.group import Group


class Observed(msgspec.Struct, frozen=True):
    """One look at AWS: the groups with the cluster's tags, and failures.

    There should be one group; there is none only where AWS did not show them, or where the tags of the group
    that the ledger knows are no more the cluster's: `renamed` is that group. `unknown` is set where
    there is none at all, and alerts of it are not over yet. `calendar` came with the ledger.
    """

    groups: tuple[Group, ...] = ()
    failures: tuple[str, ...] = ()
    renamed: Group | None = None
    unknown: UnknownCluster | None = None
    calendar: KeptCalendar = NO_CALENDAR

    @property
    def members(self) -> tuple[str, ...]:
        """The instances of its groups."""
        return tuple(instance_id for group in self.groups for instance_id in group.members)
