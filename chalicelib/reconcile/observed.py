"""One look at AWS: the group of a cluster, and what CloudWatch has of its members."""

import msgspec

from chalicelib.adapters.cloudwatch import Seen
from chalicelib.core.facts.calendar import NO_CALENDAR, KeptCalendar
from chalicelib.core.facts.errors import UnknownCluster
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.rdb import Samples


class Observed(msgspec.Struct, frozen=True):
    """One look at AWS: the groups with the cluster's tags, samples by instance id, failures.

    There should be one group; there is none only where AWS did not show them, or where the tags of the group
    that the ledger knows are no more the cluster's: `renamed` is that group. `unknown` is set where
    there is none at all, and alerts of it are not over yet. `calendar` came with the ledger.
    """

    groups: tuple[Group, ...] = ()
    samples: dict[str, Samples] = {}
    failures: tuple[str, ...] = ()
    renamed: Group | None = None
    unknown: UnknownCluster | None = None
    calendar: KeptCalendar = NO_CALENDAR

    @classmethod
    def of(cls, groups: tuple[Group, ...], seen: Seen, calendar: KeptCalendar) -> "Observed":
        """Return the look at one cluster's groups, with what CloudWatch answered about their members."""
        members = [instance_id for group in groups for instance_id in group.members]
        failure = seen.failure_of(members)
        return cls(groups, seen.samples, (failure,) if failure else (), calendar=calendar)
