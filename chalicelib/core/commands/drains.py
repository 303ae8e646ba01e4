"""Drains: who may be asked to drain, who is after a close, and which requests are withdrawn (rule 1)."""

from datetime import datetime
from typing import NamedTuple

from chalicelib.core.capacity.demand import Demand, demand_of
from chalicelib.core.capacity.rates import data_comes
from chalicelib.core.commands.commanded import Commanded
from chalicelib.core.facts.calendar import Calendar
from chalicelib.core.facts.rdb import DrainAsked, Rdb
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import has_handed_over, may_take_data, takes_data, waits_for_data

CALENDAR = "the calendar"


def rested(commanded: Commanded) -> Commanded:
    """Ask those to drain who are not needed after a close and its grace.

    They are the rolled RDBs, and all others that are ready in a night without any: the live one rolls first.
    Each drains once what it holds is persisted. While data comes, outside the calendar, the live one goes on.
    Who was asked in a night that the calendar of now does not have is asked no more.
    """
    commanded = _without_false_nights(commanded)
    situation = commanded.situation
    if not situation.rests or situation.ledger.hold:
        return commanded
    everybody = situation.sleeps and not data_comes(
        situation.ledger, situation.now, situation.settings.memory_fresh
    )
    for instance_id, rdb in sorted(situation.ledger.rdbs.items()):
        if _may_rest(rdb, everybody=everybody):
            commanded = commanded.with_drain(instance_id, DrainAsked(CALENDAR, situation.now))
    return commanded


def _without_false_nights(commanded: Commanded) -> Commanded:
    """Withdraw the requests of a calendar that was removed, or of a night that another one does not have."""
    calendar = commanded.situation.calendar
    for instance_id, rdb in sorted(commanded.situation.ledger.rdbs.items()):
        if rdb.drain is None or rdb.drain.by != CALENDAR or rdb.drained:
            continue
        if calendar is None or _is_day(calendar, rdb.drain.at):
            commanded = commanded.with_drain(instance_id, None)
    return commanded


def _is_day(calendar: Calendar, at: datetime) -> bool:
    """Return whether a session or its grace lasts; of a time before its first session nothing is known."""
    close = calendar.last_close(at)
    return calendar.in_session(at) or (close is not None and at < close + calendar.grace)


def _may_rest(rdb: Rdb, *, everybody: bool) -> bool:
    if rdb.drain or rdb.hold or rdb.dead_at or not (rdb.member and rdb.member.in_service):
        return False
    ready = takes_data(rdb.state) or waits_for_data(rdb.state)
    return has_handed_over(rdb.state) or (everybody and ready)


def withdrawn(commanded: Commanded) -> Commanded:
    """Withdraw the newest requests to drain until as many RDBs have room as demand asks for.

    Demand is computed once, while all requests stand, so each host that a floor adds withdraws one. One that
    takes no more data has no room whether it drains or not.
    """
    asked = sorted(
        (rdb.drain.at, instance_id)
        for instance_id, rdb in commanded.situation.ledger.rdbs.items()
        if rdb.drain and may_take_data(rdb.state_said) and rdb.member and rdb.member.in_service
    )
    if not asked:
        return commanded
    demand = demand_of(commanded.situation, commanded.capacity)
    while asked and commanded.capacity.with_room < demand.count:
        commanded = commanded.with_drain(asked.pop()[1], None)
    return commanded


class Drains(NamedTuple):
    """The standbys that may drain together, the newest first, and why each other member may not."""

    may: tuple[str, ...]
    refused: dict[str, tuple[str, ...]]


def drains_of(situation: Situation) -> Drains:
    """Return which standbys may be asked to drain together, so that enough room is left."""
    may: list[str] = []
    refused: dict[str, tuple[str, ...]] = {}
    rdbs = situation.ledger.rdbs
    commanded = Commanded.of(situation)
    for instance_id in sorted(commanded.capacity.counted, key=lambda i: rdbs[i].first_seen, reverse=True):
        if reasons := against_drain(commanded, instance_id):
            refused[instance_id] = reasons
        else:
            may.append(instance_id)
            commanded = commanded.with_drain(instance_id, DrainAsked("", situation.now))
    return Drains(tuple(may), refused)


def against_drain(commanded: Commanded, instance_id: str, demand: Demand | None = None) -> tuple[str, ...]:
    """Return every reason against asking an RDB to drain: only a standby that is not needed may be asked.

    `demand` is that of the situation, if it is known already.
    """
    ledger, capacity = commanded.situation.ledger, commanded.capacity
    rdb, room = ledger.rdbs.get(instance_id), capacity.rooms.get(instance_id)
    if rdb is None or room is None:
        return ("not in this group",)
    reasons = [
        f"the {what} is {hold}" for what, hold in (("cluster", ledger.hold), ("RDB", rdb.hold)) if hold
    ]
    if rdb.drain:
        reasons.append(f"asked to drain already, by {rdb.drain.by} at {rdb.drain.at:%FT%TZ}")
    if rdb.member and not rdb.member.in_service:
        reasons.append(f"not in service but {rdb.member.lifecycle}")
    if not waits_for_data(rdb.state):
        reasons.append(f"not standby but {rdb.state or 'never heard of'}")
    demand = demand or demand_of(commanded.situation, capacity)
    # A launch that is owed may never come: it is no reason to let go of one that is there.
    if capacity.with_room - capacity.owed - room.has < demand.count:
        reasons.append(f"{demand.why}: too few would be left")
    return tuple(reasons)
