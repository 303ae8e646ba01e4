"""The strict groups do what real AWS was seen to do (captures by radkawar/stackd, commit 9dc356f)."""

import json
from typing import Any

import pytest

from tests.twin.autoscaling_bench import (
    GROUP,
    LAUNCH_HOOK,
    RETAIN,
    START,
    TERMINATE_HOOK,
    Bench,
    after,
    at,
)
from tests.twin.autoscaling_cases import (
    FACTS,
    FACTS_LEFT_OUT,
    REPRODUCED,
    captured,
)
from tests.twin.autoscaling_refusals import REFUSALS
from twin.autoscaling import Timings

STARTED = "an instance was started in response to a difference between desired and actual capacity"
ABANDONED = (
    "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {} was abandoned: {}"
)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def told(activity: dict[str, Any]) -> tuple[Any, ...]:
    return activity["Description"], activity["StatusCode"], activity["Progress"], activity["Cause"]


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


@captured("launch-by-update")
def test_a_raised_minimum_takes_the_desired_capacity_along(bench: Bench) -> None:
    bench.create(MaxSize=2)
    bench.on_group("UpdateAutoScalingGroup", MinSize=1)
    assert bench.group()["DesiredCapacity"] == 1
    bench.wait(60)
    assert told(bench.activity("Launching")) == (
        "Launching a new EC2 instance: i-1",
        "Successful",
        100,
        f"At {at(START)} a user request update of AutoScalingGroup constraints to min: 1, max: 2, desired: 1 "
        f"changing the desired capacity from 0 to 1.  At {after(10)} {STARTED}, increasing the capacity from "
        "0 to 1.",
    )


@captured("launch-suspended")
def test_while_launch_is_suspended_nothing_happens_and_nothing_is_told(bench: Bench) -> None:
    bench.create()
    bench.suspend("Launch")
    bench.desire(2)
    bench.wait(600)
    assert (bench.group()["DesiredCapacity"], bench.states(), bench.activities()) == (2, {}, [])
    bench.resume("Launch")
    bench.wait(60)
    assert list(bench.states().values()) == ["InService", "InService"]


@captured("scale-in-protected")
def test_a_scale_in_spares_the_protected_and_says_so_once(bench: Bench) -> None:
    bench.serving(1, NewInstancesProtectedFromScaleIn=True)
    bench.desire(0)
    bench.wait(600)
    assert (bench.group()["DesiredCapacity"], bench.states()) == (0, {"i-1": "InService"})
    cancelled = bench.activity("Could not")
    assert told(cancelled) == (
        "Could not scale to desired capacity because all remaining instances are protected from scale-in.",
        "Cancelled",
        100,
        f"At {after(60)} a user request explicitly set group desired capacity changing the desired capacity "
        f"from 1 to 0.  At {after(70)} group reached equilibrium.",
    )
    assert cancelled["Details"] == "{}"
    assert "StatusMessage" not in cancelled
    bench.protect("i-1", protected=False)
    bench.wait(60)
    assert (bench.states(), bench.ends()) == ({}, [("i-1", "scale-in")])


@captured("health-replaces-protected")
def test_protection_does_not_save_the_unhealthy(bench: Bench) -> None:
    bench.serving(1, NewInstancesProtectedFromScaleIn=True, LifecycleHookSpecificationList=[TERMINATE_HOOK])
    bench.unhealthy("i-1")
    bench.wait(9)
    assert bench.states() == {"i-1": "InService"}
    bench.wait(4)
    (old, new) = bench.group()["Instances"]
    seen = old["LifecycleState"], old["HealthStatus"], old["ProtectedFromScaleIn"]
    assert seen == ("Terminating:Wait", "Unhealthy", True)
    assert new["LifecycleState"] == "Pending"
    bench.complete("i-1", "CONTINUE")
    bench.wait(60)
    assert told(bench.activity("Terminating")) == (
        "Terminating EC2 instance: i-1",
        "Successful",
        100,
        f"At {after(70)} an instance was taken out of service in response to a user health-check.",
    )
    assert told(bench.activity("Launching a new EC2 instance: i-2")) == (
        "Launching a new EC2 instance: i-2",
        "Successful",
        100,
        f"At {after(72)} an instance was launched in response to an unhealthy instance needing to be "
        "replaced.",
    )


@captured("terminate-suspended")
def test_while_terminate_is_suspended_neither_health_nor_capacity_ends_anyone(bench: Bench) -> None:
    bench.serving(1)
    bench.suspend("Terminate")
    bench.unhealthy("i-1")
    bench.desire(0)
    told_before = len(bench.activities())
    bench.wait(600)
    (member,) = bench.group()["Instances"]
    assert (member["LifecycleState"], member["HealthStatus"]) == ("InService", "Unhealthy")
    assert len(bench.activities()) == told_before
    bench.resume("Terminate")
    resumed = bench.time
    bench.wait(30)
    assert told(bench.activity("Terminating")) == (
        "Terminating EC2 instance: i-1",
        "Successful",
        100,
        f"At {after(10, resumed)} an instance was taken out of service in response to a user health-check.",
    )
    assert (bench.states(), bench.ends()) == ({}, [("i-1", "health")])


@captured("health-status-case")
def test_health_is_in_capitals_in_one_of_the_two_descriptions(bench: Bench) -> None:
    bench.serving(2)
    bench.suspend("ReplaceUnhealthy")
    bench.unhealthy("i-2")
    members = bench.call("DescribeAutoScalingInstances")["AutoScalingInstances"]
    assert [member["HealthStatus"] for member in members] == ["HEALTHY", "UNHEALTHY"]
    assert [member["HealthStatus"] for member in bench.group()["Instances"]] == ["Healthy", "Unhealthy"]


@captured("standby-enter-decrement", "standby-exit")
def test_standby_takes_the_capacity_along_both_ways(bench: Bench) -> None:
    bench.serving(1)
    bench.on_group("EnterStandby", InstanceIds=["i-1"], ShouldDecrementDesiredCapacity=True)
    entered = bench.time
    bench.wait(60)
    assert (bench.group()["DesiredCapacity"], bench.states()) == (0, {"i-1": "Standby"})
    assert told(bench.activity("Moving")) == (
        "Moving EC2 instance to Standby: i-1",
        "Successful",
        100,
        f"At {at(entered)} instance i-1 was moved to standby in response to a user request, shrinking the "
        "capacity from 1 to 0.",
    )
    (moving,) = bench.on_group("ExitStandby", InstanceIds=["i-1"])["Activities"]
    assert told(moving) == (
        "Moving EC2 instance out of Standby: i-1",
        "PreInService",
        30,
        f"At {at(bench.time)} instance i-1 was moved out of standby in response to a user request, "
        "increasing the capacity from 0 to 1.",
    )
    assert (bench.group()["DesiredCapacity"], bench.states()) == (1, {"i-1": "Pending"})
    bench.wait(13)
    assert bench.states() == {"i-1": "InService"}


def retaining(bench: Bench) -> None:
    bench.create(
        MaxSize=1,
        DesiredCapacity=1,
        LifecycleHookSpecificationList=[TERMINATE_HOOK],
        InstanceLifecyclePolicy=RETAIN,
    )
    bench.wait(60)


@captured("retain-on-abandon")
def test_an_abandoned_termination_retains_the_instance_and_replaces_it(bench: Bench) -> None:
    retaining(bench)
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
    retaining(bench)
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


@captured("force-delete-retained")
def test_a_forced_deletion_runs_the_hooks_also_of_the_retained() -> None:
    bench = Bench(Timings(terminating=40))
    retaining(bench)
    bench.terminate("i-1")
    bench.wait(5)
    bench.complete("i-1", "ABANDON")
    bench.wait(60)
    bench.on_group(
        "UpdateAutoScalingGroup",
        InstanceLifecyclePolicy={"RetentionTriggers": {"TerminateHookAbandon": "terminate"}},
    )
    bench.on_group("DeleteAutoScalingGroup", ForceDelete=True)
    deleted = bench.time
    group = bench.group()
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (0, 0, 0)
    assert bench.states() == {"i-1": "Terminating:Retained", "i-2": "InService"}
    bench.wait(20)
    assert bench.states() == {"i-1": "Terminating:Wait", "i-2": "Terminating:Wait"}
    bench.wait(63)
    assert bench.states() == {"i-1": "Terminating:Proceed", "i-2": "Terminating:Proceed"}
    bench.wait(30)
    assert (bench.states(), bench.ec2.states["i-1"]) == ({"i-1": "Terminating:Proceed"}, "terminated")
    bench.wait(5)
    assert bench.call("DescribeAutoScalingGroups")["AutoScalingGroups"] == []
    history = bench.activities(IncludeDeletedGroups=True)
    assert {activity["AutoScalingGroupState"] for activity in history} == {"Deleted"}
    assert [(told(activity)[0], told(activity)[3]) for activity in history[:2]] == [
        (
            "Terminating EC2 instance: i-1",
            f"At {after(13, deleted)} instance i-1 was taken out of service in response to a group deletion.",
        ),
        (
            "Terminating EC2 instance: i-2",
            f"At {at(deleted)} a user request force deleted AutoScaling group changing the desired capacity "
            f"from 1 to 0.  At {after(3, deleted)} an instance was taken out of service in response to a "
            "difference between desired and actual capacity, shrinking the capacity from 1 to 0.  At "
            f"{after(3, deleted)} instance i-2 was selected for termination.",
        ),
    ]
    assert bench.ends() == [("i-2", "group-deletion"), ("i-1", "group-deletion")]


@captured("force-delete-protected")
def test_a_forced_deletion_ignores_protection_but_waits_for_the_hook(bench: Bench) -> None:
    hook = {**TERMINATE_HOOK, "HeartbeatTimeout": 120}
    bench.serving(1, NewInstancesProtectedFromScaleIn=True, LifecycleHookSpecificationList=[hook])
    bench.desire(0)
    bench.wait(30)
    bench.on_group("DeleteAutoScalingGroup", ForceDelete=True)
    for wait in (6, 34):
        bench.wait(wait)
        group = bench.group()
        (member,) = group["Instances"]
        assert (member["LifecycleState"], member["ProtectedFromScaleIn"]) == ("Terminating:Wait", True)
        assert group["Status"] == "Delete in progress"


@captured("force-delete-empty")
def test_a_deleted_group_is_still_seen_for_a_while(bench: Bench) -> None:
    bench.create()
    bench.on_group("DeleteAutoScalingGroup", ForceDelete=True)
    bench.wait(2)
    group = bench.group()
    assert group["Status"] == "Delete in progress"
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (0, 0, 0)
    bench.wait(3)
    assert bench.call("DescribeAutoScalingGroups")["AutoScalingGroups"] == []


@captured("defaults")
def test_a_new_group_has_the_defaults_of_aws(bench: Bench) -> None:
    def tag(key: str, *, propagate: bool) -> dict[str, Any]:
        return {"Key": key, "Value": "x", "PropagateAtLaunch": propagate}

    bench.create(
        VPCZoneIdentifier="subnet-b1,subnet-a1",
        Tags=[tag("probe", propagate=False), tag("inherited", propagate=True)],
    )
    bench.suspend("Launch")
    group = bench.group()
    expected = {
        "DesiredCapacity": 0,
        "DefaultCooldown": 300,
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 0,
        "TerminationPolicies": ["Default"],
        "NewInstancesProtectedFromScaleIn": False,
        "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-best-effort"},
        "InstanceLifecyclePolicy": {"RetentionTriggers": {"TerminateHookAbandon": "terminate"}},
        "VPCZoneIdentifier": "subnet-a1,subnet-b1",
        "AvailabilityZones": ["us-east-1a", "us-east-1b"],
        "Instances": [],
        "SuspendedProcesses": [
            {"ProcessName": "Launch", "SuspensionReason": f"User suspended at {at(START)}"}
        ],
    }
    assert {key: group[key] for key in expected} == expected
    assert [tag["Key"] for tag in group["Tags"]] == ["inherited", "probe"]
    assert not group.keys() & {"DefaultInstanceWarmup", "DeletionProtection", "Status"}


def test_every_captured_fact_is_reproduced_or_left_out_for_a_reason() -> None:
    refused = {refusal.fact for refusal in REFUSALS if refusal.fact is not None}
    assert refused <= REPRODUCED
    assert set(FACTS) == REPRODUCED | FACTS_LEFT_OUT.keys()
    assert not REPRODUCED & FACTS_LEFT_OUT.keys()
    assert all(FACTS_LEFT_OUT.values())
