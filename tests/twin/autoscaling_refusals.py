"""Requests that AWS refuses, each with the state in which it comes, its words, and who says so."""

from typing import Any, NamedTuple

from tests.twin.autoscaling_bench import GROUP, TERMINATE_HOOK

CAPTURED = "captured from real AWS by radkawar/stackd, commit 9dc356f"
API = "EC2 Auto Scaling API reference"
GUIDE = "EC2 Auto Scaling User Guide"
QUOTED = "quoted as AWS's error by several public projects"

Call = tuple[str, dict[str, Any]]


class Refusal(NamedTuple):
    """A request that AWS refuses after a scene."""

    about: str
    source: str
    scene: str
    call: Call
    message: str
    code: str = "ValidationError"


def call(operation: str, **params: Any) -> Call:
    return operation, params


def on_group(operation: str, **params: Any) -> Call:
    return operation, {"AutoScalingGroupName": GROUP, **params}


def on_hook(operation: str, **params: Any) -> Call:
    return on_group(operation, LifecycleHookName="terminate", **params)


def create(without: str = "", **params: Any) -> Call:
    """The creation of a group, without one of its parameters, or with others."""
    template = {"LaunchTemplateId": "lt-1"}
    defaults = {"LaunchTemplate": template, "VPCZoneIdentifier": "subnet-a", "MinSize": 0, "MaxSize": 1}
    asked = {"AutoScalingGroupName": "asg-2", **defaults, **params}
    return "CreateAutoScalingGroup", {name: value for name, value in asked.items() if name != without}


def terminate(instance_id: str, *, decrement: bool = True) -> Call:
    params = {"InstanceId": instance_id, "ShouldDecrementDesiredCapacity": decrement}
    return "TerminateInstanceInAutoScalingGroup", params


def protect(instance_id: str) -> Call:
    return on_group("SetInstanceProtection", InstanceIds=[instance_id], ProtectedFromScaleIn=True)


EMPTY, ONE, AT_MINIMUM = "begins_with 0", "serves 1", "serves 1 MinSize=1"
LAUNCHING, LEAVING, DELETING = "begins_with 1; wait 15", "serves 2; terminate i-1", "serves 1; delete"
WAITING = "serves 1 hooked; terminate i-1; wait 8"
COMPLETED = f"{WAITING}; complete i-1 CONTINUE"
RETAINED = "serves 1 hooked retaining; terminate i-1; wait 8; complete i-1 ABANDON; wait 60"

# fmt: off
REFUSALS = [
    # Groups
    Refusal("a desired capacity above MaxSize", CAPTURED, EMPTY,
      on_group("SetDesiredCapacity", DesiredCapacity=4),
      "New SetDesiredCapacity value 4 is above max value 3 for the AutoScalingGroup."),
    Refusal("a desired capacity below MinSize", QUOTED, AT_MINIMUM,
      on_group("SetDesiredCapacity", DesiredCapacity=0),
      "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup."),
    Refusal("an update with MinSize above MaxSize", CAPTURED, EMPTY,
      on_group("UpdateAutoScalingGroup", MinSize=3, MaxSize=1),
      "Max bound, 1, must be greater than or equal to min bound, 3"),
    Refusal("an update of the desired capacity alone, beyond MaxSize", CAPTURED, EMPTY,
      on_group("UpdateAutoScalingGroup", DesiredCapacity=4),
      "Desired capacity:4 must be between the specified min size:0 and max size:3"),
    Refusal("a new group with MinSize above MaxSize", CAPTURED, EMPTY, create(MinSize=2),
      "Max bound, 1, must be greater than or equal to min bound, 2"),
    Refusal("a new group with a desired capacity above MaxSize", CAPTURED, EMPTY,
      create(MaxSize=2, DesiredCapacity=3),
      "Desired capacity:3 must be between the specified min size:0 and max size:2"),
    Refusal("a new group with a negative MinSize", CAPTURED, EMPTY, create(MinSize=-1),
      "Min bound, -1, must be non-negative"),
    Refusal("a second group of the same name", CAPTURED, EMPTY, create(AutoScalingGroupName="asg-1"),
      "AutoScalingGroup by this name already exists - A group with the name asg-1 already exists",
      code="AlreadyExists"),
    Refusal("a new group of a name that is being deleted", QUOTED, DELETING,
      create(AutoScalingGroupName="asg-1"),
      "AutoScalingGroup by this name already exists - A group with the name asg-1 already exists and is "
      "pending delete", code="AlreadyExists"),
    Refusal("a new group without a launch template", QUOTED, EMPTY, create("LaunchTemplate"),
      "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or "
      "MixedInstancesPolicy parameter."),
    Refusal("a new group whose launch template has no name", QUOTED, EMPTY,
      create(LaunchTemplate={"Version": "1"}),
      "Valid requests must contain either launchTemplateId or LaunchTemplateName"),
    Refusal("a new group without a subnet", QUOTED, EMPTY, create("VPCZoneIdentifier"),
      "At least one Availability Zone or VPC Subnet is required."),
    Refusal("a new group in a subnet that does not exist", API, EMPTY,
      create(VPCZoneIdentifier="subnet-a,subnet-x"), "The subnet ID 'subnet-x' does not exist"),
    Refusal("a new group with a launch template that does not exist", API, EMPTY,
      create(LaunchTemplate={"LaunchTemplateId": "lt-none"}),
      "The specified launch template, with template ID lt-none, does not exist."),
    Refusal("a termination policy of no known name", CAPTURED, EMPTY,
      on_group("UpdateAutoScalingGroup", TerminationPolicies=["oldest"]),
      "[oldest] is not a valid termination policy. Valid termination policies are: [AllocationStrategy, "
      "ClosestToNextInstanceHour, Default, Lambda, NewestInstance, OldestInstance, "
      "OldestLaunchConfiguration, OldestLaunchTemplate]."),
    Refusal("deleting a group with a member in service", CAPTURED, ONE,
      on_group("DeleteAutoScalingGroup", ForceDelete=False),
      "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
      "still in the group.", code="ResourceInUse"),
    Refusal("deleting a group with a retained member", CAPTURED, RETAINED, on_group("DeleteAutoScalingGroup"),
      "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
      "still in the group.", code="ResourceInUse"),
    Refusal("forced deletion of even an empty group that retains", CAPTURED, "begins_with 0 retaining",
      on_group("DeleteAutoScalingGroup", ForceDelete=True),
      "You can't force delete this Auto Scaling group because the TerminateHookAbandon retention trigger is "
      "set to retain. Change the retention trigger to terminate and try again."),
    Refusal("forced deletion of a group protected from it", GUIDE, "begins_with 0 unforced",
      on_group("DeleteAutoScalingGroup", ForceDelete=True),
      "The AutoScaling group cannot be deleted: its DeletionProtection is prevent-force-deletion"),
    Refusal("deletion of a group protected from any", GUIDE, "begins_with 0 undeletable",
      on_group("DeleteAutoScalingGroup"),
      "The AutoScaling group cannot be deleted: its DeletionProtection is prevent-all-deletion"),
    Refusal("changing a group that is being deleted", QUOTED, DELETING,
      on_group("UpdateAutoScalingGroup", MaxSize=5),
      "The AutoScaling group may not be modified while it is pending delete"),
    Refusal("terminating in a group that is being deleted", QUOTED, DELETING,
      terminate("i-1", decrement=False),
      "The AutoScaling group may not be modified while it is pending delete"),
    Refusal("changing a group that does not exist", QUOTED, EMPTY,
      call("SetDesiredCapacity", AutoScalingGroupName="asg-9", DesiredCapacity=1),
      "AutoScalingGroup name not found - AutoScalingGroup: asg-9 not found"),
    # Members
    Refusal("completing a second time", CAPTURED, COMPLETED,
      on_hook("CompleteLifecycleAction", InstanceId="i-1", LifecycleActionResult="CONTINUE"),
      "No active Lifecycle Action found with instance ID i-1"),
    Refusal("a heartbeat timeout under 30 seconds", API, EMPTY,
      on_group("PutLifecycleHook", **{**TERMINATE_HOOK, "HeartbeatTimeout": 29}),
      "Heartbeat timeout, 29, must be between 30 and 7200 seconds."),
    Refusal("a new hook without a transition", API, EMPTY,
      on_group("PutLifecycleHook", LifecycleHookName="launch"),
      "A lifecycle transition is required to create a lifecycle hook."),
    Refusal("deleting a hook that does not exist", API, EMPTY,
      on_group("DeleteLifecycleHook", LifecycleHookName="none"), "No Lifecycle Hook found with name none"),
    Refusal("terminating an instance of no group", QUOTED, ONE, terminate("i-9"),
      "Instance Id not found - No managed instance found for instance ID: i-9"),
    Refusal("terminating the same instance twice", QUOTED, LEAVING, terminate("i-1"),
      "The instance i-1 is already being terminated."),
    Refusal("terminating with decrement at MinSize", QUOTED, AT_MINIMUM, terminate("i-1"),
      "Currently, desiredSize equals minSize (1). Terminating instance without replacement will violate "
      "group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's "
      "min size."),
    Refusal("terminating a retained instance with decrement", CAPTURED, RETAINED, terminate("i-1"),
      "The instance i-1 is in a Retained state and can't be terminated while decreasing desired capacity. To "
      "terminate these instances, retry without decreasing the Auto Scaling group's desired capacity."),
    Refusal("protecting an instance that is still pending", QUOTED, LAUNCHING, protect("i-1"),
      "The instance i-1 is not in InService or EnteringStandby or Standby."),
    Refusal("protecting an instance that is leaving", QUOTED, LEAVING, protect("i-1"),
      "The instance i-1 is not in InService or EnteringStandby or Standby."),
    Refusal("protecting an instance of another group", QUOTED, ONE, protect("i-9"),
      "The instance i-9 is not part of Auto Scaling group asg-1."),
    Refusal("a health status for an instance of no group", API, ONE,
      call("SetInstanceHealth", InstanceId="i-9", HealthStatus="Unhealthy"),
      "Instance Id not found - No managed instance found for instance ID: i-9"),
    Refusal("a health status for an instance that is leaving", GUIDE, LEAVING,
      call("SetInstanceHealth", InstanceId="i-1", HealthStatus="Healthy"),
      "The instance i-1 is already being terminated."),
    # Any request
    Refusal("a filter of no known name", API, ONE,
      call("DescribeAutoScalingGroups", Filters=[{"Name": "name", "Values": ["x"]}]),
      "Filter type name is not correct. Allowed Filter types are: tag-key tag-value tag:<key>"),
    Refusal("a page of more than a hundred groups", API, ONE,
      call("DescribeAutoScalingGroups", MaxRecords=101),
      "1 validation error detected: Value '101' at 'maxRecords' failed to satisfy constraint: Member must "
      "have value less than or equal to 100"),
    Refusal("a token that was never given out", API, ONE,
      call("DescribeAutoScalingGroups", NextToken="gibberish"), "The token 'gibberish' is invalid.",
      code="InvalidNextToken"),
    Refusal("a request without what it needs", API, ONE, on_group("SetDesiredCapacity"),
      "1 validation error detected: Value null at 'desiredCapacity' failed to satisfy constraint: Member "
      "must not be null"),
    Refusal("a process of no known name", API, ONE, on_group("SuspendProcesses", ScalingProcesses=["Sleep"]),
      "1 validation error detected: Value 'Sleep' at 'scalingProcesses' failed to satisfy constraint: Member "
      "must satisfy enum value set: [AZRebalance, AddToLoadBalancer, AlarmNotification, HealthCheck, "
      "InstanceRefresh, Launch, ReplaceUnhealthy, ScheduledActions, Terminate]"),
]
# fmt: on
