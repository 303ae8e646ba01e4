"""The raise: which DesiredCapacity to write, or why none (rules 1, 2 and 4)."""

from datetime import timedelta
from typing import Literal

import msgspec

from chalicelib.core.capacity.brake import pause
from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.capacity.demand import Demand
from chalicelib.core.capacity.undone import undone, undone_text
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import may_take_data

RAISE_WAITS = timedelta(minutes=5)

RaiseCode = Literal["raise", "room", "max-size", "waiting", "configuration"]


class Raise(msgspec.Struct, frozen=True):
    """The DesiredCapacity to write, or None; `code` names the case, `reason` says it with the numbers."""

    target: int | None
    code: RaiseCode
    reason: str


def raise_of(situation: Situation, capacity: Capacity, demand: Demand) -> Raise:
    """Return the DesiredCapacity to write, or why none; never a lower one (rule 2).

    A group whose capacity is no number of hosts is not written. If somebody lowered it below the instances
    that are there, it is raised back: AWS would end the first of them that loses its protection.
    """
    group, present, missing = situation.group, capacity.present, demand.missing(capacity)
    if group.unfit:
        return Raise(None, "configuration", group.unfit)
    code: RaiseCode = "room"
    needed, why = present + missing, demand.why
    if missing and not demand.at_once and (delay := _wait(situation, capacity) or pause(situation, capacity)):
        needed, code, why = present, "waiting", delay
    if (number := undone(situation, capacity)) and number > needed:
        needed, why = number, undone_text(situation, number)
    elif needed == present > capacity.desired:
        why = f"desired {capacity.desired} was lowered below the {present} instances that are there; {why}"
    target = min(group.max_size, needed)
    if situation.ledger.stands_in:
        target = min(target, max(group.desired + 1, len(capacity.counted)))
    if target > max(capacity.desired, group.desired):
        return Raise(target, "raise", f"{why}: desired {capacity.desired} to {target}")
    if needed > max(group.max_size, capacity.desired):
        return Raise(None, "max-size", f"{why}, but MaxSize is {group.max_size}")
    if needed > max(target, capacity.desired):
        return Raise(None, "waiting", f"{why}, but one host at a time while the ledger cannot be read")
    if needed > capacity.desired:
        return Raise(None, "waiting", f"{why}, but a release is not yet visible in the group")
    return Raise(None, code, why)


def unmet_floors(situation: Situation, capacity: Capacity, due: Raise) -> tuple[Refusal, ...]:
    """Return the refusal of each operator's floor for which nothing can be raised now: it counts but once."""
    if due.target is not None:
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
        if rdb.first_drained_at and not rdb.drain
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
