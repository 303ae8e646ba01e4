"""The RDB that is live next: who could be it, or why nobody can (rule 5)."""

from typing import assert_never

from chalicelib.core.alerts.launches import overdue_since
from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.capacity.raises import Raise
from chalicelib.core.capacity.room import ready_by
from chalicelib.core.facts.measuring import rests
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import boots, may_take_data

MANY = 4


def next_live(situation: Situation, capacity: Capacity, due: Raise) -> str:
    """Return who could be live next, or why nobody can: each host with its room, many that boot together."""
    able, booting = could_be_live(capacity), booting_of(capacity)
    found = [f"{i} ({capacity.rooms[i].why})" for i in able if len(booting) < MANY or i not in booting]
    if len(booting) >= MANY:
        first = min(ready_by(capacity.counted[i], situation.settings) for i in booting)
        found.append(f"{len(booting)} hosts boot, the first is due by {first:%FT%TZ}")
    if capacity.surely_owed:
        found.append(f"launches that AWS owes: {capacity.surely_owed}")
    return f"{', '.join(found) or 'nobody'}{_why_no_other(situation, due)}"


def could_be_live(capacity: Capacity) -> list[str]:
    """Return who may take data; one whose q does not answer may return, for as long as it is room."""
    return [
        instance_id
        for instance_id, rdb in capacity.counted.items()
        if may_take_data(rdb.state_said)
        and not rests(rdb)
        and (rdb.unanswered is None or capacity.rooms[instance_id].has)
    ]


def booting_of(capacity: Capacity) -> list[str]:
    """Return who boots, and is not late."""
    able = could_be_live(capacity)
    return [i for i in able if capacity.rooms[i].has and _is_booting(capacity.counted[i])]


def _why_no_other(situation: Situation, due: Raise) -> str:
    if situation.ledger.raise_fails:
        return ", and raises fail, see the alert raise"
    if overdue_since(situation) or "Launch" in situation.group.suspended:
        return ", and launches do not come, see the alert launch"
    match due.code:
        case "raise":
            return f", and a raise to {due.target} is asked for now"
        case "room":
            return ""
        case "max-size" | "waiting" | "configuration":
            return f", and no other is launched: {due.reason}"
        case _:
            assert_never(due.code)


def _is_booting(rdb: Rdb) -> bool:
    return rdb.unanswered is None and (rdb.report is None or boots(rdb.state))
