"""The life of an instance in its group, as documented: requests, hooks, launches that fail."""

from itertools import pairwise

import pytest

from tests.twin.autoscaling_bench import GROUP, START, at
from tests.twin.autoscaling_stage import Stage

NO_CAPACITY = (
    "We currently do not have sufficient r6i.large capacity in the Availability Zone you requested "
    "(us-east-1a). Launching EC2 instance failed."
)


# Termination on request (API reference, TerminateInstanceInAutoScalingGroup)


@pytest.mark.parametrize("decrement", [True, False])
def test_a_requested_termination_is_replaced_unless_it_decrements(bench: Stage, decrement: bool) -> None:
    bench.serving(2)
    requested = bench.time
    activity = bench.terminate("i-1", decrement=decrement)
    assert activity["StatusCode"] == "InProgress"
    assert "AutoScalingGroupARN" not in activity
    reason = "instance i-1 was taken out of service in response to a user request."
    assert activity["Cause"] == f"At {at(requested)} {reason}"
    bench.wait(120)
    assert bench.group()["DesiredCapacity"] == (1 if decrement else 2)
    assert list(bench.states()) == (["i-2"] if decrement else ["i-2", "i-3"])
    assert bench.ends() == [("i-1", "request")]


@pytest.mark.parametrize("suspended", [(), ("Terminate",), ("Terminate", "ReplaceUnhealthy", "AZRebalance")])
def test_neither_protection_nor_suspension_stops_a_requested_termination(
    bench: Stage, suspended: tuple[str, ...]
) -> None:
    bench.serving(1, NewInstancesProtectedFromScaleIn=True)
    if suspended:
        bench.suspend(*suspended)
    bench.play("release i-1; wait 30; sees")
    (end,) = bench.aws.terminations
    assert (end.cause, end.protected, (end.at - end.selected_at).total_seconds()) == ("request", True, 1)


def test_launches_and_terminations_reach_eventbridge_in_the_shape_of_aws(bench: Stage) -> None:
    """User Guide, event reference; Origin and Destination since 2023; RequestId is the activity's."""
    bench.play("serves 1; release i-1; wait 60")
    arn = bench.group()["AutoScalingGroupARN"]
    for kind, way in (
        ("Launch", {"Origin": "EC2", "Destination": "AutoScalingGroup"}),
        ("Terminate", {"Origin": "AutoScalingGroup", "Destination": "EC2"}),
    ):
        (event,) = bench.of_type(f"EC2 Instance {kind} Successful")
        doing = "Launching a new EC2 instance" if kind == "Launch" else "Terminating EC2 instance"
        activity = bench.activity(doing)
        assert event["resources"] == [arn, "arn:aws:ec2:us-east-1:123456789012:instance/i-1"]
        assert event["detail"] == {
            "StatusCode": "InProgress",
            "Description": f"{doing}: i-1",
            "AutoScalingGroupName": GROUP,
            "ActivityId": activity["ActivityId"],
            "RequestId": activity["ActivityId"],
            "Details": {
                "Subnet ID": "subnet-a",
                "Availability Zone ID": "use1-az1",
                "Availability Zone": "us-east-1a",
            },
            "StatusMessage": "",
            "StartTime": f"{activity['StartTime']:%Y-%m-%dT%H:%M:%S}.250Z",
            "EndTime": f"{activity['EndTime']:%Y-%m-%dT%H:%M:%S}.250Z",
            "EC2InstanceId": "i-1",
            "Cause": activity["Cause"],
            **way,
        }


# Lifecycle hooks (User Guide, "How lifecycle hooks work")


def test_a_changed_hook_keeps_what_is_not_said_and_waits_under_way_keep_their_timeout(bench: Stage) -> None:
    bench.play("serves 1 hooked; release i-1; wait 5")
    bench.on_group("PutLifecycleHook", LifecycleHookName="terminate", HeartbeatTimeout=30)
    (hook,) = bench.on_group("DescribeLifecycleHooks")["LifecycleHooks"]
    assert (hook["HeartbeatTimeout"], hook["DefaultResult"]) == (30, "ABANDON")
    bench.play("wait 50; sees i-1 Terminating:Wait")


def test_a_hook_holds_an_hour_and_abandons_unless_it_says_otherwise(bench: Stage) -> None:
    """API reference, PutLifecycleHook."""
    bench.create()
    transition = "autoscaling:EC2_INSTANCE_TERMINATING"
    bench.on_group("PutLifecycleHook", LifecycleHookName="h", LifecycleTransition=transition)
    (hook,) = bench.on_group("DescribeLifecycleHooks")["LifecycleHooks"]
    assert (hook["HeartbeatTimeout"], hook["DefaultResult"]) == (3600, "ABANDON")


# Failed launches (User Guide, "Troubleshoot"; the back-off is our choice)


def test_a_failed_launch_is_told_and_tried_again_less_and_less_often(bench: Stage) -> None:
    bench.ec2.refusals["subnet-a"] = NO_CAPACITY
    bench.play("begins_with 1; wait 7200")
    failures = bench.activities()
    assert {(a["StatusCode"], a["StatusMessage"]) for a in failures} == {("Failed", NO_CAPACITY)}
    assert failures[0]["Description"] == f"Launching a new EC2 instance.  Status Reason: {NO_CAPACITY}"
    tried = [(a["StartTime"] - START).total_seconds() for a in reversed(failures)]
    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert tried[0] == 10
    assert waits[:6] == [30, 60, 120, 240, 480, 900]
    assert set(waits[6:]) == {900}
    first = bench.of_type("EC2 Instance Launch Unsuccessful")[0]
    assert first["detail"]["StatusCode"] == "Failed"
    assert first["detail"]["StatusMessage"] == NO_CAPACITY
    assert first["detail"]["EC2InstanceId"] == ""
    bench.play("is_free subnet-a; wait 1000; sees i-1 InService")


def test_a_template_that_vanished_is_a_failed_launch(bench: Stage) -> None:
    bench.serving(1)
    bench.ec2.no_templates.add("lt-1")
    bench.play("desire 2; wait 20")
    failed = bench.activity("Launching a new EC2 instance.")
    assert failed["StatusCode"] == "Failed"
    assert failed["StatusMessage"] == "The specified launch template, with template ID lt-1, does not exist."
