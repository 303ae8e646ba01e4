"""How much capacity there is and what DesiredCapacity should be (rules 1, 2, 4 and 5)."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.contract.report import State
from chalicelib.core.ledger import WRITE_VISIBLE, Asked, Group, Ledger, Rdb
from chalicelib.core.room import Room, room_of
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.wake_ups import RaiseTo

RAISE_WAITS = timedelta(minutes=5)


class Capacity(msgspec.Struct, frozen=True):
    """The group's capacity as it counts for a decision; `counted` by instance id."""

    desired: int
    counted: dict[str, Rdb]
    rooms: dict[str, Room]

    @property
    def room(self) -> int:
        """RDBs with room, and those that AWS has yet to show: a launch that is owed is room however late."""
        owed = max(0, self.desired - len(self.counted))
        return sum(room.has for room in self.rooms.values()) + owed


class Target(msgspec.Struct, frozen=True):
    """The DesiredCapacity to write, or None; `code` names the case and `reason` says it with the numbers."""

    desired: int | None
    code: str
    reason: str


def capacity_of(ledger: Ledger, group: Group, settings: ClusterSettings, now: datetime) -> Capacity:
    """Desired and counted instances, with our own writes of the last two minutes believed over Describe.

    An RDB that we released counts neither as a member nor in desired while Describe still shows it; what we
    asked for, less the releases since, replaces a desired capacity that is lower.
    """
    shown = {
        i: rdb
        for i, rdb in sorted(ledger.rdbs.items())
        if rdb.member and (rdb.member.pending or rdb.member.in_service)
    }
    counted = {i: rdb for i, rdb in shown.items() if not rdb.leaving(now)}
    desired = group.desired - (len(shown) - len(counted))
    if ledger.asked and now - ledger.asked.at < WRITE_VISIBLE:
        desired = max(desired, ledger.asked.target - _released_since(ledger, ledger.asked))
    rooms = {i: room_of(rdb, settings, now) for i, rdb in counted.items()}
    return Capacity(max(0, desired), counted, rooms)


def target_of(
    ledger: Ledger,
    group: Group,
    settings: ClusterSettings,
    capacity: Capacity,
    floors: list[RaiseTo],
    now: datetime,
) -> Target:
    """What DesiredCapacity should be: never lower than it is, whatever the facts.

    A desired capacity below the instances that are there was lowered by someone else: while all of them are
    protected AWS waits, and ends the first that is not. It is raised back.
    """
    present = max(capacity.desired, len(capacity.counted))
    floor = max((request.floor for request in floors), default=0)
    wanted = settings.wanted_room
    needed, code, why = present, "room", f"{capacity.room} with room, {wanted} wanted"
    if capacity.room < wanted:
        code, why = _why_not_raised(ledger, capacity, settings, now)
        if not code:
            needed = present + wanted - capacity.room
            why = f"no room in {len(capacity.counted)} counted, {wanted} wanted"
    if floor > needed:
        needed, why = floor, f"{', '.join(request.requested_by for request in floors)} asked for {floor}"
    elif needed == present > capacity.desired:
        why = f"desired {capacity.desired} was lowered below the {present} instances that are there; {why}"
    target = min(group.max_size, needed)
    if target > max(capacity.desired, group.desired):
        return Target(target, "raise", f"{why}: desired {capacity.desired} to {target}")
    if needed > max(group.max_size, capacity.desired):
        return Target(None, "max-size", f"{why}, but MaxSize is {group.max_size}")
    if needed > capacity.desired:
        return Target(None, "waiting", f"{why}, but a release is not yet visible in the group")
    return Target(None, code, why)


def _why_not_raised(
    ledger: Ledger, capacity: Capacity, settings: ClusterSettings, now: datetime
) -> tuple[str, str]:
    """The code and the reason for not raising although nobody has room; empty when there is none."""
    if idle := _idle_above_scale(capacity, settings):
        return "configuration", idle
    if waiting := _stale_full_reading(ledger, capacity, settings, now):
        return "waiting", waiting
    return "", ""


def _idle_above_scale(capacity: Capacity, settings: ClusterSettings) -> str | None:
    """A scale threshold that an idle host exceeds would run away to MaxSize. Both its report and its
    metric must say so: one forged word may not suppress a raise."""
    for instance_id, rdb in capacity.counted.items():
        waiting = rdb.state is State.STANDBY and rdb.report is not None and rdb.report.last_index is None
        if waiting and rdb.idle is not None and rdb.idle >= settings.scale_threshold:
            return (
                f"tag highwater:scale-threshold: {settings.scale_threshold:g} % is at or below the memory of "
                f"an idle host ({instance_id}: {rdb.idle:.1f} %)"
            )
    return None


def _stale_full_reading(
    ledger: Ledger, capacity: Capacity, settings: ClusterSettings, now: datetime
) -> str | None:
    """At end of day a standby's `drained` overtakes the live one's "emptied": wait for a newer reading."""
    firsts = {i: rdb.first_drained_at for i, rdb in ledger.rdbs.items() if rdb.first_drained_at}
    for instance_id, rdb in capacity.counted.items():
        latest = max((at for i, at in firsts.items() if i != instance_id), default=None)
        if latest is None or rdb.drained or rdb.reading is None or not (rdb.member and rdb.member.in_service):
            continue
        full = rdb.reading.percent >= settings.scale_threshold
        # CloudWatch stamps a metric with the start of its minute: at equality nobody knows which was first.
        if full and rdb.reading.at <= latest and now - latest < RAISE_WAITS:
            return (
                f"{instance_id} was read before another drained at {latest:%FT%TZ}: waiting for a newer one"
            )
    return None


def _released_since(ledger: Ledger, asked: Asked) -> int:
    return sum(
        rdb.released_at is not None and rdb.released_in >= asked.version for rdb in ledger.rdbs.values()
    )
