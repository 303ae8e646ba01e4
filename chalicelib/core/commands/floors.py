"""Floors: the hosts that somebody asked for, until when, and how they are lowered (rule 1).

Who raises DesiredCapacity past Highwater asks for hosts too: they would be handed back else.
"""

from datetime import datetime, timedelta

import msgspec

from chalicelib.core.capacity.undone import GIVEN_UP, undone
from chalicelib.core.commands.commanded import Commanded
from chalicelib.core.facts.ledger import Floor, Ledger
from chalicelib.core.facts.rdb import WRITE_VISIBLE
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.wake_ups import Asking, DrainRdbs, SetFloor

# Who asks for hosts so long before an open means that session.
SOON = timedelta(hours=12)
# An end that is nearer is not meant: by the time that the command is obeyed it may be over.
LEAST = timedelta(hours=1)
OTHERS = "somebody else, not through Highwater,"


def with_floor(situation: Situation, command: SetFloor) -> Situation:
    """Return the situation with a floor that stands from now on.

    What is asked later counts, so that it may be lower; of two in one decision the higher one.
    """
    asked_before = max((request.floor for request in situation.floors), default=0)
    situation = msgspec.structs.replace(situation, floors=(*situation.floors, command))
    ledger = msgspec.structs.replace(situation.ledger, capacity_asked=Asking.of(command))
    if command.floor >= asked_before:
        floor = Floor(command.floor, command.requested_by, command.until or end_of(situation))
        ledger = msgspec.structs.replace(ledger, floor=floor)
    return situation.on(ledger)


def against_capacity(ledger: Ledger, command: SetFloor | DrainRdbs) -> tuple[str, ...]:
    """Return why a wish for capacity is not met: one command never undoes a younger one (rule 9)."""
    younger = ledger.capacity_asked
    if younger is None or younger.at <= command.at:
        return ()
    return (
        f"asked for at {command.at:%FT%TZ}, and since then, at {younger.at:%FT%TZ}, "
        f"{younger.requested_by} has asked for another capacity (command {younger.command_id})",
    )


def replaced_floor(before: Ledger, after: Ledger, now: datetime) -> str:
    """Return the floor that a command replaced by one of fewer hosts or of a nearer end; empty for none."""
    old, new = before.floor.standing(now) if before.floor else None, after.floor
    if old is None or new is None or (new.hosts >= old.hosts and new.until >= old.until):
        return ""
    return f"it replaces another: {old.by} had asked for {old.hosts} until {old.until:%FT%TZ}"


def lowered(ledger: Ledger, hosts: int | None) -> Ledger:
    """Return the ledger with a floor of so many hosts at most; None leaves it alone."""
    if hosts is None or ledger.floor is None:
        return ledger
    return msgspec.structs.replace(ledger, floor=ledger.floor.at_most(hosts))


def end_of(situation: Situation) -> datetime:
    """Return until when a floor stands that has no end.

    That is the close of the session that trades or will soon, or else midnight in UTC; the next of them if it
    is less than an hour off.
    """
    calendar, now = situation.calendar, situation.now
    sessions = calendar.sessions if calendar else ()
    following = next((session for session in sessions if session.end - now >= LEAST), None)
    if following and following.start - now < SOON:
        return following.end
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return midnight if midnight - now >= LEAST else midnight + timedelta(days=1)


def with_others(commanded: Commanded) -> Commanded:
    """Return the same with a floor of what somebody else raised DesiredCapacity to.

    It stands as an operator's does, or until somebody lowers DesiredCapacity again; an operator's lower floor
    stands again after it. What we wrote or released
    ourselves may show late, and is nobody else's. A raise that our own write undid counts as well. Only what
    the group showed can be lowered: what we meant to write may never have been.
    """
    situation, ledger = commanded.situation, commanded.situation.ledger
    desired, seen = situation.group.desired, ledger.desired
    if seen is None or (ledger.group and ledger.group.since >= situation.now):
        return commanded.on(msgspec.structs.replace(ledger, desired=desired))
    put_back = undone(situation, commanded.capacity) or 0
    raised = max(desired if desired > _ours(situation, seen) else 0, put_back)
    if raised and not (ledger.floor and ledger.floor.hosts >= raised):
        floor = Floor(raised, OTHERS, end_of(situation), over=_of_operators(ledger.floor))
        return commanded.on(msgspec.structs.replace(ledger, floor=floor, desired=max(desired, seen)))
    if _shows_late(situation):
        desired = _kept(desired, seen, _fewer(situation))
    elif desired < seen and ledger.floor and ledger.floor.by == OTHERS:
        ledger = msgspec.structs.replace(ledger, floor=_taken_back(ledger.floor, desired, situation.now))
    return commanded.on(msgspec.structs.replace(ledger, desired=desired))


def _of_operators(floor: Floor | None) -> Floor | None:
    return floor.over if floor and floor.by == OTHERS else floor


def _taken_back(floor: Floor, desired: int, now: datetime) -> Floor:
    """Return a floor of somebody else as far as they lowered it; an operator's under it stays."""
    under = floor.over.standing(now) if floor.over else None
    if under and under.hosts >= desired:
        return under
    return msgspec.structs.replace(floor, hosts=min(floor.hosts, desired))


def _kept(desired: int, seen: int, fewer: int) -> int:
    """Return what counts as seen while something may show late: never less, but by our own releases."""
    if fewer:
        return desired if seen - fewer <= desired < seen else seen
    return max(desired, seen)


def _ours(situation: Situation, seen: int) -> int:
    """Return the highest DesiredCapacity that may be shown by what we saw, wrote and released.

    A write that an activity showed has arrived, and counts as seen (undone.py).
    """
    ledger, now = situation.ledger, situation.now
    asked = ledger.asked
    late = asked and now - asked.at < (WRITE_VISIBLE if asked.looked else GIVEN_UP)
    return max(seen, asked.target if asked and late else 0) + _fewer(situation)


def _fewer(situation: Situation) -> int:
    """Return how many places we gave up that may show still, or not yet."""
    return sum(_is_new(rdb.released_at, situation.now) for rdb in situation.ledger.rdbs.values())


def _shows_late(situation: Situation) -> bool:
    """Return whether a write or a release of ours may not show yet."""
    ledger, now = situation.ledger, situation.now
    asked_at = ledger.asked.at if ledger.asked else None
    return any(_is_new(at, now) for at in (asked_at, *(rdb.released_at for rdb in ledger.rdbs.values())))


def _is_new(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at < WRITE_VISIBLE
