"""The zone to launch in and the member to terminate: the spread over zones, the termination policies."""

from collections.abc import Callable, Iterable
from datetime import datetime
from random import Random

from twin.autoscaling.model import COUNTED_STATES, Group, Instance

Narrowing = Callable[[Group, list[Instance], datetime], list[Instance]]


def per_zone(group: Group, leaving: Iterable[Instance] = ()) -> dict[str, int]:
    """Count members by zone: those of the group's subnets first, even if empty, sorted by name."""
    counts = dict.fromkeys(sorted({zone.name for zone in group.subnets.values()}), 0)
    gone = {instance.id for instance in leaving}
    for member in group.members.values():
        if member.state in COUNTED_STATES and member.id not in gone:
            counts[member.zone.name] = counts.get(member.zone.name, 0) + 1
    return counts


def enabled(group: Group) -> set[str]:
    """Return the names of the zones of the group's subnets."""
    return {zone.name for zone in group.subnets.values()}


def emptiest_first(group: Group) -> list[str]:
    """Return the group's zones, the one with the fewest members first.

    User Guide, "Instance distribution".
    """
    counts = per_zone(group)
    return sorted(enabled(group), key=lambda zone: (counts[zone], zone))


def uneven(group: Group) -> bool:
    """Report members in a zone that the group no longer uses, or zones that differ by more than one."""
    zones = enabled(group)
    counts = per_zone(group)
    if len(counts) > len(zones):
        return True
    return max(counts.values()) - min(counts.values()) > 1


def choose_subnet(group: Group, zone: str, random: Random) -> str:
    """Return a subnet of the zone, one of several at random (User Guide, "Instance distribution")."""
    subnets = [subnet for subnet, place in group.subnets.items() if place.name == zone]
    return subnets[0] if len(subnets) == 1 else random.choice(subnets)


def candidates(
    group: Group, leaving: Iterable[Instance] = (), *, fullest_only: bool = False
) -> list[Instance]:
    """Return whom a scale-in may terminate: unprotected, in the zone with the most members.

    A zone whose members are all protected is passed over, unless `fullest_only`: then (for rebalancing)
    they are spared and nobody is terminated instead.
    """
    leaving = list(leaving)
    free = [
        member
        for member in group.members.values()
        if member.state in COUNTED_STATES and not member.spared and member not in leaving
    ]
    if len(group.subnets) == 1 and not fullest_only:
        return free
    zones, counts = enabled(group), per_zone(group, leaving)

    def rank(zone: str) -> tuple[bool, int]:
        return zone not in zones, counts[zone]

    eligible = counts if fullest_only else {member.zone.name for member in free}
    top = max((rank(zone) for zone in eligible), default=None)
    return [member for member in free if rank(member.zone.name) == top]


def victim(group: Group, choice: list[Instance], at: datetime, random: Random) -> Instance:
    """Return the one of a choice that the termination policies leave, in their order.

    Chance decides between equals.
    """
    for policy in group.policies:
        choice = POLICIES[policy](group, choice, at)
    return choice[0] if len(choice) == 1 else random.choice(choice)


def _oldest(_group: Group, choice: list[Instance], _at: datetime) -> list[Instance]:
    first = min(member.launched_at for member in choice)
    return [member for member in choice if member.launched_at == first]


def _default(group: Group, choice: list[Instance], at: datetime) -> list[Instance]:
    """Prefer another launch template than the group's, then its oldest version, then the billing hour.

    The closest to the next one goes (User Guide, "How the default termination policy works").
    """
    choice = [member for member in choice if member.template.id != group.template.id] or choice
    oldest = min(int(member.template.version) for member in choice)
    choice = [member for member in choice if int(member.template.version) == oldest]

    def into_the_hour(member: Instance) -> int:
        return (at - member.launched_at).seconds % 3600

    latest = max(into_the_hour(member) for member in choice)
    return [member for member in choice if into_the_hour(member) == latest]


POLICIES: dict[str, Narrowing] = {"Default": _default, "OldestInstance": _oldest}
