"""The raise: which DesiredCapacity to write, or why none (rules 1, 2 and 4)."""

from datetime import timedelta
from typing import Literal

import msgspec

from chalicelib.core.capacity.brake import pause
from chalicelib.core.capacity.counted import Capacity, desired_shown, released_since
from chalicelib.core.capacity.demand import Demand, urgent_of
from chalicelib.core.capacity.undone import undone, undone_text
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import may_take_data

RAISE_WAITS = timedelta(minutes=5)
# A function lives for 15 s, so that what it meant to write is written by then or never; twice that, since the
# clocks of containers differ.
UNDER_WAY = timedelta(seconds=30)

RaiseCode = Literal["raise", "room", "max-size", "waiting", "configuration"]


class Raise(msgspec.Struct, frozen=True):
    """The DesiredCapacity to write, or None; `code` names the case, `reason` says it with the numbers.

    `at_once` is whether an operator's floor that is not met wants it.
    """

    target: int | None
    code: RaiseCode
    reason: str
    at_once: bool = False

    @property
    def is_put_off(self) -> bool:
        """It is raised for a floor as soon as what was written before shows, without being asked again."""
        return self.at_once and self.code == "waiting"


def raise_of(situation: Situation, capacity: Capacity, demand: Demand) -> Raise:
    """Return the DesiredCapacity to write, or why none; never a lower one (rule 2).

    A group whose capacity is no number of hosts is not written. If somebody lowered it below the instances
    that are there, it is raised back: AWS would end the first of them that loses its protection.
    """
    group = situation.group
    if group.unfit:
        return Raise(None, "configuration", group.unfit)
    urgent = urgent_of(situation, capacity)
    needed, code, why = _needed(situation, capacity, demand, urgent)
    target = min(group.max_size, needed)
    if situation.ledger.stands_in:
        target = min(target, max(group.desired + 1, len(capacity.counted)))
    found: int | None = None
    if target > max(capacity.desired, group.desired):
        if number := under_way(situation, capacity):
            code, why = (
                "waiting",
                f"{why}, but a raise to {number} is under way and not yet visible in the group",
            )
        else:
            found, code, why = target, "raise", f"{why}: desired {capacity.desired} to {target}"
    elif needed > max(group.max_size, capacity.desired):
        code, why = "max-size", f"{why}, but MaxSize is {group.max_size}"
    elif needed > max(target, capacity.desired):
        code, why = "waiting", f"{why}, but one host at a time while the ledger cannot be read"
    elif needed > capacity.desired:
        code, why = "waiting", f"{why}, but a release is not yet visible in the group"
    elif code == "room" and (fails := situation.ledger.raise_fails) and capacity.unsure:
        why = (
            f"{why}, counting the raise to {capacity.desired}, which is not confirmed: raises failed since "
            f"{fails.since:%FT%TZ}, {fails.times} so far"
        )
    return Raise(found, code, why, at_once=urgent.missing(capacity) > 0)


def _needed(
    situation: Situation, capacity: Capacity, demand: Demand, urgent: Demand
) -> tuple[int, RaiseCode, str]:
    """Return the hosts that are needed now, and why; an operator's floor alone does not wait."""
    present, missing, why = capacity.present, demand.missing(capacity), demand.why
    code: RaiseCode = "room"
    if missing and not demand.at_once and (delay := _wait(situation, capacity) or pause(situation, capacity)):
        missing = urgent.missing(capacity)
        why = urgent.why if missing else delay
        code = "room" if missing else "waiting"
    needed = present + missing
    if (number := undone(situation, capacity)) and number > needed:
        needed, why = number, undone_text(situation, number)
    elif needed == present > capacity.desired:
        why = f"desired {capacity.desired} is below the {present} instances that are there; {why}"
    return needed, code, why


def under_way(situation: Situation, capacity: Capacity) -> int | None:
    """Return the DesiredCapacity that another function may be about to write; None if there is none.

    AWS has no conditional write, so that a number that is written after a higher one undoes it. What the
    ledger has as asked for, and the group does not show, is waited for as long as a function lives. So is
    one that the group had a moment before: a look that shows it may be older than the write.
    """
    asked, now = situation.ledger.asked, situation.now
    if asked is None or now - asked.at >= UNDER_WAY:
        return None
    shows = asked.target - released_since(situation.ledger, asked, now)
    if asked.again or desired_shown(situation, capacity.counted) < shows:
        return asked.target
    return None


def with_put_off_floor(situation: Situation, due: Raise) -> Ledger:
    """Return the ledger with whether the floor is put off: then it is as urgent at the next look."""
    floor = situation.ledger.floor
    if floor is None:
        return situation.ledger
    put_off = msgspec.structs.replace(floor, put_off=due.is_put_off)
    return msgspec.structs.replace(situation.ledger, floor=put_off)


def unmet_floors(situation: Situation, capacity: Capacity, due: Raise) -> tuple[Refusal, ...]:
    """Return the refusal of each operator's floor for which nothing can be raised now: it counts but once."""
    if due.target is not None or due.is_put_off:
        return ()
    return tuple(
        Refusal("capacity", (f"asked for {request.floor}: {due.reason}",), request.command_id)
        for request in situation.floors
        if request.floor > capacity.present
    )


def with_wait(situation: Situation, capacity: Capacity, demand: Demand) -> Ledger:
    """Return the ledger with the beginning of the wait for a newer reading, or without it if none is needed.

    The beginning is kept, and not the newest `drained`: no sequence of reports makes the wait any longer.
    """
    ledger = situation.ledger
    waits = demand.missing(capacity) > 0 and _overtaken(situation, capacity) is not None
    since = (ledger.overtaken_since or situation.now) if waits else None
    return msgspec.structs.replace(ledger, overtaken_since=since)


def _wait(situation: Situation, capacity: Capacity) -> str | None:
    since = situation.ledger.overtaken_since or situation.now
    return _overtaken(situation, capacity) if situation.now - since < RAISE_WAITS else None


def _overtaken(situation: Situation, capacity: Capacity) -> str | None:
    """At end of day a standby's `drained` overtakes the live one's "emptied": wait for a newer reading."""
    # Who was asked to drain says nothing of the day's end.
    firsts = [
        (rdb.first_drained_at, instance_id)
        for instance_id, rdb in situation.ledger.rdbs.items()
        if rdb.first_drained_at and not rdb.drains_by_request
    ]
    latest_two = sorted(firsts, reverse=True)[:2]
    for instance_id, rdb in capacity.counted.items():
        latest = next((at for at, i in latest_two if i != instance_id), None)
        if latest is None or rdb.reading is None or not (rdb.member and rdb.member.in_service):
            continue
        if not may_take_data(rdb.state_said):
            continue
        full = rdb.reads_full(situation.settings.scale_threshold)
        # CloudWatch stamps a metric with the start of its minute: at equality nobody knows which was first.
        if full and rdb.reading.at <= latest:
            return (
                f"{instance_id} was read before another drained at {latest:%FT%TZ}: waiting for a newer one"
            )
    return None
