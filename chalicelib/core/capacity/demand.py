"""Demand: how many RDBs with room there should be, and why (rule 1)."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.capacity.headroom import Headroom, headroom_of
from chalicelib.core.capacity.rates import data_comes, fastest_rate
from chalicelib.core.facts.calendar import Calendar
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import may_take_data

# Twice the fastest rate of the last minutes, and never less than eight times the mean of the day before: a
# burst begins before any rate shows it.
RUNWAY_FACTOR, RESERVE_FACTOR = 2.0, 8.0
BEYOND_THE_LEAD = timedelta(minutes=1)
# One standby more is ready so long before an open, and stays so long after it.
OPEN_READY, OPEN_STAYS = timedelta(seconds=100), timedelta(minutes=10)

Name = Literal["waiting", "standby", "runway", "reserve", "open", "floor"]


class Demand(msgspec.Struct, frozen=True):
    """The number of RDBs with room that there should be, and the sentence that says why.

    `at_once` is false where the demand rests on readings, which a newer one may contradict (rule 4). `known`
    is false where it may be larger than is known: nothing is handed back then. `what` is what wants them, in
    the words of the sentence, where it may be named beside another demand.
    """

    count: int
    why: str
    at_once: bool = False
    name: Name = "standby"
    known: bool = True
    what: str = ""

    def missing(self, capacity: Capacity) -> int:
        """Return how many more RDBs with room are wanted than count."""
        return max(0, self.count - capacity.with_room)


NONE = Demand(0, "", name="floor")


def demand_of(situation: Situation, capacity: Capacity) -> Demand:
    """Return the largest demand; of two that are alike the one that need not wait, then the first."""
    demands = [*_waiting(situation, capacity), _standby(situation, capacity), *_by_rate(situation, capacity)]
    if opening := _open(situation, capacity, max(demands, key=lambda demand: demand.count)):
        demands.append(opening)
    demands += [_floor(situation, capacity), _standing_floor(situation, capacity)]
    largest = max(demands, key=lambda demand: (demand.count, demand.at_once))
    return msgspec.structs.replace(largest, known=all(demand.known for demand in demands))


def urgent_of(situation: Situation, capacity: Capacity) -> Demand:
    """Return the demand of what operators asked for and nothing was raised for yet: it does not wait."""
    floors = (_floor(situation, capacity), _standing_floor(situation, capacity))
    return max((each for each in floors if each.at_once), key=lambda each: each.count, default=NONE)


def lacks_standbys(situation: Situation, capacity: Capacity) -> bool:
    """Return whether fewer RDBs that are there have room than must stand by in any case.

    Launches that AWS owes do not count, nor what demand wants beyond the standbys.
    """
    return sum(room.has for room in capacity.rooms.values()) < _standbys(situation)


def _standbys(situation: Situation) -> int:
    """Return the RDBs with room that there should always be, but for a night without any.

    The rule "fixed" knows no runway: it keeps its standby while data comes outside the calendar.
    """
    settings = situation.settings
    if not situation.sleeps:
        return settings.standbys
    comes = settings.rule == "fixed" and data_comes(situation.ledger, situation.now, settings.memory_fresh)
    return settings.standbys if comes else 0


def _waiting(situation: Situation, capacity: Capacity) -> list[Demand]:
    """Return the demand of updates that wait for a live RDB, by the tickerplant's word: one at least."""
    known = situation.ledger.tickerplant
    if known is None or not situation.updates_wait or situation.settings.retiring:
        return []
    what = (
        f"{known.report.waiting} updates wait for a live RDB since {known.waits_since:%FT%TZ}, as the "
        "tickerplant says"
    )
    return [Demand(1, f"1 wanted: {what}; {capacity.with_room} with room", name="waiting", what=what)]


def _standby(situation: Situation, capacity: Capacity) -> Demand:
    count = _standbys(situation)
    if capacity.with_room < count:
        return Demand(count, f"no room in {len(capacity.counted)} counted, {count} wanted")
    return Demand(count, f"{capacity.with_room} with room, {count} wanted")


def _by_rate(situation: Situation, capacity: Capacity) -> list[Demand]:
    """Return the runway and the reserve, as far as they are known; neither for one that needs no room."""
    settings, learned = situation.settings, situation.ledger.learned
    if settings.rule == "fixed" or settings.retiring:
        return []
    headroom, horizon = headroom_of(situation, capacity), situation.lead + BEYOND_THE_LEAD
    rate = fastest_rate(situation.ledger, situation.now, settings.memory_fresh)
    found = []
    if rate is None:
        found.append(Demand(0, "", known=False))
    elif rate.per_second:
        minutes = rate.over // timedelta(minutes=1)
        over = f"twice the {_speed(situation, rate.per_second)} of the last {_minutes(minutes)}"
        found.append(_covers("runway", RUNWAY_FACTOR * rate.per_second, over, horizon, (headroom, capacity)))
    mean = learned.mean_rate
    if mean and _trades(situation):
        over = f"8 times the day's mean of {_speed(situation, mean)}"
        found.append(_covers("reserve", RESERVE_FACTOR * mean, over, horizon, (headroom, capacity)))
    return found


def _covers(
    name: Name, per_second: float, over: str, horizon: timedelta, there: tuple[Headroom, Capacity]
) -> Demand:
    headroom, capacity = there
    amount = per_second * horizon.total_seconds()
    count = headroom.hosts_for(amount)
    what = f"{name}, {amount / headroom.fresh:.1f} hosts for {horizon.total_seconds():.0f} s at {over}"
    why = (
        f"{count} wanted: {what}; {capacity.with_room} with room, {headroom.free / headroom.fresh:.1f} hosts "
        "free"
    )
    return Demand(count, why, name=name, what=what)


def _open(situation: Situation, capacity: Capacity, largest: Demand) -> Demand | None:
    """Return the demand of a known open: one standby more than is wanted otherwise, and one at least.

    What wants the others is named, unless it is the standby that there always is.
    """
    if situation.calendar is None or situation.settings.rule == "fixed" or situation.settings.retiring:
        return None
    opens = _open_near(situation.calendar, situation)
    if opens is None:
        return None
    count, others = largest.count + 1, f"{largest.what}, and " if largest.what and largest.count else ""
    why = f"{count} wanted: {others}one more by the open at {opens:%FT%TZ}; {capacity.with_room} with room"
    return Demand(count, why, name="open")


def _open_near(calendar: Calendar, situation: Situation) -> datetime | None:
    return calendar.open_near(situation.now, situation.lead + OPEN_READY, OPEN_STAYS)


def _trades(situation: Situation) -> bool:
    """Return whether a burst may come before a launch does: not between sessions that are known."""
    calendar = situation.calendar
    if calendar is None or situation.now >= calendar.reaches:
        return True
    return calendar.in_session(situation.now) or _open_near(calendar, situation) is not None


def _floor(situation: Situation, capacity: Capacity) -> Demand:
    """Turn the highest floor into RDBs with room: those there are, and the hosts that it adds."""
    floor = max((request.floor for request in situation.floors), default=0)
    if floor <= capacity.present:
        return NONE
    who = ", ".join(request.requested_by for request in situation.floors)
    count = capacity.with_room + floor - capacity.present
    return Demand(count, f"{who} asked for {floor}", at_once=True, name="floor")


def _standing_floor(situation: Situation, capacity: Capacity) -> Demand:
    """Return the demand of the hosts that somebody asked for until a time; those that drain do not stay.

    One that was put off is still the request, and does not wait. It never asks for more than MaxSize allows:
    who takes no more data keeps its place until it leaves, and of the others a request to drain may be
    withdrawn.
    """
    floor = situation.ledger.floor
    if floor is None:
        return NONE
    withdrawable = sum(bool(r.drain) and may_take_data(r.state_said) for r in capacity.counted.values())
    # To withdraw one takes no place, also where MaxSize was lowered below the hosts that are there.
    places = max(0, situation.group.max_size - capacity.present) + withdrawable
    more = floor.hosts - (capacity.present - capacity.draining)
    count = capacity.with_room + min(more, places)
    why = f"{floor.by} asked for {floor.hosts} until {floor.until:%FT%TZ}"
    return Demand(max(0, count), why, at_once=floor.put_off and more > 0, name="floor")


def _speed(situation: Situation, per_second: float) -> str:
    """Return a rate as people read it; without any report only shares of a host are known."""
    if situation.ledger.learned.host_bytes == 1:
        return f"{per_second * 6000:.1f} % of a host a minute"
    mebibytes = per_second * 60 / 2**20
    return f"{mebibytes / 1024:.1f} GiB a minute" if mebibytes >= 1000 else f"{mebibytes:.0f} MiB a minute"


def _minutes(count: int) -> str:
    return "minute" if count == 1 else f"{count} minutes"
