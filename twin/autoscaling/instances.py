"""The operations on members: terminate, protect, judge their health, put them on standby."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from twin.autoscaling import lifecycle
from twin.autoscaling.activities import USER_HEALTH, begin_for, brief, sentence
from twin.autoscaling.engine import settle
from twin.autoscaling.errors import busy, invalid
from twin.autoscaling.model import ENDING_STATES, Group, Instance
from twin.autoscaling.region import Region, later, refuse_deleting
from twin.autoscaling.request import at_most, one_of


def terminate(region: Region, params: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """TerminateInstanceInAutoScalingGroup. Neither protection nor a suspended Terminate stands in its way."""
    group, member = region.member(params["InstanceId"])
    refuse_deleting(group)
    decrement = params["ShouldDecrementDesiredCapacity"]
    if member.state in ENDING_STATES:
        raise invalid(f"The instance {member.id} is already being terminated.")
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
    reason = f"instance {member.id} was taken out of service in response to a user request"
    if decrement:
        reason += f", shrinking the capacity from {group.desired} to {group.desired - 1}"
        group.desired -= 1
    lifecycle.end(region, group, member, "request", sentence(at, f"{reason}."), at)
    activity = brief(member.activity)
    settle(region, group, at)
    return {"Activity": activity}


def set_protection(region: Region, params: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """SetInstanceProtection: all of the ids or, if one of them may not, none."""
    at_most("instanceIds", len(params["InstanceIds"]), 50)
    group = region.changeable(params["AutoScalingGroupName"])
    members = _members(group, params["InstanceIds"])
    for member in members:
        if member.state not in ("InService", "EnteringStandby", "Standby"):
            raise invalid(f"The instance {member.id} is not in InService or EnteringStandby or Standby.")
    for member in members:
        member.protected = params["ProtectedFromScaleIn"]
    settle(region, group, at)
    return {}


def set_health(region: Region, params: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """SetInstanceHealth. The grace period ignores Unhealthy, unless ShouldRespectGracePeriod is false."""
    status = one_of("healthStatus", params["HealthStatus"], ("Healthy", "Unhealthy"))
    group, member = region.member(params["InstanceId"])
    refuse_deleting(group)
    if member.state in ENDING_STATES:
        raise invalid(f"The instance {member.id} is already being terminated.")
    if status == "Healthy":
        member.unhealthy = None
    elif not (params.get("ShouldRespectGracePeriod", True) and _in_grace(group, member, at)):
        member.unhealthy = USER_HEALTH
    settle(region, group, at)
    return {}


def _in_grace(group: Group, member: Instance, at: datetime) -> bool:
    return group.grace > 0 and (member.in_service_at is None or at < later(member.in_service_at, group.grace))


def _members(group: Group, instance_ids: Iterable[str]) -> list[Instance]:
    members = []
    for instance_id in instance_ids:
        if (member := group.members.get(instance_id)) is None:
            raise invalid(f"The instance {instance_id} is not part of Auto Scaling group {group.name}.")
        members.append(member)
    return members


def enter_standby(region: Region, params: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """EnterStandby: InService members only; no lifecycle hook runs."""
    group = region.changeable(params["AutoScalingGroupName"])
    members = _members(group, params["InstanceIds"])
    for member in members:
        if member.state != "InService":
            raise invalid(f"The instance {member.id} is not in InService.")
    decrement = params["ShouldDecrementDesiredCapacity"]
    if decrement and group.desired - len(members) < group.min_size:
        raise invalid(f"{_sizes(group)} To place into standby {_count(members)}, please update {_ADVICE}")
    activities = []
    for member in members:
        reason = f"instance {member.id} was moved to standby in response to a user request"
        if decrement:
            reason += f", shrinking the capacity from {group.desired} to {group.desired - 1}"
            group.desired -= 1
        member.state, member.due = "EnteringStandby", later(at, region.timings.entering_standby)
        activities.append(_move(region, group, member, "to", f"{reason}.", 50, at))
    settle(region, group, at)
    return {"Activities": activities}


def exit_standby(region: Region, params: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """ExitStandby: the desired capacity grows with each, whether or not it had shrunk when they left."""
    group = region.changeable(params["AutoScalingGroupName"])
    members = _members(group, params["InstanceIds"])
    if "Launch" in group.suspended:
        raise invalid(
            f"Cannot move instances out of Standby for AutoScalingGroup {group.name} "
            "while the Launch process is suspended"
        )
    for member in members:
        if member.state != "Standby":
            raise invalid(f"The instance {member.id} is not in Standby.")
    if group.desired + len(members) > group.max_size:
        raise invalid(f"{_sizes(group)} To move out of standby {_count(members)}, please update {_ADVICE}")
    activities = []
    for member in members:
        reason = (
            f"instance {member.id} was moved out of standby in response to a user request, "
            f"increasing the capacity from {group.desired} to {group.desired + 1}."
        )
        group.desired += 1
        member.state, member.due = "Pending", later(at, region.timings.leaving_standby)
        activities.append(_move(region, group, member, "out of", reason, 30, at))
    settle(region, group, at)
    return {"Activities": activities}


_ADVICE = "the AutoScalingGroup sizes appropriately."


def _sizes(group: Group) -> str:
    return (
        f"AutoScalingGroup {group.name} has min-size={group.min_size}, max-size={group.max_size}, and "
        f"desired-size={group.desired}."
    )


def _count(members: list[Instance]) -> str:
    return f"{len(members)} instance{'' if len(members) == 1 else 's'}"


def _move(
    region: Region, group: Group, member: Instance, way: str, reason: str, progress: int, at: datetime
) -> dict[str, Any]:
    doing = f"Moving EC2 instance {way} Standby"
    member.activity = begin_for(region, group, member, doing, sentence(at, reason), at)
    member.activity.progress = progress
    if way != "to":
        member.activity.status = "PreInService"
    return brief(member.activity)
