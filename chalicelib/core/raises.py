"""The raise: which DesiredCapacity to write, or why none (rules 1, 2 and 4)."""

from datetime import timedelta
from typing import Literal

import msgspec

from chalicelib.contract.names import SCALE_TAG
from chalicelib.core.capacity import Capacity
from chalicelib.core.demand import demand_of
from chalicelib.core.never_ready import pause
from chalicelib.core.situation import Situation
from chalicelib.core.states import waits_for_data

RAISE_WAITS = timedelta(minutes=5)

RaiseCode = Literal["raise", "room", "max-size", "waiting", "idle-above-scale", "configuration"]


class Raise(msgspec.Struct, frozen=True):
    """The DesiredCapacity to write, or None; `code` names the case, `reason` says it with the numbers."""

    target: int | None
    code: RaiseCode
    reason: str


class Delay(msgspec.Struct, frozen=True):
    """A reason for not raising although nobody has room."""

    code: RaiseCode
    reason: str


def raise_of(situation: Situation, capacity: Capacity) -> Raise:
    """Return the DesiredCapacity to write, or why none; never a lower one (rule 2).

    A group whose capacity is no number of hosts is not written. If somebody lowered it below the instances
    that are there, it is raised back: AWS would end the first of them that loses its protection.
    """
    group, demand, present = situation.group, demand_of(situation, capacity), capacity.present
    if group.unfit:
        return Raise(None, "configuration", group.unfit)
    missing = max(0, demand.count - capacity.with_room)
    code: RaiseCode = "room"
    needed, why = present + missing, demand.why
    if missing and not demand.at_once and (delay := _delay(situation, capacity)):
        needed, code, why = present, delay.code, delay.reason
    if needed == present > capacity.desired:
        why = f"desired {capacity.desired} was lowered below the {present} instances that are there; {why}"
    target = min(group.max_size, needed)
    if target > max(capacity.desired, group.desired):
        return Raise(target, "raise", f"{why}: desired {capacity.desired} to {target}")
    if needed > max(group.max_size, capacity.desired):
        return Raise(None, "max-size", f"{why}, but MaxSize is {group.max_size}")
    if needed > capacity.desired:
        return Raise(None, "waiting", f"{why}, but a release is not yet visible in the group")
    return Raise(None, code, why)


def _delay(situation: Situation, capacity: Capacity) -> Delay | None:
    if idle := _idle_above_scale(situation, capacity):
        return Delay("idle-above-scale", idle)
    if stale := _stale_full_reading(situation, capacity):
        return Delay("waiting", stale)
    if paused := pause(situation, capacity):
        return Delay("waiting", paused)
    return None


def _idle_above_scale(situation: Situation, capacity: Capacity) -> str | None:
    """A scale threshold that an idle host exceeds would run away to MaxSize.

    Both its report and its metric must say so: one forged word may not suppress a raise.
    """
    scale = situation.settings.scale_threshold
    for instance_id, rdb in capacity.counted.items():
        waits = waits_for_data(rdb.state) and rdb.report is not None and rdb.report.last_index is None
        if waits and rdb.idle is not None and rdb.idle >= scale:
            return (
                f"tag {SCALE_TAG}: {scale:g} % is at or below the memory of "
                f"an idle host ({instance_id}: {rdb.idle:.1f} %)"
            )
    return None


def _stale_full_reading(situation: Situation, capacity: Capacity) -> str | None:
    """At end of day a standby's `drained` overtakes the live one's "emptied": wait for a newer reading."""
    firsts = [(rdb.first_drained_at, i) for i, rdb in situation.ledger.rdbs.items() if rdb.first_drained_at]
    latest_two = sorted(firsts, reverse=True)[:2]
    for instance_id, rdb in capacity.counted.items():
        latest = next((at for at, i in latest_two if i != instance_id), None)
        if latest is None or rdb.drained or rdb.reading is None or not (rdb.member and rdb.member.in_service):
            continue
        full = rdb.reads_full(situation.settings.scale_threshold)
        # CloudWatch stamps a metric with the start of its minute: at equality nobody knows which was first.
        if full and rdb.reading.at <= latest and situation.now - latest < RAISE_WAITS:
            return (
                f"{instance_id} was read before another drained at {latest:%FT%TZ}: waiting for a newer one"
            )
    return None
