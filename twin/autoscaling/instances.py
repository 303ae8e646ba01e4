"""The operations on members: terminate, protect, judge their health."""

from collections.abc import Iterable, Mapping
from typing import Any

from twin.autoscaling import lifecycle
from twin.autoscaling.activities import USER_HEALTH, brief
from twin.autoscaling.errors import busy, invalid
from twin.autoscaling.model import ENDING_STATES, Group, Instance
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
    if decrement:
        group.desired -= 1
    lifecycle.end(region, group, member, "request", "in response to a user request.")
    return {"Activity": brief(member.activity)}


def set_protection(region: Region, params: Mapping[str, Any]) -> None:
    """SetInstanceProtection: all of the ids or, if one of them may not, none."""
    at_most("instanceIds", len(params["InstanceIds"]), 50)
    group = region.changeable(params["AutoScalingGroupName"])
    members = _members(group, params["InstanceIds"])
    for member in members:
        if member.state != "InService":
            raise invalid(f"The instance {member.id} is not in InService or EnteringStandby or Standby.")
    for member in members:
        member.protected = params["ProtectedFromScaleIn"]


def set_health(region: Region, params: Mapping[str, Any]) -> None:
    """SetInstanceHealth. A grace period that ignores Unhealthy is not modelled."""
    status = one_of("healthStatus", params["HealthStatus"], ("Healthy", "Unhealthy"))
    group, member = _staying(region, params["InstanceId"])
    if group.grace and params.get("ShouldRespectGracePeriod", True):
        raise NotImplementedError("SetInstanceHealth with ShouldRespectGracePeriod is not modelled")
    member.unhealthy = None if status == "Healthy" else USER_HEALTH


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
