"""Lifecycle hooks: whom they hold, what they tell, and whom an abandoned termination retains."""

import json

import pytest

from tests.twin.autoscaling_bench import (
    GROUP,
    STARTED,
    after,
    at,
    told,
)
from tests.twin.autoscaling_stage import Stage

ABANDONED = (
    "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {} was abandoned: {}"
)
PLACE = {"Subnet ID": "subnet-a", "Availability Zone ID": "use1-az1", "Availability Zone": "us-east-1a"}


def token(bench: Stage) -> str:
    return str(bench.of_type("EC2 Instance-terminate Lifecycle Action")[-1]["detail"]["LifecycleActionToken"])


# Captured.
def test_a_launch_is_told_of_as_it_goes(bench: Stage) -> None:
    bench.play("begins_with 0; desire 1; wait 9; sees; wait 2; sees i-1 Pending")
    assert told(bench.activity("Launching"))[1:3] == ("PreInService", 30)
    bench.play("wait 60; sees i-1 InService")
    ended = bench.activity("Launching")
    asked = "a user request explicitly set group desired capacity changing the desired capacity from 0 to 1."
    cause = f"At {after(0)} {asked}  At {after(10)} {STARTED}."
    assert told(ended) == ("Launching a new EC2 instance: i-1", "Successful", 100, cause)
    assert (ended["StartTime"].microsecond, ended["EndTime"].microsecond) == (250_000, 0)
    assert json.loads(ended["Details"]) == PLACE


# Captured.
def test_hooks_tell_eventbridge_whom_they_hold(bench: Stage) -> None:
    bench.play("serves 1 hooked; release i-1; wait 5")
    (event,) = bench.of_type("EC2 Instance-terminate Lifecycle Action")
    assert event["detail"] == {
        "AutoScalingGroupName": GROUP,
        "EC2InstanceId": "i-1",
        "LifecycleActionToken": token(bench),
        "LifecycleHookName": "terminate",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "Origin": "AutoScalingGroup",
        "Destination": "EC2",
        "Action": "Terminate",
    }
    assert len(token(bench)) == 36
    assert event["resources"] == [bench.group()["AutoScalingGroupARN"]]
    assert (event["source"], event["time"]) == ("aws.autoscaling", after(61))


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
