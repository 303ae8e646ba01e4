"""Headroom: how much data the RDBs that are there can still take, and how many of them an amount needs."""

from math import ceil

import msgspec

from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.facts.learning import total_of
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.situation import Situation

# A host counts for so many points at least: an idle one that reads as nearly full has an alert of its own.
LEAST_POINTS = 10.0


class Headroom(msgspec.Struct, frozen=True):
    """Bytes that fit below the roll threshold.

    `filling` is in RDBs that are no room any more, since they are above a scale threshold, `with_room` has
    each of those with room, the fullest first, and the launches that AWS owes, `fresh` is that of a new host.
    """

    filling: float
    with_room: tuple[float, ...]
    fresh: float

    @property
    def free(self) -> float:
        """All that fits into the RDBs that are there or owed."""
        return self.filling + sum(self.with_room)

    def hosts_for(self, amount: float) -> int:
        """Return how many RDBs with room it takes to have an amount; more than there are are new hosts."""
        left = amount - self.filling
        for count, free in enumerate(self.with_room):
            if left <= 0:
                return count
            left -= free
        return len(self.with_room) + max(0, ceil(left / self.fresh))


def headroom_of(situation: Situation, capacity: Capacity) -> Headroom:
    """Return the headroom of a cluster."""
    learned, roll = situation.ledger.learned, situation.settings.roll_threshold
    fresh = max(LEAST_POINTS, roll - learned.idle_percent) / 100 * learned.host_bytes
    filling, with_room = 0.0, [fresh] * capacity.owed
    for instance_id, rdb in capacity.counted.items():
        room = capacity.rooms[instance_id]
        if room.has:
            with_room.append(_free(rdb, situation))
        elif room.fills:
            filling += _free(rdb, situation)
    return Headroom(filling, tuple(sorted(with_room)), fresh)


def _free(rdb: Rdb, situation: Situation) -> float:
    """Return what fits into one RDB; one that was not read yet has an idle host's."""
    learned = situation.ledger.learned
    percent = rdb.reading.percent if rdb.reading else learned.idle_percent
    points = max(0.0, situation.settings.roll_threshold - percent)
    return points / 100 * total_of(rdb, learned.host_bytes)
