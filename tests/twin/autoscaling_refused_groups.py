"""What AWS refuses about groups: their sizes, their creation and their deletion."""

from collections.abc import Callable

from tests.twin.autoscaling_bench import RETAIN, Bench
from tests.twin.autoscaling_states import (
    API,
    CAPTURED,
    GUIDE,
    INVALID,
    NAMED,
    QUOTED,
    Refusal,
    at_minimum,
    empty,
    one,
    retained,
)

CREATE = "CreateAutoScalingGroup"
UPDATE = "UpdateAutoScalingGroup"
DELETE = "DeleteAutoScalingGroup"
_CREATE = {
    "AutoScalingGroupName": "asg-2",
    "LaunchTemplate": {"LaunchTemplateId": "lt-1"},
    "VPCZoneIdentifier": "subnet-a",
    "MinSize": 0,
    "MaxSize": 1,
}
_IN_USE = (
    "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
    "still in the group."
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
_PENDING_DELETE = "The AutoScaling group may not be modified while it is pending delete"


def _deletion_protected(level: str) -> Callable[[Bench], None]:
    return lambda bench: bench.create(DeletionProtection=level)


def _retaining(bench: Bench) -> None:
    bench.create(InstanceLifecyclePolicy=RETAIN)


def _deleting(bench: Bench) -> None:
    bench.serving(1)
    bench.on_group("DeleteAutoScalingGroup", ForceDelete=True)


# fmt: off
GROUPS = [
    Refusal("a desired capacity above MaxSize", CAPTURED, empty,
            "SetDesiredCapacity", {**NAMED, "DesiredCapacity": 4}, INVALID,
            "New SetDesiredCapacity value 4 is above max value 3 for the AutoScalingGroup.",
            "desired-above-max"),
    Refusal("a desired capacity below MinSize", QUOTED, at_minimum,
            "SetDesiredCapacity", {**NAMED, "DesiredCapacity": 0}, INVALID,
            "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup."),
    Refusal("an update with MinSize above MaxSize", CAPTURED, empty,
            UPDATE, {**NAMED, "MinSize": 3, "MaxSize": 1}, INVALID,
            "Max bound, 1, must be greater than or equal to min bound, 3", "update-min-over-max"),
    Refusal("an update of the desired capacity alone, beyond MaxSize", CAPTURED, empty,
            UPDATE, {**NAMED, "DesiredCapacity": 4}, INVALID,
            "Desired capacity:4 must be between the specified min size:0 and max size:3"),
    Refusal("a new group with MinSize above MaxSize", CAPTURED, empty,
            CREATE, {**_CREATE, "MinSize": 2, "MaxSize": 1}, INVALID,
            "Max bound, 1, must be greater than or equal to min bound, 2", "create-min-over-max"),
    Refusal("a new group with a desired capacity above MaxSize", CAPTURED, empty,
            CREATE, {**_CREATE, "MaxSize": 2, "DesiredCapacity": 3}, INVALID,
            "Desired capacity:3 must be between the specified min size:0 and max size:2",
            "create-desired-over-max"),
    Refusal("a new group with a negative MinSize", CAPTURED, empty,
            CREATE, {**_CREATE, "MinSize": -1}, INVALID,
            "Min bound, -1, must be non-negative", "create-min-negative"),
    Refusal("a second group of the same name", CAPTURED, empty,
            CREATE, {**_CREATE, **NAMED}, "AlreadyExists",
            "AutoScalingGroup by this name already exists - A group with the name asg-1 already exists",
            "create-duplicate"),
    Refusal("a new group of a name that is being deleted", QUOTED, _deleting,
            CREATE, {**_CREATE, **NAMED}, "AlreadyExists",
            "AutoScalingGroup by this name already exists - A group with the name asg-1 already exists and "
            "is pending delete"),
    Refusal("a new group without a launch template", QUOTED, empty,
            CREATE, {k: v for k, v in _CREATE.items() if k != "LaunchTemplate"}, INVALID,
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or "
            "MixedInstancesPolicy parameter."),
    Refusal("a new group whose launch template has no name", QUOTED, empty,
            CREATE, {**_CREATE, "LaunchTemplate": {"Version": "1"}}, INVALID,
            "Valid requests must contain either launchTemplateId or LaunchTemplateName"),
    Refusal("a new group without a subnet", QUOTED, empty,
            CREATE, {k: v for k, v in _CREATE.items() if k != "VPCZoneIdentifier"}, INVALID,
            "At least one Availability Zone or VPC Subnet is required."),
    Refusal("a new group in a subnet that does not exist", API, empty,
            CREATE, {**_CREATE, "VPCZoneIdentifier": "subnet-a,subnet-x"}, INVALID,
            "The subnet ID 'subnet-x' does not exist"),
    Refusal("a new group with a launch template that does not exist", API, empty,
            CREATE, {**_CREATE, "LaunchTemplate": {"LaunchTemplateId": "lt-none"}}, INVALID,
            "The specified launch template, with template ID lt-none, does not exist."),
    Refusal("a termination policy of no known name", CAPTURED, empty,
            UPDATE, {**NAMED, "TerminationPolicies": ["oldest"]}, INVALID, _POLICIES,
            "termination-policy-bare-name"),
    Refusal("deleting a group with a member in service", CAPTURED, one,
            DELETE, {**NAMED, "ForceDelete": False}, "ResourceInUse", _IN_USE, "delete-with-instances"),
    Refusal("deleting a group with a retained member", CAPTURED, retained,
            DELETE, NAMED, "ResourceInUse", _IN_USE, "delete-with-instances"),
    Refusal("forced deletion of even an empty group that retains", CAPTURED, _retaining,
            DELETE, {**NAMED, "ForceDelete": True}, INVALID, _NO_FORCE, "retain-force-delete"),
    Refusal("forced deletion of a group protected from it", GUIDE,
            _deletion_protected("prevent-force-deletion"), DELETE, {**NAMED, "ForceDelete": True}, INVALID,
            "The AutoScaling group cannot be deleted: its DeletionProtection is prevent-force-deletion"),
    Refusal("deletion of a group protected from any", GUIDE, _deletion_protected("prevent-all-deletion"),
            DELETE, NAMED, INVALID,
            "The AutoScaling group cannot be deleted: its DeletionProtection is prevent-all-deletion"),
    Refusal("changing a group that is being deleted", QUOTED, _deleting,
            UPDATE, {**NAMED, "MaxSize": 5}, INVALID, _PENDING_DELETE),
    Refusal("terminating in a group that is being deleted", QUOTED, _deleting,
            "TerminateInstanceInAutoScalingGroup",
            {"InstanceId": "i-1", "ShouldDecrementDesiredCapacity": False}, INVALID, _PENDING_DELETE),
    Refusal("changing a group that does not exist", QUOTED, empty,
            "SetDesiredCapacity", {"AutoScalingGroupName": "asg-9", "DesiredCapacity": 1}, INVALID,
            "AutoScalingGroup name not found - AutoScalingGroup: asg-9 not found"),
]
# fmt: on
