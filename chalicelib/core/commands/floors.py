"""Floors: the hosts that an operator asked for, until when, and how they are lowered (rule 1)."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.core.facts.ledger import Floor, Ledger
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.wake_ups import SetFloor


def with_floor(situation: Situation, command: SetFloor) -> Situation:
    """Return the situation with a floor that stands from now on.

    What is asked later counts, so that it may be lower; of two in one decision the higher one.
    """
    asked_before = max((request.floor for request in situation.floors), default=0)
    situation = msgspec.structs.replace(situation, floors=(*situation.floors, command))
    if command.floor < asked_before:
        return situation
    floor = Floor(command.floor, command.requested_by, command.until or end_of(situation))
    return situation.on(msgspec.structs.replace(situation.ledger, floor=floor))


def lowered(ledger: Ledger, hosts: int | None) -> Ledger:
    """Return the ledger with a floor of so many hosts at most; None leaves it alone."""
    if hosts is None or ledger.floor is None or ledger.floor.hosts <= hosts:
        return ledger
    return msgspec.structs.replace(ledger, floor=msgspec.structs.replace(ledger.floor, hosts=hosts))


def end_of(situation: Situation) -> datetime:
    """Return until when a floor stands that has no end: the close, or midnight in UTC outside of sessions."""
    calendar, now = situation.calendar, situation.now
    if calendar and calendar.in_session(now):
        return next(session.end for session in calendar.sessions if session.end > now)
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
