"""What AWS refuses, and in which words: a table of requests, each with the state in which it comes."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.twin.autoscaling_bench import GROUP, LAUNCH_HOOK, RETAIN, TERMINATE_HOOK, Bench
from tests.twin.autoscaling_cases import captured

CAPTURED = "captured from real AWS by radkawar/stackd, commit 9dc356f"
API = "EC2 Auto Scaling API reference"
GUIDE = "EC2 Auto Scaling User Guide"
QUOTED = "quoted as AWS's error by several public projects"


class Refusal(NamedTuple):
    """A request that AWS refuses, with the state in which it comes."""

    about: str
    source: str
    arrange: Callable[[Bench], None]
    operation: str
    params: dict[str, Any]
    code: str
    message: str
    fact: str | None = None


def _empty(bench: Bench) -> None:
    bench.create()


def _one(bench: Bench) -> None:
    bench.serving(1)


def _at_minimum(bench: Bench) -> None:
    bench.serving(1, MinSize=1)


def _launching(bench: Bench) -> None:
    bench.create(DesiredCapacity=1)
    bench.wait(15)


def _leaving(bench: Bench) -> None:
    bench.serving(2)
    bench.terminate("i-1")


def _waiting(bench: Bench) -> None:
    bench.serving(1, LifecycleHookSpecificationList=[TERMINATE_HOOK])
    bench.terminate("i-1")
    bench.wait(5)


def _completed(bench: Bench) -> None:
    _waiting(bench)
    bench.complete("i-1", "CONTINUE")


def _retained(bench: Bench) -> None:
    bench.serving(1, LifecycleHookSpecificationList=[TERMINATE_HOOK], InstanceLifecyclePolicy=RETAIN)
    bench.terminate("i-1")
    bench.wait(8)
    bench.complete("i-1", "ABANDON")
    bench.wait(60)


def _standby(bench: Bench) -> None:
    bench.serving(1)
    bench.on_group("EnterStandby", InstanceIds=["i-1"], ShouldDecrementDesiredCapacity=True)
    bench.wait(10)
    bench.suspend("Launch")


def _standby_at_maximum(bench: Bench) -> None:
    bench.serving(1, MaxSize=1)
    bench.on_group("EnterStandby", InstanceIds=["i-1"], ShouldDecrementDesiredCapacity=False)
    bench.wait(60)


def _deletion_protected(level: str) -> Callable[[Bench], None]:
    return lambda bench: bench.create(DeletionProtection=level)


def _retaining(bench: Bench) -> None:
    bench.create(InstanceLifecyclePolicy=RETAIN)


def _deleting(bench: Bench) -> None:
    bench.serving(1)
    bench.on_group("DeleteAutoScalingGroup", ForceDelete=True)


def _fifty_hooks(bench: Bench) -> None:
    bench.create()
    for number in range(50):
        hook = {**TERMINATE_HOOK, "LifecycleHookName": f"hook-{number}"}
        bench.on_group("PutLifecycleHook", **hook)


_CREATE = {
    "AutoScalingGroupName": "asg-2",
    "LaunchTemplate": {"LaunchTemplateId": "lt-1"},
    "VPCZoneIdentifier": "subnet-a",
    "MinSize": 0,
    "MaxSize": 1,
}
_NAMED = {"AutoScalingGroupName": GROUP}
_ACTION = {**_NAMED, "LifecycleHookName": "terminate"}
_STANDBY = {**_NAMED, "InstanceIds": ["i-1"], "ShouldDecrementDesiredCapacity": True}
_IN_USE = (
    "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
    "still in the group."
)
_NO_INSTANCE = "Instance Id not found - No managed instance found for instance ID: i-9"
_AT_MINIMUM = (
    "Currently, desiredSize equals minSize (1). Terminating instance without replacement will violate "
    "group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's "
    "min size."
)
_RETAINED = (
    "The instance i-1 is in a Retained state and can't be terminated while decreasing desired capacity. To "
    "terminate these instances, retry without decreasing the Auto Scaling group's desired capacity."
)
_NO_FORCE = (
    "You can't force delete this Auto Scaling group because the TerminateHookAbandon retention trigger is "
    "set to retain. Change the retention trigger to terminate and try again."
)
_POLICIES = (
    "[oldest] is not a valid termination policy. Valid termination policies are: [AllocationStrategy, "
    "ClosestToNextInstanceHour, Default, Lambda, NewestInstance, OldestInstance, OldestLaunchConfiguration, "
    "OldestLaunchTemplate]."
)
_NOT_SERVING = "The instance i-1 is not in InService or EnteringStandby or Standby."
_STANDBY_SIZES = (
    "AutoScalingGroup asg-1 has min-size=1, max-size=3, and desired-size=1. To place into standby 1 "
    "instance, please update the AutoScalingGroup sizes appropriately."
)
_FULL = (
    "AutoScalingGroup asg-1 has min-size=0, max-size=1, and desired-size=1. To move out of standby 1 "
    "instance, please update the AutoScalingGroup sizes appropriately."
)
_PENDING_DELETE = "The AutoScaling group may not be modified while it is pending delete"


def _terminating(instance_id: str, *, decrement: bool) -> dict[str, Any]:
    return {"InstanceId": instance_id, "ShouldDecrementDesiredCapacity": decrement}


def _protecting(instance_id: str) -> dict[str, Any]:
    return {**_NAMED, "InstanceIds": [instance_id], "ProtectedFromScaleIn": True}


INVALID = "ValidationError"
TERMINATE = "TerminateInstanceInAutoScalingGroup"
CREATE = "CreateAutoScalingGroup"
UPDATE = "UpdateAutoScalingGroup"
DELETE = "DeleteAutoScalingGroup"

# fmt: off
REFUSALS = [
    Refusal("a desired capacity above MaxSize", CAPTURED, _empty,
            "SetDesiredCapacity", {**_NAMED, "DesiredCapacity": 4}, INVALID,
            "New SetDesiredCapacity value 4 is above max value 3 for the AutoScalingGroup.",
            "desired-above-max"),
    Refusal("a desired capacity below MinSize", QUOTED, _at_minimum,
            "SetDesiredCapacity", {**_NAMED, "DesiredCapacity": 0}, INVALID,
            "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup."),
    Refusal("an update with MinSize above MaxSize", CAPTURED, _empty,
            UPDATE, {**_NAMED, "MinSize": 3, "MaxSize": 1}, INVALID,
            "Max bound, 1, must be greater than or equal to min bound, 3", "update-min-over-max"),
    Refusal("an update of the desired capacity alone, beyond MaxSize", CAPTURED, _empty,
            UPDATE, {**_NAMED, "DesiredCapacity": 4}, INVALID,
            "Desired capacity:4 must be between the specified min size:0 and max size:3"),
    Refusal("a new group with MinSize above MaxSize", CAPTURED, _empty,
            CREATE, {**_CREATE, "MinSize": 2, "MaxSize": 1}, INVALID,
            "Max bound, 1, must be greater than or equal to min bound, 2", "create-min-over-max"),
    Refusal("a new group with a desired capacity above MaxSize", CAPTURED, _empty,
            CREATE, {**_CREATE, "MaxSize": 2, "DesiredCapacity": 3}, INVALID,
            "Desired capacity:3 must be between the specified min size:0 and max size:2",
            "create-desired-over-max"),
    Refusal("a new group with a negative MinSize", CAPTURED, _empty,
            CREATE, {**_CREATE, "MinSize": -1}, INVALID,
            "Min bound, -1, must be non-negative", "create-min-negative"),
    Refusal("a second group of the same name", CAPTURED, _empty,
            CREATE, {**_CREATE, **_NAMED}, "AlreadyExists",
            "AutoScalingGroup by this name already exists - A group with the name asg-1 already exists",
            "create-duplicate"),
    Refusal("a new group of a name that is being deleted", QUOTED, _deleting,
            CREATE, {**_CREATE, **_NAMED}, "AlreadyExists",
            "AutoScalingGroup by this name already exists - A group with the name asg-1 already exists and "
            "is pending delete"),
    Refusal("a new group without a launch template", QUOTED, _empty,
            CREATE, {k: v for k, v in _CREATE.items() if k != "LaunchTemplate"}, INVALID,
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or "
            "MixedInstancesPolicy parameter."),
    Refusal("a new group whose launch template has no name", QUOTED, _empty,
            CREATE, {**_CREATE, "LaunchTemplate": {"Version": "1"}}, INVALID,
            "Valid requests must contain either launchTemplateId or LaunchTemplateName"),
    Refusal("a new group without a subnet", QUOTED, _empty,
            CREATE, {k: v for k, v in _CREATE.items() if k != "VPCZoneIdentifier"}, INVALID,
            "At least one Availability Zone or VPC Subnet is required."),
    Refusal("a new group in a subnet that does not exist", API, _empty,
            CREATE, {**_CREATE, "VPCZoneIdentifier": "subnet-a,subnet-x"}, INVALID,
            "The subnet ID 'subnet-x' does not exist"),
    Refusal("a new group with a launch template that does not exist", API, _empty,
            CREATE, {**_CREATE, "LaunchTemplate": {"LaunchTemplateId": "lt-none"}}, INVALID,
            "The specified launch template, with template ID lt-none, does not exist."),
    Refusal("a termination policy of no known name", CAPTURED, _empty,
            UPDATE, {**_NAMED, "TerminationPolicies": ["oldest"]}, INVALID, _POLICIES,
            "termination-policy-bare-name"),
    Refusal("deleting a group with a member in service", CAPTURED, _one,
            DELETE, {**_NAMED, "ForceDelete": False}, "ResourceInUse", _IN_USE, "delete-with-instances"),
    Refusal("deleting a group with a retained member", CAPTURED, _retained,
            DELETE, _NAMED, "ResourceInUse", _IN_USE, "delete-with-instances"),
    Refusal("forced deletion of even an empty group that retains", CAPTURED, _retaining,
            DELETE, {**_NAMED, "ForceDelete": True}, INVALID, _NO_FORCE, "retain-force-delete"),
    Refusal("forced deletion of a group protected from it", GUIDE,
            _deletion_protected("prevent-force-deletion"), DELETE, {**_NAMED, "ForceDelete": True}, INVALID,
            "The AutoScaling group cannot be deleted: its DeletionProtection is prevent-force-deletion"),
    Refusal("deletion of a group protected from any", GUIDE, _deletion_protected("prevent-all-deletion"),
            DELETE, _NAMED, INVALID,
            "The AutoScaling group cannot be deleted: its DeletionProtection is prevent-all-deletion"),
    Refusal("changing a group that is being deleted", QUOTED, _deleting,
            UPDATE, {**_NAMED, "MaxSize": 5}, INVALID, _PENDING_DELETE),
    Refusal("terminating in a group that is being deleted", QUOTED, _deleting,
            TERMINATE, _terminating("i-1", decrement=False), INVALID, _PENDING_DELETE),
    Refusal("changing a group that does not exist", QUOTED, _empty,
            "SetDesiredCapacity", {"AutoScalingGroupName": "asg-9", "DesiredCapacity": 1}, INVALID,
            "AutoScalingGroup name not found - AutoScalingGroup: asg-9 not found"),
    Refusal("completing by an unknown token", CAPTURED, _waiting,
            "CompleteLifecycleAction",
            {**_ACTION, "LifecycleActionToken": "token-1", "LifecycleActionResult": "CONTINUE"}, INVALID,
            "No active Lifecycle Action found with token token-1", "lifecycle-token-unknown"),
    Refusal("a heartbeat by an unknown token", CAPTURED, _empty,
            "RecordLifecycleActionHeartbeat", {**_ACTION, "LifecycleActionToken": "token-1"}, INVALID,
            "No active Lifecycle Action found with token token-1", "lifecycle-token-unknown"),
    Refusal("completing a second time", CAPTURED, _completed,
            "CompleteLifecycleAction",
            {**_ACTION, "InstanceId": "i-1", "LifecycleActionResult": "CONTINUE"}, INVALID,
            "No active Lifecycle Action found with instance ID i-1", "lifecycle-instance-completed"),
    Refusal("completing without saying whose action", API, _waiting,
            "CompleteLifecycleAction", {**_ACTION, "LifecycleActionResult": "CONTINUE"}, INVALID,
            "Either a lifecycle action token or an instance ID is required."),
    Refusal("a heartbeat timeout under 30 seconds", API, _empty,
            "PutLifecycleHook", {**_NAMED, **LAUNCH_HOOK, "HeartbeatTimeout": 29}, INVALID,
            "Heartbeat timeout, 29, must be between 30 and 7200 seconds."),
    Refusal("a new hook without a transition", API, _empty,
            "PutLifecycleHook", {**_NAMED, "LifecycleHookName": "launch"}, INVALID,
            "A lifecycle transition is required to create a lifecycle hook."),
    Refusal("the 51st hook of a group", GUIDE, _fifty_hooks,
            "PutLifecycleHook", {**_NAMED, **LAUNCH_HOOK}, "LimitExceeded",
            "A group can have at most 50 lifecycle hooks."),
    Refusal("deleting a hook that does not exist", API, _empty,
            "DeleteLifecycleHook", {**_NAMED, "LifecycleHookName": "none"}, INVALID,
            "No Lifecycle Hook found with name none"),
    Refusal("terminating an instance of no group", QUOTED, _one,
            TERMINATE, _terminating("i-9", decrement=True), INVALID, _NO_INSTANCE),
    Refusal("terminating the same instance twice", QUOTED, _leaving,
            TERMINATE, _terminating("i-1", decrement=True), INVALID,
            "The instance i-1 is already being terminated."),
    Refusal("terminating with decrement at MinSize", QUOTED, _at_minimum,
            TERMINATE, _terminating("i-1", decrement=True), INVALID, _AT_MINIMUM),
    Refusal("terminating a retained instance with decrement", CAPTURED, _retained,
            TERMINATE, _terminating("i-1", decrement=True), INVALID, _RETAINED,
            "retained-terminate-decrement"),
    Refusal("putting a retained instance on standby", CAPTURED, _retained,
            "EnterStandby", _STANDBY, INVALID, "The instance i-1 is not in InService.", "retained-standby"),
    Refusal("leaving standby while Launch is suspended", CAPTURED, _standby,
            "ExitStandby", {**_NAMED, "InstanceIds": ["i-1"]}, INVALID,
            "Cannot move instances out of Standby for AutoScalingGroup asg-1 while the Launch process is "
            "suspended",
            "standby-exit-launch-suspended"),
    Refusal("standby with decrement at MinSize", GUIDE, _at_minimum,
            "EnterStandby", _STANDBY, INVALID, _STANDBY_SIZES),
    Refusal("leaving standby beyond MaxSize", GUIDE, _standby_at_maximum,
            "ExitStandby", {**_NAMED, "InstanceIds": ["i-1"]}, INVALID, _FULL),
    Refusal("leaving standby that one is not on", API, _one,
            "ExitStandby", {**_NAMED, "InstanceIds": ["i-1"]}, INVALID,
            "The instance i-1 is not in Standby."),
    Refusal("protecting an instance that is still pending", QUOTED, _launching,
            "SetInstanceProtection", _protecting("i-1"), INVALID, _NOT_SERVING),
    Refusal("protecting an instance that is leaving", QUOTED, _leaving,
            "SetInstanceProtection", _protecting("i-1"), INVALID, _NOT_SERVING),
    Refusal("protecting an instance of another group", QUOTED, _one,
            "SetInstanceProtection", _protecting("i-9"), INVALID,
            "The instance i-9 is not part of Auto Scaling group asg-1."),
    Refusal("a health status for an instance of no group", API, _one,
            "SetInstanceHealth", {"InstanceId": "i-9", "HealthStatus": "Unhealthy"}, INVALID, _NO_INSTANCE),
    Refusal("a health status for an instance that is leaving", GUIDE, _leaving,
            "SetInstanceHealth", {"InstanceId": "i-1", "HealthStatus": "Healthy"}, INVALID,
            "The instance i-1 is already being terminated."),
    Refusal("a filter of no known name", API, _one,
            "DescribeAutoScalingGroups", {"Filters": [{"Name": "name", "Values": ["x"]}]}, INVALID,
            "Filter type name is not correct. Allowed Filter types are: tag-key tag-value tag:<key>"),
    Refusal("a tag filter of no known name", API, _one,
            "DescribeTags", {"Filters": [{"Name": "name", "Values": ["x"]}]}, INVALID,
            "Filter type name is not correct. Allowed Filter types are: auto-scaling-group key value "
            "propagate-at-launch"),
    Refusal("a page of more than a hundred groups", API, _one,
            "DescribeAutoScalingGroups", {"MaxRecords": 101}, INVALID,
            "1 validation error detected: Value '101' at 'maxRecords' failed to satisfy constraint: Member "
            "must have value less than or equal to 100"),
    Refusal("a token that was never given out", API, _one,
            "DescribeAutoScalingGroups", {"NextToken": "gibberish"}, "InvalidNextToken",
            "The token 'gibberish' is invalid."),
    Refusal("a request without what it needs", API, _one,
            "SetDesiredCapacity", _NAMED, INVALID,
            "1 validation error detected: Value null at 'desiredCapacity' failed to satisfy constraint: "
            "Member must not be null"),
    Refusal("a process of no known name", API, _one,
            "SuspendProcesses", {**_NAMED, "ScalingProcesses": ["Sleep"]}, INVALID,
            "1 validation error detected: Value 'Sleep' at 'scalingProcesses' failed to satisfy constraint: "
            "Member must satisfy enum value set: [AZRebalance, AddToLoadBalancer, AlarmNotification, "
            "HealthCheck, InstanceRefresh, Launch, ReplaceUnhealthy, ScheduledActions, Terminate]"),
]
# fmt: on
captured(*(refusal.fact for refusal in REFUSALS if refusal.fact is not None))
