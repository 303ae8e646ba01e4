"""Operators' commands: applied to the situation, or refused with the reasons."""

from collections.abc import Iterable
from typing import assert_never

import msgspec

from chalicelib.contract.report import State
from chalicelib.core.capacity import Capacity, capacity_of
from chalicelib.core.demand import demand_of
from chalicelib.core.ledger import DrainAsked, Hold, Ledger
from chalicelib.core.room import room_of
from chalicelib.core.situation import Situation
from chalicelib.core.wake_ups import Command, DrainRdbs, LiftHold, ReleaseRdb, SetFloor, SetHold


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request that is not met, or capacity that cannot be had, with every reason.

    `what` names it: capacity, a drain, a hold, or the instance that is not released. `command_id` is that of
    the operator's request, if one asked for it.
    """

    what: str
    reasons: tuple[str, ...]
    command_id: str = ""


class Requested(msgspec.Struct, frozen=True):
    """The situation with the holds, drains and floors of some commands, and its capacity.

    `releases` has the command id by the id of the instance that should be released.
    """

    situation: Situation
    capacity: Capacity
    releases: dict[str, str] = {}
    refused: tuple[Refusal, ...] = ()

    def and_refused(self, refusal: Refusal) -> "Requested":
        """Return the same with one more refusal."""
        return msgspec.structs.replace(self, refused=(*self.refused, refusal))

    def on(self, ledger: Ledger) -> "Requested":
        """Return the same on another ledger."""
        return msgspec.structs.replace(self, situation=self.situation.on(ledger))


def with_commands(requested: Requested, commands: Iterable[Command]) -> Requested:
    """Return the situation after the commands, in their order. None of them was carried out before."""
    for command in commands:
        requested = _with_command(requested, command)
    return requested


def _with_command(requested: Requested, command: Command) -> Requested:
    situation = requested.situation
    match command:
        case SetFloor():
            return _with_floor(requested, command)
        case ReleaseRdb():
            releases = {**requested.releases, command.instance_id: command.command_id}
            return msgspec.structs.replace(requested, releases=releases)
        case DrainRdbs():
            return _with_drains(requested, command)
        case SetHold():
            return _with_hold(requested, command, Hold(command.reason, command.requested_by, situation.now))
        case LiftHold():
            return _with_hold(requested, command, None)
        case _:
            assert_never(command)


def _with_floor(requested: Requested, command: SetFloor) -> Requested:
    situation = requested.situation
    if command.floor > situation.group.max_size:
        reason = (
            f"{command.requested_by} asked for {command.floor}, but MaxSize is {situation.group.max_size}"
        )
        return requested.and_refused(Refusal("capacity", (reason,), command.command_id))
    situation = msgspec.structs.replace(situation, floors=(*situation.floors, command))
    return msgspec.structs.replace(requested, situation=situation)


def _with_drains(requested: Requested, command: DrainRdbs) -> Requested:
    for instance_id in command.instance_ids:
        if reasons := against_drain(requested, instance_id):
            refusal = Refusal(f"drain of {instance_id}", reasons, command.command_id)
            requested = requested.and_refused(refusal)
        else:
            request = DrainAsked(command.requested_by, requested.situation.now)
            requested = _with_drain(requested, instance_id, request)
    return requested


def _with_hold(requested: Requested, command: SetHold | LiftHold, hold: Hold | None) -> Requested:
    ledger, instance_id = requested.situation.ledger, command.instance_id
    if instance_id is None:
        return requested.on(msgspec.structs.replace(ledger, hold=hold))
    if instance_id not in ledger.rdbs:
        refusal = Refusal(f"hold of {instance_id}", ("not in this group",), command.command_id)
        return requested.and_refused(refusal)
    return requested.on(ledger.with_rdb(instance_id, hold=hold))


def withdrawn(requested: Requested) -> Requested:
    """Return it without the newest drain requests, as far as demand has returned before they were met.

    A floor counts too, as it stands with the requests: what it adds is not to leave again with a drained one.
    """
    demand = demand_of(requested.situation, requested.capacity)
    asked = sorted(
        (rdb.drain.at, instance_id)
        for instance_id, rdb in requested.situation.ledger.rdbs.items()
        if rdb.drain and not rdb.drained and rdb.member and rdb.member.in_service
    )
    while asked and requested.capacity.with_room < demand.count:
        requested = _with_drain(requested, asked.pop()[1], None)
    return requested


def drainable(situation: Situation) -> tuple[str, ...]:
    """Return the standbys that may be asked to drain together, the newest first; enough room is left."""
    found: list[str] = []
    rdbs = situation.ledger.rdbs
    requested = Requested(situation, capacity_of(situation))
    for instance_id in sorted(rdbs, key=lambda instance_id: rdbs[instance_id].first_seen, reverse=True):
        if not against_drain(requested, instance_id):
            found.append(instance_id)
            request = DrainAsked("", situation.now)
            requested = _with_drain(requested, instance_id, request)
    return tuple(found)


def against_drain(requested: Requested, instance_id: str) -> tuple[str, ...]:
    """Return every reason against asking an RDB to drain: only a standby that is not needed may be asked."""
    ledger, capacity = requested.situation.ledger, requested.capacity
    rdb, room = ledger.rdbs.get(instance_id), capacity.rooms.get(instance_id)
    if rdb is None or room is None:
        return ("not in this group",)
    reasons = [
        f"the {what} is {hold}" for what, hold in (("cluster", ledger.hold), ("RDB", rdb.hold)) if hold
    ]
    if rdb.drain:
        reasons.append(f"asked to drain already, by {rdb.drain.by} at {rdb.drain.at:%FT%TZ}")
    if rdb.state is not State.STANDBY:
        reasons.append(f"not standby but {rdb.state or 'never heard of'}")
    demand = demand_of(requested.situation, capacity)
    if capacity.with_room - room.has < demand.count:
        reasons.append(f"{demand.why}: too few would be left")
    return tuple(reasons)


def _with_drain(requested: Requested, instance_id: str, request: DrainAsked | None) -> Requested:
    """A request to drain changes the room of this one RDB alone, so the capacity is not computed again."""
    situation, capacity = requested.situation, requested.capacity
    ledger = situation.ledger.with_rdb(instance_id, drain=request)
    rdb = ledger.rdbs[instance_id]
    if instance_id in capacity.counted:
        capacity = capacity.with_rdb(instance_id, rdb, room_of(rdb, situation.settings, situation.now))
    return msgspec.structs.replace(requested, situation=situation.on(ledger), capacity=capacity)
