"""Lifecycle hooks: whom they hold, what they tell, and whom an abandoned termination retains."""

import json

import pytest

from tests.twin.autoscaling_bench import (
    GROUP,
    LAUNCH_HOOK,
    STARTED,
    TERMINATE_HOOK,
    after,
    at,
    told,
)
from tests.twin.autoscaling_stage import Stage

ABANDONED = (
    "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {} was abandoned: {}"
)


def token(bench: Stage, kind: str = "terminate") -> str:
    return str(bench.of_type(f"EC2 Instance-{kind} Lifecycle Action")[-1]["detail"]["LifecycleActionToken"])


# Captured.
@pytest.mark.parametrize(("heartbeat", "overall"), [(30, 3000), (1728, 172_800), (7200, 172_800)])
def test_a_hook_ends_after_a_hundred_heartbeats_or_two_days(
    bench: Stage, heartbeat: int, overall: int
) -> None:
    bench.create()
    bench.on_group("PutLifecycleHook", **{**TERMINATE_HOOK, "HeartbeatTimeout": heartbeat})
    (hook,) = bench.on_group("DescribeLifecycleHooks")["LifecycleHooks"]
    assert hook["GlobalTimeout"] == overall


# Captured.
def test_a_launch_hook_holds_the_instance_until_it_is_completed(bench: Stage) -> None:
    bench.create(MaxSize=2, LifecycleHookSpecificationList=[LAUNCH_HOOK])
    bench.play("desire 1; wait 9; sees; wait 2; sees i-1 Pending")
    assert told(bench.activity("Launching"))[1:3] == ("PreInService", 30)
    bench.play("wait 60; sees i-1 Pending:Wait")
    cause = f"At {after(10)} {STARTED}."
    waiting = ("Launching a new EC2 instance: i-1", "MidLifecycleAction", 40, cause)
    assert told(bench.activity("Launching")) == waiting
    bench.play("complete i-1 CONTINUE launch; sees i-1 Pending:Proceed; wait 2; sees i-1 InService")
    ended = bench.activity("Launching")
    assert told(ended) == ("Launching a new EC2 instance: i-1", "Successful", 100, cause)
    assert (ended["StartTime"].microsecond, ended["EndTime"].microsecond) == (250_000, 0)
    place = {
        "Subnet ID": "subnet-a",
        "Availability Zone ID": "use1-az1",
        "Availability Zone": "us-east-1a",
    }
    assert json.loads(ended["Details"]) == place


# Captured.
def test_hooks_tell_eventbridge_whom_they_hold(bench: Stage) -> None:
    bench.play("begins_with 1 both; wait 60; complete i-1 CONTINUE launch; wait 5; release i-1; wait 5")
    launch, terminate = (bench.of_type(f"EC2 Instance-{k} Lifecycle Action") for k in ("launch", "terminate"))
    common = {"AutoScalingGroupName": GROUP, "EC2InstanceId": "i-1"}
    assert [event["detail"] for event in launch] == [
        {
            **common,
            "LifecycleActionToken": token(bench, "launch"),
            "LifecycleHookName": "launch",
            "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
            "Origin": "EC2",
            "Destination": "AutoScalingGroup",
            "Action": "Launch",
        }
    ]
    assert [event["detail"] for event in terminate] == [
        {
            **common,
            "LifecycleActionToken": token(bench),
            "LifecycleHookName": "terminate",
            "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
            "Origin": "AutoScalingGroup",
            "Destination": "EC2",
            "Action": "Terminate",
        }
    ]
    assert len(token(bench)) == 36
    assert launch[0]["resources"] == [bench.group()["AutoScalingGroupARN"]]
    assert (launch[0]["source"], launch[0]["time"]) == ("aws.autoscaling", after(40))


# Captured.
def test_an_abandoned_termination_retains_the_instance_and_replaces_it(bench: Stage) -> None:
    bench.retaining()
    returned = bench.terminate("i-1")
    requested = bench.time
    assert (returned["StatusCode"], returned["Progress"]) == ("InProgress", 0)
    bench.play("sees i-1 Terminating; wait 7; sees i-1 Terminating:Wait")
    underway = bench.activity("Terminating")
    assert (underway["StatusCode"], underway["Progress"]) == ("MidTerminatingLifecycleAction", 60)
    bench.complete("i-1", "ABANDON")
    abandoned = bench.time
    assert bench.states() == {"i-1": "Terminating:Retained", "i-2": "Pending"}
    bench.wait(60)
    assert bench.states() == {"i-1": "Terminating:Retained", "i-2": "InService"}
    assert (bench.group()["DesiredCapacity"], bench.ec2.states["i-1"], bench.ends()) == (1, "running", [])
    why = ABANDONED.format(token(bench), "Lifecycle Action Completed with ABANDON Result")
    cancelled = bench.activity("Terminating")
    assert told(cancelled) == (
        f"Terminating EC2 instance: i-1.  Status Reason: {why}",
        "Cancelled",
        100,
        f"At {at(requested)} instance i-1 was taken out of service in response to a user request.",
    )
    assert cancelled["StatusMessage"] == why
    replacement = bench.activity("Launching a new EC2 instance: i-2")
    started = f"At {at(abandoned)} {STARTED}."
    assert told(replacement)[1:] == ("Successful", 100, started)


def test_the_event_of_a_termination_that_a_hook_held_still_says_so(bench: Stage) -> None:
    """Captured in notifications of 2018 and 2024: the StatusCode is from before the activity's end."""
    bench.retaining()
    bench.play("terminate i-1; wait 7; complete i-1 CONTINUE; wait 60")
    (event,) = bench.of_type("EC2 Instance Terminate Successful")
    assert event["detail"]["StatusCode"] == "MidTerminatingLifecycleAction"
    assert "Action" not in event["detail"]
    assert bench.activity("Terminating")["StatusCode"] == "Successful"


# Captured.
def test_a_retained_instance_can_be_terminated_again_and_retained_again(bench: Stage) -> None:
    bench.play("retaining; terminate i-1; wait 5; complete i-1 ABANDON")
    first = token(bench)
    bench.play("terminate i-1; wait 62; state_of i-1 Terminating:Retained")
    assert token(bench) != first
    why = ABANDONED.format(token(bench), "Heartbeat Timeout")
    (again, _) = [a for a in bench.activities() if a["Description"].startswith("Terminating")]
    assert (again["StatusCode"], again["StatusMessage"]) == ("Cancelled", why)
    assert (again["EndTime"] - again["StartTime"]).total_seconds() == pytest.approx(61, abs=1)
    bench.play("terminate i-1; wait 5; complete i-1 CONTINUE; wait 60; sees i-2 InService; ended i-1 request")
