"""A small EC2 Auto Scaling: one group in one zone, as pure functions.

`tests/twin/test_explore_aws.py` walks it beside the strict model (twin/autoscaling), and it may be no kinder.
What takes AWS seconds is one step, `moves`, that comes at any time, or not.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.contract.names import CLUSTER_TAG, ROLE_TAG, RULE_TAG, SCALE_TAG, Role
from twin.autoscaling import AwsError
from twin.explore.world import (
    CLUSTER,
    GROUP_NAME,
    IDS,
    MAX_SIZE,
    MIN_SIZE,
    Group,
    Life,
    Member,
    Walls,
)

HOOK = {
    "LifecycleHookName": "highwater-terminating",
    "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
    "HeartbeatTimeout": 7200,
    "DefaultResult": "ABANDON",
}
# Protection and suspended processes keep AWS from beginning; these two keep the instance whoever began.
KEEPS = Walls.HOOK | Walls.RETAINS
SHOWN = {
    Life.PENDING: "Pending",
    Life.SERVING: "InService",
    Life.WAITING: "Terminating:Wait",
    Life.RETAINED: "Terminating:Retained",
    Life.PROCEEDING: "Terminating:Proceed",
}
# The live one is above its scale threshold. What demand adds rests on readings minute by minute, by which
# states would differ that are taken for one here.
TAGS = {ROLE_TAG: Role.RDB, CLUSTER_TAG: CLUSTER, SCALE_TAG: "60", RULE_TAG: "fixed"}


def described(group: Group) -> dict[str, Any]:
    """Return the group as DescribeAutoScalingGroups shows it."""
    processes = ("AZRebalance", "ReplaceUnhealthy", "Terminate") if group.walls & Walls.SUSPENDED else ()
    return {
        "AutoScalingGroupName": GROUP_NAME,
        "MinSize": MIN_SIZE,
        "MaxSize": MAX_SIZE,
        "DesiredCapacity": group.desired,
        "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()],
        "Instances": [
            {
                "InstanceId": IDS[index],
                "LifecycleState": SHOWN[member.life],
                "HealthStatus": "Healthy",
                "ProtectedFromScaleIn": member.protected,
                "LaunchTemplate": {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "rdb", "Version": "1"},
            }
            for index, member in enumerate(group.members)
            if member.life in SHOWN
        ],
        "SuspendedProcesses": [{"ProcessName": name, "SuspensionReason": ""} for name in processes],
        "NewInstancesProtectedFromScaleIn": bool(group.walls & Walls.PROTECTS_NEW),
        "InstanceLifecyclePolicy": {
            "RetentionTriggers": {
                "TerminateHookAbandon": "retain" if group.walls & Walls.RETAINS else "terminate"
            }
        },
        "DeletionProtection": "prevent-all-deletion",
    }


def hooks(group: Group) -> list[Mapping[str, Any]]:
    """Return the hooks of the group, as AWS describes them."""
    return [HOOK] if group.walls & Walls.HOOK else []


def call(group: Group, operation: str, params: Mapping[str, Any]) -> Group:
    """Return the group after a call that changes it. Raises AwsError where AWS refuses."""
    match operation:
        case "SetDesiredCapacity":
            return _set_desired(group, params["DesiredCapacity"])
        case "TerminateInstanceInAutoScalingGroup":
            decrement = params["ShouldDecrementDesiredCapacity"]
            return _terminate(group, IDS.index(params["InstanceId"]), decrement=decrement)
        case "CompleteLifecycleAction":
            index = IDS.index(params["InstanceId"])
            return _complete(group, index, abandon=params["LifecycleActionResult"] == "ABANDON")
        case "SetInstanceProtection":
            return _protect(group, params["InstanceIds"], protected=params["ProtectedFromScaleIn"])
        case "SuspendProcesses":
            return with_walls(group, group.walls | Walls.SUSPENDED)
        case "PutLifecycleHook":
            return with_walls(group, group.walls | Walls.HOOK)
        case "UpdateAutoScalingGroup" if "InstanceLifecyclePolicy" in params:
            return with_walls(group, group.walls | Walls.RETAINS)
        case "UpdateAutoScalingGroup" if "NewInstancesProtectedFromScaleIn" in params:
            return with_walls(group, group.walls | Walls.PROTECTS_NEW)
    raise NotImplementedError(f"{operation} with {sorted(params)} is not modelled")


def with_walls(group: Group, walls: int) -> Group:
    """Return the group with these walls. Without its hook AWS completes what waits for it."""
    changed = Group(group.desired, group.members, int(walls), group.writes)
    if not walls & Walls.HOOK:
        for index, member in enumerate(changed.members):
            if member.life is Life.WAITING:
                changed = changed.with_member(index, Member(Life.PROCEEDING, member.protected, bare=True))
    return changed


def moves(group: Group) -> Iterator[tuple[str, Group]]:
    """Yield what AWS may do next by itself, with the sentence that says it."""
    for index, member in enumerate(group.members):
        match member.life:
            case Life.PENDING:
                yield (
                    f"{IDS[index]} is in service",
                    group.with_member(index, Member(Life.SERVING, member.protected)),
                )
            case Life.PROCEEDING:
                yield f"{IDS[index]} leaves the group", group.with_member(index, Member(Life.GONE))
            case Life.SERVING if group.counted > group.desired:
                if not member.protected and not group.walls & Walls.SUSPENDED:
                    yield f"AWS scales in {IDS[index]}", _ended(group, index)
            case Life.NONE if group.counted < group.desired:
                new = Member(Life.PENDING, bool(group.walls & Walls.PROTECTS_NEW))
                yield f"AWS launches {IDS[index]}", group.with_member(index, new)
                # The places are alike before they are taken.
                return


def timed_out(group: Group) -> Group:
    """Return the group after two hours: hooks that nobody completed are abandoned."""
    for index, member in enumerate(group.members):
        if member.life is Life.WAITING:
            group = _complete(group, index, abandon=True)
    return group


def _invalid(text: str) -> AwsError:
    return AwsError("ValidationError", text)


def _set_desired(group: Group, desired: int) -> Group:
    if not MIN_SIZE <= desired <= MAX_SIZE:
        raise _invalid(f"New SetDesiredCapacity value {desired} is out of bounds.")
    return Group(desired, group.members, group.walls, group.writes)


def _terminate(group: Group, index: int, *, decrement: bool) -> Group:
    life = group.members[index].life
    if life in (Life.NONE, Life.GONE):
        raise _invalid(f"Instance Id not found - No managed instance found for instance ID: {IDS[index]}")
    if life in (Life.WAITING, Life.PROCEEDING):
        raise _invalid(f"The instance {IDS[index]} is already being terminated.")
    if life is Life.PENDING:
        raise AwsError("ScalingActivityInProgress", "Scaling activity is in progress and blocks this action")
    if decrement and life is Life.RETAINED:
        raise _invalid(f"The instance {IDS[index]} is in a Retained state")
    if decrement and group.desired <= MIN_SIZE:
        raise _invalid(f"Currently, desiredSize equals minSize ({MIN_SIZE}).")
    if decrement:
        group = Group(group.desired - 1, group.members, group.walls, group.writes)
    return _ended(group, index)


def _ended(group: Group, index: int) -> Group:
    """Begin a termination: the hook holds it, if it stands."""
    member = group.members[index]
    life = Life.WAITING if group.walls & Walls.HOOK else Life.PROCEEDING
    return group.with_member(index, Member(life, member.protected, bare=is_bare(group, member)))


def is_bare(group: Group, member: Member) -> bool:
    """Return whether a wall is down that would keep this member."""
    return member.bare or group.walls & KEEPS != KEEPS


def _complete(group: Group, index: int, *, abandon: bool) -> Group:
    member = group.members[index]
    if member.life is not Life.WAITING:
        raise _invalid(f"No active Lifecycle Action found with instance ID {IDS[index]}")
    retained = abandon and group.walls & Walls.RETAINS
    life = Life.RETAINED if retained else Life.PROCEEDING
    return group.with_member(index, Member(life, member.protected, bare=is_bare(group, member)))


def _protect(group: Group, instance_ids: list[str], *, protected: bool) -> Group:
    indices = [IDS.index(instance_id) for instance_id in instance_ids]
    for index in indices:
        if group.members[index].life is not Life.SERVING:
            raise _invalid(f"The instance {IDS[index]} is not in InService or EnteringStandby or Standby.")
    for index in indices:
        group = group.with_member(index, Member(Life.SERVING, protected))
    return group
