"""Operators' commands: applied to the situation, or refused with the reasons."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from chalicelib.core.commands.calendars import against_calendar, replaced_calendar
from chalicelib.core.commands.commanded import Commanded
from chalicelib.core.commands.drains import against_drain
from chalicelib.core.commands.floors import against_capacity, lowered, replaced_floor, with_floor
from chalicelib.core.commands.holds import against_hold, replaced_hold, with_hold
from chalicelib.core.facts.calendar import NO_CALENDAR, KeptCalendar
from chalicelib.core.facts.rdb import DrainAsked
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.wake_ups import (
    Asking,
    Command,
    DrainRdbs,
    LiftHold,
    ReleaseRdb,
    RemoveCalendar,
    SetCalendar,
    SetFloor,
    SetHold,
)

COMMAND_MINUTES = 15


def too_old(asked_at: datetime, now: datetime) -> bool:
    """Return whether a command comes too late to be obeyed (rule 9)."""
    return now - asked_at > timedelta(minutes=COMMAND_MINUTES)


def with_commands(commanded: Commanded, commands: Iterable[Command]) -> Commanded:
    """Return the situation after the commands, in their order. None of them was carried out before."""
    for command in commands:
        commanded = _with_command(commanded, command)
    return commanded


def _with_command(commanded: Commanded, command: Command) -> Commanded:
    if too_old(command.at, commanded.situation.now):
        reason = f"asked for at {command.at:%FT%TZ}, more than {COMMAND_MINUTES} minutes ago"
        return commanded.and_refused(Refusal("too-old", (reason,), command.command_id))
    match command:
        case SetFloor():
            return _with_floor(commanded, command)
        case ReleaseRdb():
            asked_for = (*commanded.releases.get(command.instance_id, ()), command.command_id)
            releases = {**commanded.releases, command.instance_id: asked_for}
            return msgspec.structs.replace(commanded, releases=releases)
        case DrainRdbs():
            return _with_drains(commanded, command)
        case SetHold() | LiftHold():
            return _with_hold(commanded, command)
        case SetCalendar() | RemoveCalendar():
            return _with_calendar(commanded, command)
        case _:
            assert_never(command)


def _with_floor(commanded: Commanded, command: SetFloor) -> Commanded:
    situation = commanded.situation
    if reasons := against_capacity(situation.ledger, command):
        return commanded.and_refused(Refusal("capacity", reasons, command.command_id))
    if command.until and command.until <= situation.now:
        reason = f"asked for until {command.until:%FT%TZ}, which is over"
        return commanded.and_refused(Refusal("capacity", (reason,), command.command_id))
    if command.floor > situation.group.max_size:
        reason = (
            f"{command.requested_by} asked for {command.floor}, but MaxSize is {situation.group.max_size}"
        )
        return commanded.and_refused(Refusal("capacity", (reason,), command.command_id))
    asked = with_floor(situation, command)
    replaced = replaced_floor(situation.ledger, asked.ledger, situation.now)
    commanded = commanded.and_replaced(command.command_id, replaced)
    return msgspec.structs.replace(commanded, situation=asked)


def _with_drains(commanded: Commanded, command: DrainRdbs) -> Commanded:
    before = commanded.situation.ledger
    younger: tuple[str, ...] = ()
    if command.floor is not None:
        younger = against_capacity(before, command)
        commanded = commanded.on(lowered(before, command.floor))
    drained = False
    for instance_id in command.instance_ids:
        if reasons := younger or against_drain(commanded, instance_id):
            commanded = commanded.and_refused(Refusal("drain", reasons, command.command_id, instance_id))
        else:
            request = DrainAsked(command.requested_by, commanded.situation.now)
            commanded, drained = commanded.with_drain(instance_id, request), True
    if not drained:
        return commanded.on(before)
    if command.floor is not None:
        asked = msgspec.structs.replace(commanded.situation.ledger, capacity_asked=Asking.of(command))
        return commanded.on(asked)
    return commanded


def _with_hold(commanded: Commanded, command: SetHold | LiftHold) -> Commanded:
    ledger, instance_id = commanded.situation.ledger, command.instance_id
    if reasons := against_hold(ledger, command):
        return commanded.and_refused(Refusal("hold", reasons, command.command_id, instance_id or ""))
    commanded = commanded.and_replaced(command.command_id, replaced_hold(ledger, command))
    return commanded.on(with_hold(ledger, command))


def _with_calendar(commanded: Commanded, command: SetCalendar | RemoveCalendar) -> Commanded:
    if reasons := against_calendar(commanded.situation, command):
        return commanded.and_refused(Refusal("calendar", reasons, command.command_id))
    replaced = replaced_calendar(commanded.situation, command)
    commanded = commanded.and_replaced(command.command_id, replaced)
    kept, ledger = NO_CALENDAR, commanded.situation.ledger
    match command:
        case SetCalendar():
            kept = KeptCalendar(command.calendar)
        case RemoveCalendar():
            ledger = msgspec.structs.replace(ledger, calendar_removed=Asking.of(command))
        case _:
            assert_never(command)
    situation = msgspec.structs.replace(commanded.situation.on(ledger), kept=kept)
    return msgspec.structs.replace(commanded, situation=situation)
