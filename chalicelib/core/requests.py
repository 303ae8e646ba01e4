"""Requests: what an operator asks of the API, resolved on the facts of now into a command, or refused.

The API decides the command dry at once; the reconcile decides it again.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from chalicelib.contract.report import Time
from chalicelib.core.commands.drains import drains_of
from chalicelib.core.commands.floors import end_of, lowered
from chalicelib.core.decide import Decided
from chalicelib.core.facts.states import waits_for_data
from chalicelib.core.facts.wake_ups import Asking, DrainRdbs, ReleaseRdb, SetFloor


class CapacityWish(msgspec.Struct, frozen=True):
    """The DesiredCapacity that an operator wants: `desired`, or a `change` of what it is. One of them.

    It is kept at least until a time; by default to the end of the session or the day.
    """

    desired: Annotated[int, Meta(ge=0)] | None = None
    change: int | None = None
    until: Time | None = None

    def __post_init__(self) -> None:
        if (self.desired is None) == (self.change is None):
            raise ValueError("desired: give either desired or change")
        if self.change == 0:
            raise ValueError("change: must not be 0, which asks for nothing")

    def floor(self, desired: int) -> int:
        """Return the wish as an absolute number, so that a retry of the message adds nothing."""
        return self.desired if self.desired is not None else desired + (self.change or 0)


class CapacityRefusal(msgspec.Struct, frozen=True):
    """A wish for capacity that cannot be met: every reason, and the numbers that it was judged by."""

    reasons: tuple[str, ...]
    numbers: Mapping[str, int]


def capacity_command(
    decided: Decided, wish: CapacityWish, asking: Asking
) -> SetFloor | DrainRdbs | CapacityRefusal:
    """Return the command that meets a wish for capacity: a floor, or standbys that drain.

    It must be within the group's bounds. DesiredCapacity is never written downward (rule 2): less than there
    is means that standbys drain, and leave once they are proven empty. A change is of the hosts that stay, as
    a floor is, or of a floor that stands, if that is higher: it is not met yet.
    """
    group, capacity = decided.facts.group, decided.commanded.capacity
    standing = decided.facts.ledger.floor
    stay = max(0, capacity.desired - capacity.draining)
    base = max(stay, standing.hosts if standing else 0)
    floor = wish.floor(base)
    numbers = {
        "desired": capacity.desired,
        "floor": floor,
        "with_room": capacity.with_room,
        "min_size": group.min_size,
        "max_size": group.max_size,
    }
    if not group.min_size <= floor <= group.max_size:
        return CapacityRefusal((_out_of_bounds(decided, wish, base),), numbers)
    surplus = stay - floor
    if surplus <= 0:
        return SetFloor(*asking, floor, wish.until or end_of(decided.facts))
    drains = drains_of(decided.facts.on(lowered(decided.facts.ledger, floor)))
    if len(drains.may) < surplus:
        reason = f"standbys that would have to drain: {surplus}; that may drain: {len(drains.may)}"
        numbers["drainable"] = len(drains.may)
        return CapacityRefusal((reason, *_said_once(drains.refused)), numbers)
    return DrainRdbs(*asking, drains.may[:surplus], floor)


def _out_of_bounds(decided: Decided, wish: CapacityWish, base: int) -> str:
    group, draining = decided.facts.group, decided.commanded.capacity.draining
    floor = wish.floor(base)
    if wish.change is None:
        return f"{floor} is not between MinSize {group.min_size} and MaxSize {group.max_size}"
    limit = f"MinSize is {group.min_size}" if floor < group.min_size else f"MaxSize is {group.max_size}"
    stay = f"{base} hosts" if base != 1 else "1 host"
    not_counted = f", not counting the {draining} that drain," if draining else ""
    change = f"{abs(wish.change)} {'more' if wish.change > 0 else 'fewer'}"
    return f"{stay}{not_counted} and {change} would be {floor}, but {limit}"


def _said_once(refused: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield what stands against every RDB, then the reasons against each, those who share them together."""
    everybody = list(refused.values())
    first = everybody[0] if len(everybody) > 1 else ()
    common = [reason for reason in first if all(reason in reasons for reasons in everybody)]
    yield from common
    sharing: dict[tuple[str, ...], list[str]] = {}
    for instance_id, reasons in refused.items():
        own = tuple(reason for reason in reasons if reason not in common)
        sharing.setdefault(own, []).append(instance_id)
    for own, instance_ids in sharing.items():
        if own:
            yield f"{', '.join(instance_ids)}: {'; '.join(own)}"


def release_command(decided: Decided, instance_id: str, asking: Asking) -> ReleaseRdb | DrainRdbs:
    """Return the command that lets one RDB go: a standby is asked to drain first.

    One host less is what operators want from now on: a floor of theirs is lowered by it (rule 1).
    """
    rdb = decided.facts.ledger.rdbs.get(instance_id)
    if rdb and waits_for_data(rdb.state):
        return DrainRdbs(*asking, (instance_id,), _one_less(decided))
    return ReleaseRdb(*asking, instance_id)


def _one_less(decided: Decided) -> int | None:
    """Return how many hosts there will be without one more; None where no floor stands."""
    if decided.facts.ledger.floor is None:
        return None
    capacity = decided.commanded.capacity
    return max(0, capacity.present - capacity.draining - 1)
