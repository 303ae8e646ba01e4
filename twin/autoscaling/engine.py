"""The groups' own work: keep their capacity, replace the unhealthy, even out zones, go away.

Each thing it has to do has a timer. `settle` derives the timers from the state, after every change; `run`
carries out what is due, as of the time at which it was due, in the order of those times.
"""

from collections.abc import Callable
from datetime import datetime

from twin.autoscaling import capacity, lifecycle
from twin.autoscaling.activities import EC2_HEALTH
from twin.autoscaling.model import COUNTED_STATES, ENDING_STATES, Group, Instance, Timer
from twin.autoscaling.region import Region


def run(region: Region, now: datetime) -> None:
    """Do all that is due by `now`, each thing as of the time at which it was due."""
    while region.due is not None and region.due <= now:
        region.at = region.due
        for group in list(region.groups.values()):
            _run_group(region, group)
        plan(region)
    region.at = now


def changed(region: Region) -> None:
    """Have the groups see what a request changed, and do what is due at once."""
    for group in region.touched.values():
        settle(region, group)
    region.touched.clear()
    plan(region)
    run(region, region.at)


def plan(region: Region) -> None:
    """Work out when something is due next."""
    moments = [moment for group in region.groups.values() for moment in group.timers.values()]
    moments += [
        member.due
        for group in region.groups.values()
        for member in group.members.values()
        if member.due is not None
    ]
    region.due = min(moments, default=None)


def _run_group(region: Region, group: Group) -> None:
    due = region.at
    stepping = [member for member in group.members.values() if member.due is not None and member.due <= due]
    for member in stepping:
        lifecycle.step(region, group, member)
    if stepping:
        settle(region, group)
    for timer in Timer:
        if timer in group.timers and group.timers[timer] <= due:
            del group.timers[timer]
            HANDLERS[timer](region, group)
            settle(region, group)


def settle(region: Region, group: Group) -> None:
    """Bring the timers into line with what the group has to do.

    So whatever runs was judged necessary and allowed just before.
    """
    timings = region.timings
    if group.deleting:
        _want(group, Timer.VANISH, not group.members, region.later(timings.deletion))
        return
    terminate = "Terminate" not in group.suspended
    for member in list(group.members.values()):
        if member.failed and terminate:
            lifecycle.end(region, group, member, "health", "in response to a launch failure.")
    counted = group.counted
    group.surplus = min(group.surplus, max(0, counted - group.desired))
    health_check = "HealthCheck" not in group.suspended
    _want(group, Timer.CHECK, health_check and _serves(group), region.later(timings.health_check))
    _want(group, Timer.REPLACE, bool(_replaceable(group)), region.later(timings.unhealthy))
    _want(group, Timer.EVALUATE, capacity.differs(group, counted), region.later(timings.reaction))
    _want(group, Timer.REBALANCE, capacity.may_rebalance(group, counted), region.later(timings.rebalance))


def _want(group: Group, timer: Timer, wanted: bool, moment: datetime) -> None:
    if wanted:
        group.timers.setdefault(timer, moment)
    else:
        group.timers.pop(timer, None)


def hurry(group: Group, timer: Timer, moment: datetime) -> None:
    """Have something done at `moment`, if not sooner."""
    group.timers[timer] = min(moment, group.timers.get(timer, moment))


# Health


def _serves(group: Group) -> bool:
    return any(member.state == "InService" for member in group.members.values())


def _replaceable(group: Group) -> list[Instance]:
    if "ReplaceUnhealthy" in group.suspended or "Terminate" in group.suspended:
        return []
    return [
        member
        for member in group.members.values()
        if member.unhealthy is not None and member.state == "InService"
    ]


def _check(region: Region, group: Group) -> None:
    """Look at EC2's states: any but running is an immediate failure, grace period or not.

    User Guide, "Amazon EC2 health checks".
    """
    for member in group.members.values():
        if member.state == "InService" and region.ec2.state(member.id) not in ("pending", "running"):
            member.unhealthy = EC2_HEALTH
    _replace(region, group)


def _replace(region: Region, group: Group) -> None:
    """Terminate first, launch later; protection does not stop it (User Guide, "Health checks")."""
    for member in _replaceable(group):
        lifecycle.end(region, group, member, "health", f"in response to {member.unhealthy}.")
        hurry(group, Timer.EVALUATE, region.later(region.timings.replacement))


# Deletion


def _sweep(region: Region, group: Group) -> None:
    """Terminate all for a forced deletion, protected or suspended, but with their hooks (captured)."""
    for member in group.members.values():
        if member.state in COUNTED_STATES:
            lifecycle.end(region, group, member, "group-deletion", "in response to a group deletion.")


def _sweep_rest(region: Region, group: Group) -> None:
    for member in group.members.values():
        if member.state not in ENDING_STATES:
            lifecycle.end(region, group, member, "group-deletion", "in response to a group deletion.")


def _vanish(region: Region, group: Group) -> None:
    del region.groups[group.name]


HANDLERS: dict[Timer, Callable[[Region, Group], None]] = {
    Timer.CHECK: _check,
    Timer.REPLACE: _replace,
    Timer.EVALUATE: capacity.evaluate,
    Timer.REBALANCE: capacity.rebalance,
    Timer.SWEEP: _sweep,
    Timer.SWEEP_REST: _sweep_rest,
    Timer.VANISH: _vanish,
}
