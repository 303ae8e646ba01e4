"""The capacity of a cluster: what counts, and which of it has room (rules 1, 2 and 5)."""

from collections.abc import Sized
from datetime import datetime

import msgspec

from chalicelib.core.capacity.missed import missed_since
from chalicelib.core.capacity.room import Room, room_of
from chalicelib.core.capacity.successor import successor_of
from chalicelib.core.facts.ledger import Asked, Ledger
from chalicelib.core.facts.rdb import WRITE_VISIBLE, Rdb
from chalicelib.core.facts.situation import Situation


class Capacity(msgspec.Struct, frozen=True):
    """The group's capacity as it counts for one decision. Computed once, then carried along.

    `desired` is DesiredCapacity, with our own writes of the last two minutes believed over Describe.
    `counted` are the RDBs that take a place of it and are not released, `rooms` says of each whether it has
    room; both by instance id. `unsure` is how much of `desired` only a raise that failed would bring.
    """

    desired: int
    counted: dict[str, Rdb]
    rooms: dict[str, Room]
    unsure: int = 0

    @property
    def owed(self) -> int:
        """Launches that AWS has yet to show; each is room however late (rule 5)."""
        return max(0, self.desired - len(self.counted))

    @property
    def surely_owed(self) -> int:
        """Launches that AWS owes whatever became of a raise that failed: these alone may be overdue."""
        return max(0, self.desired - self.unsure - len(self.counted))

    @property
    def with_room(self) -> int:
        """RDBs that have room, and the launches that are owed."""
        return sum(room.has for room in self.rooms.values()) + self.owed

    @property
    def present(self) -> int:
        """The larger of what is desired and what is there."""
        return max(self.desired, len(self.counted))

    @property
    def draining(self) -> int:
        """Those that are asked to drain: they leave once proven empty, unless it is withdrawn."""
        return sum(rdb.drain is not None for rdb in self.counted.values())

    def with_rdb(self, instance_id: str, rdb: Rdb, room: Room) -> "Capacity":
        """Return the capacity with one counted RDB changed."""
        counted, rooms = {**self.counted, instance_id: rdb}, {**self.rooms, instance_id: room}
        return msgspec.structs.replace(self, counted=counted, rooms=rooms)


def capacity_of(situation: Situation) -> Capacity:
    """Return the capacity that counts.

    An RDB that we released is left out at once, and one that Describe shows in service although it was
    Terminating before (folding.py): so old a look has its place in DesiredCapacity too. If Describe shows
    less than we asked for within two minutes, less our releases since, our number counts.
    """
    ledger, now = situation.ledger, situation.now
    serving = {i: rdb for i, rdb in sorted(ledger.rdbs.items()) if rdb.member and rdb.member.serves}
    counted = {i: rdb for i, rdb in serving.items() if not rdb.leaving(now)}
    desired = by_group = desired_shown(situation, counted)
    if ledger.asked and now - ledger.asked.at < WRITE_VISIBLE:
        desired = max(desired, ledger.asked.target - released_since(ledger, ledger.asked, now))
    rooms = {i: room_in(situation, rdb) for i, rdb in counted.items()}
    return Capacity(desired, counted, rooms, unsure=desired - by_group if ledger.raise_fails else 0)


def room_in(situation: Situation, rdb: Rdb) -> Room:
    """Return whether one counted RDB has room: one for which updates wait has none.

    It may return, and is room else (rule 5); but it does not take what waits for one that is live. Nor does
    one that says on that it is live, while another took over.
    """
    if successor := successor_of(rdb, situation):
        return Room(False, f"{rdb.state} since {rdb.live_since:%FT%TZ}, and {successor} since later")
    if missed_since(rdb, situation) is None:
        return room_of(rdb, situation.settings, situation.now)
    says = f"unknown since {rdb.unanswered.since:%FT%TZ}" if rdb.unanswered else f"{rdb.state}"
    return Room(False, f"{says}, and updates wait since {situation.waits_since:%FT%TZ}")


def desired_shown(situation: Situation, counted: Sized) -> int:
    """Return the DesiredCapacity that Describe shows, without the places of those who leave."""
    serving = sum(member.serves for member in situation.group.members.values())
    return max(0, situation.group.desired - (serving - len(counted)))


def released_since(ledger: Ledger, asked: Asked, now: datetime) -> int:
    """Return how many places were given up since we wrote a DesiredCapacity.

    An intent to release that came to nothing gives up none; carried out later it is a new one.
    """
    return sum(rdb.leaving(now) and rdb.released_in >= asked.version for rdb in ledger.rdbs.values())
