"""Operators' commands: applied to the situation, or refused with the reasons."""

from collections.abc import Iterable
from typing import assert_never

import msgspec

from chalicelib.core.commanded import Commanded
from chalicelib.core.drains import against_drain
from chalicelib.core.rdb import DrainAsked, Hold
from chalicelib.core.refusal import Refusal
from chalicelib.core.wake_ups import Command, DrainRdbs, LiftHold, ReleaseRdb, SetFloor, SetHold


def with_commands(commanded: Commanded, commands: Iterable[Command]) -> Commanded:
    """Return the situation after the commands, in their order. None of them was carried out before."""
    for command in commands:
        commanded = _with_command(commanded, command)
    return commanded


def _with_command(commanded: Commanded, command: Command) -> Commanded:
    situation = commanded.situation
    match command:
        case SetFloor():
            return _with_floor(commanded, command)
        case ReleaseRdb():
            releases = {**commanded.releases, command.instance_id: command.command_id}
            return msgspec.structs.replace(commanded, releases=releases)
        case DrainRdbs():
            return _with_drains(commanded, command)
        case SetHold():
            return _with_hold(commanded, command, Hold(command.reason, command.requested_by, situation.now))
        case LiftHold():
            return _with_hold(commanded, command, None)
        case _:
            assert_never(command)


def _with_floor(commanded: Commanded, command: SetFloor) -> Commanded:
    situation = commanded.situation
    if command.floor > situation.group.max_size:
        reason = (
            f"{command.requested_by} asked for {command.floor}, but MaxSize is {situation.group.max_size}"
        )
        return commanded.and_refused(Refusal("capacity", (reason,), command.command_id))
    situation = msgspec.structs.replace(situation, floors=(*situation.floors, command))
    return msgspec.structs.replace(commanded, situation=situation)


def _with_drains(commanded: Commanded, command: DrainRdbs) -> Commanded:
    for instance_id in command.instance_ids:
        if reasons := against_drain(commanded, instance_id):
            refusal = Refusal(f"drain of {instance_id}", reasons, command.command_id)
            commanded = commanded.and_refused(refusal)
        else:
            request = DrainAsked(command.requested_by, commanded.situation.now)
            commanded = commanded.with_drain(instance_id, request)
    return commanded


def _with_hold(commanded: Commanded, command: SetHold | LiftHold, hold: Hold | None) -> Commanded:
    ledger, instance_id = commanded.situation.ledger, command.instance_id
    if instance_id is None:
        return commanded.on(msgspec.structs.replace(ledger, hold=hold))
    if instance_id not in ledger.rdbs:
        refusal = Refusal(f"hold of {instance_id}", ("not in this group",), command.command_id)
        return commanded.and_refused(refusal)
    return commanded.on(ledger.with_rdb(instance_id, hold=hold))
