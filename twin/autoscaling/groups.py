"""The operations on groups: create, change, delete, suspend and resume."""

from collections.abc import Mapping
from typing import Any

from twin.autoscaling import hooks, tags
from twin.autoscaling.activities import stamp
from twin.autoscaling.engine import hurry
from twin.autoscaling.errors import AwsError, invalid
from twin.autoscaling.model import PROCESSES, Group, Timer
from twin.autoscaling.region import ACCOUNT, REGION, Region
from twin.autoscaling.request import one_of
from twin.autoscaling.settings import read_settings


def create(region: Region, params: Mapping[str, Any]) -> None:
    """CreateAutoScalingGroup. The desired capacity is MinSize unless given."""
    name = params["AutoScalingGroupName"]
    if (existing := region.groups.get(name)) is not None:
        pending = " and is pending delete" if existing.deleting else ""
        raise AwsError(
            "AlreadyExists",
            "AutoScalingGroup by this name already exists - "
            f"A group with the name {name} already exists{pending}",
        )
    smallest, largest = _bounds(params["MinSize"], params["MaxSize"])
    desired = _within(params.get("DesiredCapacity", smallest), smallest, largest)
    if "LaunchTemplate" not in params:
        raise invalid(
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or "
            "MixedInstancesPolicy parameter."
        )
    if not params.get("VPCZoneIdentifier"):
        raise invalid("At least one Availability Zone or VPC Subnet is required.")
    settings = read_settings(region, params)
    group = Group(
        name=name,
        arn=f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:{region.new_id()}"
        f":autoScalingGroupName/{name}",
        created=region.at,
        min_size=smallest,
        max_size=largest,
        desired=0,
        hooks=hooks.specified(params.get("LifecycleHookSpecificationList", ())),
        tags=tags.specified(name, params.get("Tags", ())),
        **settings,
    )
    region.add(group)
    _change_desired(region, group, desired, "created an AutoScalingGroup")


def update(region: Region, params: Mapping[str, Any]) -> None:
    """UpdateAutoScalingGroup.

    Without DesiredCapacity, a raised MinSize or lowered MaxSize takes the desired capacity along.
    """
    group = region.changeable(params["AutoScalingGroupName"])
    smallest, largest = _bounds(params.get("MinSize", group.min_size), params.get("MaxSize", group.max_size))
    desired = min(max(group.desired, smallest), largest)
    if "DesiredCapacity" in params:
        desired = _within(params["DesiredCapacity"], smallest, largest)
    for attribute, value in read_settings(region, params).items():
        setattr(group, attribute, value)
    group.min_size, group.max_size = smallest, largest
    limits = f"min: {smallest}, max: {largest}, desired: {desired}"
    _change_desired(region, group, desired, f"update of AutoScalingGroup constraints to {limits}")


def set_desired_capacity(region: Region, params: Mapping[str, Any]) -> None:
    """SetDesiredCapacity. No cooldown is modelled: nobody here honours one."""
    if params.get("HonorCooldown"):
        raise NotImplementedError("HonorCooldown is not modelled")
    group = region.changeable(params["AutoScalingGroupName"])
    desired = params["DesiredCapacity"]
    if not group.min_size <= desired <= group.max_size:
        above, below = f"above max value {group.max_size}", f"below min value {group.min_size}"
        bound = above if desired > group.max_size else below
        raise invalid(f"New SetDesiredCapacity value {desired} is {bound} for the AutoScalingGroup.")
    _change_desired(region, group, desired, "explicitly set group desired capacity")


def _change_desired(region: Region, group: Group, desired: int, by: str) -> None:
    """Set the desired capacity and have the group react; `by` is how the user asked, in AWS's words."""
    if desired != group.desired:
        numbers = f"changing the desired capacity from {group.desired} to {desired}"
        group.changes.append(f"At {stamp(region.at)} a user request {by} {numbers}.")
        group.desired = desired
        hurry(group, Timer.EVALUATE, region.later(region.timings.reaction))


def _bounds(smallest: int, largest: int) -> tuple[int, int]:
    for word, bound in (("Min", smallest), ("Max", largest)):
        if bound < 0:
            raise invalid(f"{word} bound, {bound}, must be non-negative")
    if largest < smallest:
        raise invalid(f"Max bound, {largest}, must be greater than or equal to min bound, {smallest}")
    return smallest, largest


def _within(desired: int, smallest: int, largest: int) -> int:
    if not smallest <= desired <= largest:
        raise invalid(
            f"Desired capacity:{desired} must be between the specified min size:{smallest} "
            f"and max size:{largest}"
        )
    return int(desired)


def delete(region: Region, params: Mapping[str, Any]) -> None:
    """DeleteAutoScalingGroup.

    Deletion protection comes first (User Guide, "Configure deletion protection").
    """
    group = region.changeable(params["AutoScalingGroupName"])
    forced, protection = params.get("ForceDelete", False), group.deletion_protection
    if protection == "prevent-all-deletion" or (forced and protection == "prevent-force-deletion"):
        raise invalid(f"The AutoScaling group cannot be deleted: its DeletionProtection is {protection}")
    if forced and group.on_abandon == "retain":
        raise invalid(
            "You can't force delete this Auto Scaling group because the TerminateHookAbandon retention "
            "trigger is set to retain. Change the retention trigger to terminate and try again."
        )
    if group.members and not forced:
        raise AwsError(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance "
            "request(s) still in the group.",
        )
    group.deleting = True
    group.timers.clear()
    group.min_size = group.max_size = group.desired = 0
    if group.members:
        group.timers[Timer.SWEEP] = region.later(region.timings.deletion)
        group.timers[Timer.SWEEP_REST] = region.later(region.timings.deletion_rest)


def suspend(region: Region, params: Mapping[str, Any]) -> None:
    """SuspendProcesses; all of them if none is named."""
    group = region.changeable(params["AutoScalingGroupName"])
    for process in _processes(params):
        group.suspended.setdefault(process, f"User suspended at {stamp(region.at)}")


def resume(region: Region, params: Mapping[str, Any]) -> None:
    """ResumeProcesses; all of them if none is named."""
    group = region.changeable(params["AutoScalingGroupName"])
    for process in _processes(params):
        group.suspended.pop(process, None)


def _processes(params: Mapping[str, Any]) -> list[str]:
    named = params.get("ScalingProcesses") or PROCESSES
    return [one_of("scalingProcesses", name, PROCESSES) for name in named]
