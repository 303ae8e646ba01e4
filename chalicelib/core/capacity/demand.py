"""Demand: how many RDBs with room there should be, and why (rule 1)."""

import msgspec

from chalicelib.core.capacity.capacity import Capacity
from chalicelib.core.facts.situation import Situation


class Demand(msgspec.Struct, frozen=True):
    """The number of RDBs with room that there should be, and the sentence that says why.

    `at_once` is false where the demand rests on readings, which a newer one may contradict (rule 4).
    """

    count: int
    why: str
    at_once: bool = False

    def missing(self, capacity: Capacity) -> int:
        """Return how many more RDBs with room are wanted than count."""
        return max(0, self.count - capacity.with_room)


def demand_of(situation: Situation, capacity: Capacity) -> Demand:
    """Return the largest demand; of two that are alike the one that need not wait."""
    return max(_demands(situation, capacity), key=lambda demand: (demand.count, demand.at_once))


def lacks_host(situation: Situation, capacity: Capacity) -> bool:
    """Return whether fewer RDBs have room than there should be, without the launches that AWS owes.

    What an operator asks for counts for one decision alone, and is no lasting lack.
    """
    standing = max(demand.count for demand in _demands(situation, capacity) if not demand.at_once)
    return sum(room.has for room in capacity.rooms.values()) < standing


def _demands(situation: Situation, capacity: Capacity) -> tuple[Demand, ...]:
    return _standby(situation, capacity), _floor(situation, capacity)


def _standby(situation: Situation, capacity: Capacity) -> Demand:
    count = situation.settings.standbys
    if capacity.with_room < count:
        return Demand(count, f"no room in {len(capacity.counted)} counted, {count} wanted")
    return Demand(count, f"{capacity.with_room} with room, {count} wanted")


def _floor(situation: Situation, capacity: Capacity) -> Demand:
    """Turn the highest floor into RDBs with room: those there are, and the hosts that it adds."""
    floor = max((request.floor for request in situation.floors), default=0)
    if floor <= capacity.present:
        return Demand(0, "")
    who = ", ".join(request.requested_by for request in situation.floors)
    return Demand(capacity.with_room + floor - capacity.present, f"{who} asked for {floor}", at_once=True)
