"""Lifecycle hooks: whom they hold, what they tell, and whom an abandoned termination retains."""

import json

import pytest

from tests.twin.autoscaling_bench import (
    GROUP,
    LAUNCH_HOOK,
    START,
    STARTED,
    TERMINATE_HOOK,
    Bench,
    after,
    at,
    told,
)
from tests.twin.autoscaling_cases import captured

ABANDONED = (
    "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {} was abandoned: {}"
)


def token(bench: Bench, kind: str = "terminate") -> str:
    return str(bench.of_type(f"EC2 Instance-{kind} Lifecycle Action")[-1]["detail"]["LifecycleActionToken"])


@captured("hook-global-timeout")
@pytest.mark.parametrize(("heartbeat", "overall"), [(30, 3000), (1728, 172_800), (7200, 172_800)])
def test_a_hook_ends_after_a_hundred_heartbeats_or_two_days(
    bench: Bench, heartbeat: int, overall: int
) -> None:
    bench.create()
    bench.on_group("PutLifecycleHook", **{**TERMINATE_HOOK, "HeartbeatTimeout": heartbeat})
    (hook,) = bench.on_group("DescribeLifecycleHooks")["LifecycleHooks"]
    assert hook["GlobalTimeout"] == overall


@captured("launch-hook-sequence")
def test_a_launch_hook_holds_the_instance_until_it_is_completed(bench: Bench) -> None:
    bench.create(MaxSize=2, LifecycleHookSpecificationList=[LAUNCH_HOOK])
    bench.desire(1)
    bench.wait(9)
    assert bench.states() == {}
    bench.wait(2)
    assert bench.states() == {"i-1": "Pending"}
    assert told(bench.activity("Launching"))[1:3] == ("PreInService", 30)
    bench.wait(60)
    assert bench.states() == {"i-1": "Pending:Wait"}
    cause = (
        f"At {at(START)} a user request explicitly set group desired capacity changing the desired capacity "
        f"from 0 to 1.  At {after(10)} {STARTED}, increasing the capacity from 0 to 1."
    )
    waiting = ("Launching a new EC2 instance: i-1", "MidLifecycleAction", 40, cause)
    assert told(bench.activity("Launching")) == waiting
    bench.complete("i-1", "CONTINUE", "launch")
    assert bench.states() == {"i-1": "Pending:Proceed"}
    bench.wait(2)
    assert bench.states() == {"i-1": "InService"}
    ended = bench.activity("Launching")
    assert told(ended) == ("Launching a new EC2 instance: i-1", "Successful", 100, cause)
    assert (ended["StartTime"].microsecond, ended["EndTime"].microsecond) == (250_000, 0)
    place = {
        "Subnet ID": "subnet-a",
        "Availability Zone ID": "use1-az1",
        "Availability Zone": "us-east-1a",
    }
    assert json.loads(ended["Details"]) == place


@captured("launch-event")
def test_hooks_tell_eventbridge_whom_they_hold(bench: Bench) -> None:
    bench.create(LifecycleHookSpecificationList=[LAUNCH_HOOK, TERMINATE_HOOK], DesiredCapacity=1)
    bench.wait(60)
    bench.complete("i-1", "CONTINUE", "launch")
    bench.wait(5)
    bench.terminate("i-1", decrement=True)
    bench.wait(5)
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


@captured("retain-on-abandon")
def test_an_abandoned_termination_retains_the_instance_and_replaces_it(bench: Bench) -> None:
    bench.retaining()
    returned = bench.terminate("i-1")
    requested = bench.time
    assert (returned["StatusCode"], returned["Progress"]) == ("InProgress", 0)
    assert bench.states() == {"i-1": "Terminating"}
    bench.wait(7)
    assert bench.states() == {"i-1": "Terminating:Wait"}
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
    started = f"At {at(abandoned)} {STARTED}, increasing the capacity from 0 to 1."
    assert told(replacement)[1:] == ("Successful", 100, started)


@captured("retained-terminate-again")
def test_a_retained_instance_can_be_terminated_again_and_retained_again(bench: Bench) -> None:
    bench.retaining()
    bench.terminate("i-1")
    bench.wait(5)
    bench.complete("i-1", "ABANDON")
    first = token(bench)
    bench.terminate("i-1")
    bench.wait(62)
    assert bench.states()["i-1"] == "Terminating:Retained"
    assert token(bench) != first
    why = ABANDONED.format(token(bench), "Heartbeat Timeout")
    (again, _) = [a for a in bench.activities() if a["Description"].startswith("Terminating")]
    assert (again["StatusCode"], again["StatusMessage"]) == ("Cancelled", why)
    assert (again["EndTime"] - again["StartTime"]).total_seconds() == pytest.approx(61, abs=1)
    bench.terminate("i-1")
    bench.wait(5)
    bench.complete("i-1", "CONTINUE")
    bench.wait(60)
    assert (bench.states(), bench.ends()) == ({"i-2": "InService"}, [("i-1", "request")])
