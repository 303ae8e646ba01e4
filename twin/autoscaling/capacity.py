"""The group's work on its desired capacity and on even zones."""

from datetime import timedelta

from twin.autoscaling import lifecycle, placement
from twin.autoscaling.activities import DIFFERENCE
from twin.autoscaling.model import Group, Instance, Timer
from twin.autoscaling.region import Region


def _owed(group: Group) -> int:
    """Count the terminations that rebalancing owes: one for each of its launches in service by now."""
    return group.surplus - sum(member.for_balance for member in group.members.values())


def differs(group: Group, counted: int) -> bool:
    """Report whether the group can do something about its capacity; else it rests."""
    if counted < group.desired:
        return "Launch" not in group.suspended
    if counted == group.desired or "Terminate" in group.suspended:
        return False
    if _owed(group) > 0 and placement.candidates(group, fullest_only=True):
        return True
    ordinary = counted - group.desired - group.surplus
    return ordinary > 0 and bool(placement.candidates(group))


def evaluate(region: Region, group: Group) -> None:
    """Launch what is missing, or terminate what is too much."""
    counted, known = group.counted, len(group.activities)
    _evaluate(region, group, counted)
    if len(group.activities) > known:
        group.changes.clear()


def _evaluate(region: Region, group: Group, counted: int) -> None:
    if counted < group.desired:
        _scale_out(region, group, counted)
        return
    ordinary = counted - group.desired - group.surplus
    _undo_rebalancing(region, group, _owed(group))
    if ordinary > 0:
        for member in _choose(region, group, ordinary, fullest_only=False):
            lifecycle.end(region, group, member, "scale-in", DIFFERENCE)


def _scale_out(region: Region, group: Group, counted: int) -> None:
    for _ in range(group.desired - counted):
        if not _launch_somewhere(region, group):
            _back_off(region, group)
            break
    else:
        group.retry_wait = None


def _launch_somewhere(region: Region, group: Group) -> bool:
    """Launch in one zone after the other, by best effort.

    User Guide, "Auto Scaling group Availability Zone distribution".
    """
    subnets = (
        placement.choose_subnet(group, zone, region.random) for zone in placement.emptiest_first(group)
    )
    cause = f"an instance was started {DIFFERENCE}"
    return any(lifecycle.launch(region, group, subnet, cause) for subnet in subnets)


def _back_off(region: Region, group: Group) -> None:
    longest = timedelta(seconds=region.timings.launch_retry_limit)
    first = timedelta(seconds=region.timings.launch_retry)
    group.retry_wait = first if group.retry_wait is None else min(2 * group.retry_wait, longest)
    group.timers[Timer.EVALUATE] = region.at + group.retry_wait


def _choose(region: Region, group: Group, number: int, *, fullest_only: bool) -> list[Instance]:
    chosen: list[Instance] = []
    while len(chosen) < number:
        choice = placement.candidates(group, chosen, fullest_only=fullest_only)
        if not choice:
            break
        chosen.append(placement.victim(group, choice, region.at, region.random))
    return chosen


def may_rebalance(group: Group, counted: int) -> bool:
    """Report whether the group may launch in the emptier zone.

    Rebalancing launches one before it terminates one, so it may pass MaxSize by a tenth or by one (User
    Guide, "Rebalancing activities"). It does not begin where nobody in the fuller zone may go, unless that is
    because Terminate is suspended: then the group is known to grow by that margin.
    """
    if "AZRebalance" in group.suspended or "Launch" in group.suspended or counted < group.desired:
        return False
    if counted >= group.max_size + max(1, group.max_size // 10) or not placement.uneven(group):
        return False
    if "Terminate" in group.suspended:
        return True
    return counted == group.desired and bool(placement.candidates(group, fullest_only=True))


def rebalance(region: Region, group: Group) -> None:
    """Launch one in the emptiest zone; the fuller one gives one up once that serves."""
    zone = placement.emptiest_first(group)[0]
    cause = "an instance was launched to aid in balancing the group's zones."
    subnet = placement.choose_subnet(group, zone, region.random)
    if lifecycle.launch(region, group, subnet, cause, for_balance=True):
        group.surplus += 1


def _undo_rebalancing(region: Region, group: Group, number: int) -> None:
    for member in _choose(region, group, number, fullest_only=True):
        lifecycle.end(region, group, member, "az-rebalance", "to balance the group's zones.")
        group.surplus -= 1
