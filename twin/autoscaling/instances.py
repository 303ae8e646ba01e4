"""The operations on members: terminate, protect, judge their health, put them on standby."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from twin.autoscaling import lifecycle
from twin.autoscaling.activities import USER_HEALTH, begin_for, brief, sentence
from twin.autoscaling.errors import AwsError, busy, invalid
from twin.autoscaling.model import ENDING_STATES, Group, Instance, State
from twin.autoscaling.region import Region, refuse_deleting
from twin.autoscaling.request import at_most, one_of


def terminate(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    """TerminateInstanceInAutoScalingGroup. Neither protection nor a suspended Terminate stands in its way."""
    group, member = _staying(region, params["InstanceId"])
    decrement = params["ShouldDecrementDesiredCapacity"]
    if member.activity.end is None:
        raise busy(member.activity.id)
    if decrement and member.state == "Terminating:Retained":
        raise invalid(
            f"The instance {member.id} is in a Retained state and can't be terminated while decreasing "
            "desired capacity. To terminate these instances, retry without decreasing the Auto Scaling "
            "group's desired capacity."
        )
    if decrement and group.desired <= group.min_size:
        raise invalid(
            f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without "
            "replacement will violate group's min size constraint. Either set "
            "shouldDecrementDesiredCapacity flag to false or lower group's min size."
        )
    shrinking = _shrink(group) if decrement else ""
    reason = f"instance {member.id} was taken out of service in response to a user request{shrinking}."
    lifecycle.end(region, group, member, "request", sentence(region, reason))
    return {"Activity": brief(member.activity)}


def set_protection(region: Region, params: Mapping[str, Any]) -> None:
    """SetInstanceProtection: all of the ids or, if one of them may not, none."""
    at_most("instanceIds", len(params["InstanceIds"]), 50)
    group = region.changeable(params["AutoScalingGroupName"])
    members = _members(group, params["InstanceIds"])
    _refuse_unless(members, "InService", "EnteringStandby", "Standby")
    for member in members:
        member.protected = params["ProtectedFromScaleIn"]


def set_health(region: Region, params: Mapping[str, Any]) -> None:
    """SetInstanceHealth. The grace period ignores Unhealthy, unless ShouldRespectGracePeriod is false."""
    status = one_of("healthStatus", params["HealthStatus"], ("Healthy", "Unhealthy"))
    group, member = _staying(region, params["InstanceId"])
    if status == "Healthy":
        member.unhealthy = None
    elif not (params.get("ShouldRespectGracePeriod", True) and _in_grace(region, group, member)):
        member.unhealthy = USER_HEALTH


def _in_grace(region: Region, group: Group, member: Instance) -> bool:
    since = member.in_service_at
    return group.grace > 0 and (since is None or region.at < since + timedelta(seconds=group.grace))


def _staying(region: Region, instance_id: str) -> tuple[Group, Instance]:
    """Return a member with its group. Raises AwsError when it is leaving, or its group being deleted."""
    group, member = region.member(instance_id)
    refuse_deleting(group)
    if member.state in ENDING_STATES:
        raise invalid(f"The instance {member.id} is already being terminated.")
    return group, member


def _members(group: Group, instance_ids: Iterable[str]) -> list[Instance]:
    members = []
    for instance_id in instance_ids:
        if (member := group.members.get(instance_id)) is None:
            raise invalid(f"The instance {instance_id} is not part of Auto Scaling group {group.name}.")
        members.append(member)
    return members


def _refuse_unless(members: Iterable[Instance], *states: State) -> None:
    for member in members:
        if member.state not in states:
            raise invalid(f"The instance {member.id} is not in {' or '.join(states)}.")


def enter_standby(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    """EnterStandby: InService members only; no lifecycle hook runs."""
    group = region.changeable(params["AutoScalingGroupName"])
    members = _members(group, params["InstanceIds"])
    _refuse_unless(members, "InService")
    decrement = params["ShouldDecrementDesiredCapacity"]
    if decrement and group.desired - len(members) < group.min_size:
        raise _bounded(group, "place into", members)
    activities = []
    for member in members:
        member.state, member.due = "EnteringStandby", region.later(region.timings.entering_standby)
        shrinking = _shrink(group) if decrement else ""
        activities.append(_move(region, group, member, "to", f"{shrinking}."))
    return {"Activities": activities}


def exit_standby(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    """ExitStandby: the desired capacity grows with each, whether or not it had shrunk when they left."""
    group = region.changeable(params["AutoScalingGroupName"])
    members = _members(group, params["InstanceIds"])
    if "Launch" in group.suspended:
        raise invalid(
            f"Cannot move instances out of Standby for AutoScalingGroup {group.name} "
            "while the Launch process is suspended"
        )
    _refuse_unless(members, "Standby")
    if group.desired + len(members) > group.max_size:
        raise _bounded(group, "move out of", members)
    activities = []
    for member in members:
        group.desired += 1
        growing = f", increasing the capacity from {group.desired - 1} to {group.desired}."
        member.state, member.due = "Pending", region.later(region.timings.leaving_standby)
        activities.append(_move(region, group, member, "out of", growing))
    return {"Activities": activities}


def _shrink(group: Group) -> str:
    group.desired -= 1
    return f", shrinking the capacity from {group.desired + 1} to {group.desired}"


def _bounded(group: Group, doing: str, members: list[Instance]) -> AwsError:
    count = f"{len(members)} instance{'' if len(members) == 1 else 's'}"
    return invalid(
        f"AutoScalingGroup {group.name} has min-size={group.min_size}, max-size={group.max_size}, and "
        f"desired-size={group.desired}. To {doing} standby {count}, please update the AutoScalingGroup "
        "sizes appropriately."
    )


def _move(region: Region, group: Group, member: Instance, way: str, change: str) -> dict[str, Any]:
    reason = f"instance {member.id} was moved {way} standby in response to a user request{change}"
    doing = f"Moving EC2 instance {way} Standby"
    activity = member.activity = begin_for(region, group, member, doing, sentence(region, reason))
    activity.progress = 50 if way == "to" else 30
    if way != "to":
        activity.status = "PreInService"
    return brief(activity)
