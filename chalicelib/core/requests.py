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
        limits = f"MinSize {group.min_size} and MaxSize {group.max_size}"
        wished = f"{floor}"
        if wish.change is not None:
            draining = f", the {capacity.draining} that drain not counted," if capacity.draining else ""
            wished = f"{base}{draining} with a change of {wish.change:+d} is {floor}, which"
        return CapacityRefusal((f"{wished} is not between {limits}",), numbers)
    surplus = stay - floor
    if surplus <= 0:
        return SetFloor(*asking, floor, wish.until or end_of(decided.facts))
    drains = drains_of(decided.facts.on(lowered(decided.facts.ledger, floor)))
    if len(drains.may) < surplus:
        reason = f"standbys that would have to drain: {surplus}; that may drain: {len(drains.may)}"
        numbers["drainable"] = len(drains.may)
        return CapacityRefusal((reason, *_said_once(drains.refused)), numbers)
    return DrainRdbs(*asking, drains.may[:surplus], floor)


def _said_once(refused: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the reasons against each RDB, those who share them together."""
    sharing: dict[tuple[str, ...], list[str]] = {}
    for instance_id, reasons in refused.items():
        sharing.setdefault(reasons, []).append(instance_id)
    for reasons, instance_ids in sharing.items():
        yield f"{', '.join(instance_ids)}: {'; '.join(reasons)}"


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
