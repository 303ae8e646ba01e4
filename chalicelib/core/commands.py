"""Operators' requests folded into the ledger: holds, and the wish that standbys should drain."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.contract.report import State
from chalicelib.core.capacity import Capacity, capacity_of
from chalicelib.core.ledger import DrainAsked, Group, Hold, Ledger
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.wake_ups import Command, DrainRdbs, LiftHold, SetHold


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something not done: capacity, a drain, a hold or the release of an instance; with every reason.
    `command_id` is that of the operator's request, if one asked for it."""

    what: str
    reasons: tuple[str, ...]
    command_id: str = ""


def with_requests(
    ledger: Ledger, group: Group, settings: ClusterSettings, commands: Iterable[Command], now: datetime
) -> tuple[Ledger, tuple[Refusal, ...]]:
    """The ledger with the holds and drains that are asked for, and what was refused."""
    refused: list[Refusal] = []
    for command in commands:
        if isinstance(command, SetHold):
            hold = Hold(command.reason, command.requested_by, now)
            ledger, ignored = _with_hold(ledger, command, hold)
        elif isinstance(command, LiftHold):
            ledger, ignored = _with_hold(ledger, command, None)
        elif isinstance(command, DrainRdbs):
            ledger, ignored = _with_drains(ledger, group, settings, command, now)
        else:
            continue
        refused += ignored
    return ledger, tuple(refused)


def withdrawn(ledger: Ledger, group: Group, settings: ClusterSettings, now: datetime) -> Ledger:
    """The ledger without the newest drain requests, as far as demand has returned before they were met."""
    while capacity_of(ledger, group, settings, now).room < settings.wanted_room:
        asked = [
            (rdb.drain.at, instance_id)
            for instance_id, rdb in ledger.rdbs.items()
            if rdb.drain and not rdb.drained and rdb.member and rdb.member.in_service
        ]
        if not asked:
            break
        ledger = _with_drain(ledger, max(asked)[1], None)
    return ledger


def drainable(ledger: Ledger, group: Group, settings: ClusterSettings, now: datetime) -> tuple[str, ...]:
    """The standbys that may be asked to drain together, the newest first, so that enough room is left."""
    found: list[str] = []
    newest = sorted(ledger.rdbs, key=lambda instance_id: ledger.rdbs[instance_id].first_seen, reverse=True)
    for instance_id in newest:
        capacity = capacity_of(ledger, group, settings, now)
        if not against_drain(ledger, capacity, settings.wanted_room, instance_id):
            found.append(instance_id)
            ledger = _with_drain(ledger, instance_id, DrainAsked("", now))
    return tuple(found)


def against_drain(ledger: Ledger, capacity: Capacity, wanted: int, instance_id: str) -> tuple[str, ...]:
    """Every reason against asking an RDB to drain: only a standby that is not needed as room may be asked."""
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
    if capacity.room - room.has < wanted:
        reasons.append(f"{capacity.room} with room, {wanted} wanted: nobody would be left")
    return tuple(reasons)


def _with_drains(
    ledger: Ledger, group: Group, settings: ClusterSettings, command: DrainRdbs, now: datetime
) -> tuple[Ledger, list[Refusal]]:
    refused = []
    for instance_id in command.instance_ids:
        capacity = capacity_of(ledger, group, settings, now)
        if reasons := against_drain(ledger, capacity, settings.wanted_room, instance_id):
            refused.append(Refusal(f"drain of {instance_id}", reasons, command.command_id))
        else:
            ledger = _with_drain(ledger, instance_id, DrainAsked(command.requested_by, now))
    return ledger, refused


def _with_drain(ledger: Ledger, instance_id: str, drain: DrainAsked | None) -> Ledger:
    rdb = msgspec.structs.replace(ledger.rdbs[instance_id], drain=drain)
    return msgspec.structs.replace(ledger, rdbs={**ledger.rdbs, instance_id: rdb})


def _with_hold(
    ledger: Ledger, command: SetHold | LiftHold, hold: Hold | None
) -> tuple[Ledger, list[Refusal]]:
    instance_id = command.instance_id
    if instance_id is None:
        return msgspec.structs.replace(ledger, hold=hold), []
    if instance_id not in ledger.rdbs:
        return ledger, [Refusal(f"hold of {instance_id}", ("not in this group",), command.command_id)]
    rdb = msgspec.structs.replace(ledger.rdbs[instance_id], hold=hold)
    return msgspec.structs.replace(ledger, rdbs={**ledger.rdbs, instance_id: rdb}), []
