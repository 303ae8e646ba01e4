"""Who is judged unhealthy, and how a group is deleted."""

import pytest

from tests.twin.autoscaling_bench import TERMINATE_HOOK, after, at, told
from tests.twin.autoscaling_stage import Stage
from twin.autoscaling import Timings

TAKEN_OUT = "an instance was taken out of service in response to"
USER_HEALTH = "a user health-check"
EC2_HEALTH = "an EC2 health check indicating it has been terminated or stopped"


# Captured.
def test_protection_does_not_save_the_unhealthy(bench: Stage) -> None:
    bench.play("serves 1 protected hooked; unhealthy i-1; wait 9; sees i-1 InService; wait 4")
    (old, new) = bench.group()["Instances"]
    seen = old["LifecycleState"], old["HealthStatus"], old["ProtectedFromScaleIn"]
    assert seen == ("Terminating:Wait", "Unhealthy", True)
    assert new["LifecycleState"] == "Pending"
    bench.play("complete i-1 CONTINUE; wait 60")
    assert bench.succeeded("Terminating EC2 instance: i-1") == f"At {after(70)} {TAKEN_OUT} {USER_HEALTH}."
    assert bench.succeeded("Launching a new EC2 instance: i-2") == (
        f"At {after(72)} an instance was launched in response to an unhealthy instance needing to be "
        "replaced."
    )


# Captured.
def test_while_terminate_is_suspended_neither_health_nor_capacity_ends_anyone(bench: Stage) -> None:
    bench.play("serves 1; suspend Terminate; unhealthy i-1; desire 0")
    told_before = len(bench.activities())
    bench.wait(600)
    (member,) = bench.group()["Instances"]
    assert (member["LifecycleState"], member["HealthStatus"]) == ("InService", "Unhealthy")
    assert len(bench.activities()) == told_before
    bench.resume("Terminate")
    resumed = bench.time
    bench.wait(30)
    cause = f"At {after(10, resumed)} {TAKEN_OUT} {USER_HEALTH}."
    assert bench.succeeded("Terminating EC2 instance: i-1") == cause
    assert (bench.states(), bench.ends()) == ({}, [("i-1", "health")])


# As documented (User Guide, "Health checks for Auto Scaling instances").


def test_an_instance_that_dies_in_ec2_is_noticed_and_replaced(bench: Stage) -> None:
    bench.play("serves 2 HealthCheckGracePeriod=3600; dies i-1; wait 120; sees i-2 InService i-3 InService")
    assert bench.succeeded("Terminating EC2 instance: i-1").endswith(f"{TAKEN_OUT} {EC2_HEALTH}.")
    assert bench.ends() == [("i-1", "health")]


def test_while_launch_is_suspended_the_unhealthy_go_and_are_replaced_on_its_return(bench: Stage) -> None:
    bench.play(
        "serves 1; suspend Launch; unhealthy i-1; wait 600; sees; resume Launch; wait 60; sees i-2 InService"
    )
    launch = bench.activity("Launching a new EC2 instance: i-2")
    assert launch["Cause"].endswith("in response to an unhealthy instance needing to be replaced.")
    bench.play("desire 2; wait 60")
    launch = bench.activity("Launching a new EC2 instance: i-3")
    assert launch["Cause"].endswith("increasing the capacity from 1 to 2.")


def test_an_instance_that_dies_while_it_launches_is_a_failed_launch(bench: Stage) -> None:
    bench.play("begins_with 1; wait 15; dies i-1; wait 90; sees i-2 InService")
    launch = bench.activity("Launching a new EC2 instance: i-1")
    assert launch["StatusCode"] == "Cancelled"
    assert launch["StatusMessage"].startswith("Instance became unhealthy while waiting for instance to be in")


# Captured.
def test_a_forced_deletion_runs_the_hooks_also_of_the_retained() -> None:
    bench = Stage(Timings(terminating=40))
    bench.play("retaining; terminate i-1; wait 5; complete i-1 ABANDON; wait 60")
    bench.on_group(
        "UpdateAutoScalingGroup",
        InstanceLifecyclePolicy={"RetentionTriggers": {"TerminateHookAbandon": "terminate"}},
    )
    bench.on_group("DeleteAutoScalingGroup", ForceDelete=True)
    deleted = bench.time
    group = bench.group()
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (0, 0, 0)
    bench.play(
        "sees i-1 Terminating:Retained i-2 InService; wait 20; "
        "sees i-1 Terminating:Wait i-2 Terminating:Wait; wait 63; "
        "sees i-1 Terminating:Proceed i-2 Terminating:Proceed; wait 30"
    )
    assert (bench.states(), bench.ec2.states["i-1"]) == ({"i-1": "Terminating:Proceed"}, "terminated")
    assert [(told(activity)[0], told(activity)[3]) for activity in bench.activities()[:2]] == [
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
    bench.wait(5)
    assert bench.call("DescribeAutoScalingGroups")["AutoScalingGroups"] == []


# Captured.
def test_a_forced_deletion_ignores_protection_but_waits_for_the_hook(bench: Stage) -> None:
    hook = {**TERMINATE_HOOK, "HeartbeatTimeout": 120}
    bench.serving(1, NewInstancesProtectedFromScaleIn=True, LifecycleHookSpecificationList=[hook])
    bench.play("desire 0; wait 30; delete")
    for wait in (6, 34):
        bench.wait(wait)
        group = bench.group()
        (member,) = group["Instances"]
        assert (member["LifecycleState"], member["ProtectedFromScaleIn"]) == ("Terminating:Wait", True)
        assert group["Status"] == "Delete in progress"


# Captured.
def test_a_deleted_group_is_still_seen_for_a_while(bench: Stage) -> None:
    bench.play("begins_with 0; delete; wait 2")
    group = bench.group()
    assert group["Status"] == "Delete in progress"
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (0, 0, 0)
    bench.wait(3)
    assert bench.call("DescribeAutoScalingGroups")["AutoScalingGroups"] == []


@pytest.mark.parametrize("protection", ["none", "prevent-force-deletion"])
def test_an_empty_group_goes_unless_all_deletion_is_prevented(bench: Stage, protection: str) -> None:
    bench.create(DeletionProtection=protection)
    assert bench.group()["DeletionProtection"] == protection
    bench.on_group("DeleteAutoScalingGroup")
    bench.wait(10)
    assert bench.call("DescribeAutoScalingGroups")["AutoScalingGroups"] == []
