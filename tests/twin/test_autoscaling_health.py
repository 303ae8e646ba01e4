"""Health checks, and the deletion of groups."""

from datetime import timedelta

import pytest

from tests.twin.autoscaling_bench import START, TERMINATE_HOOK, after
from tests.twin.autoscaling_stage import Stage
from twin.autoscaling import Timings


# Captured.
def test_protection_does_not_save_the_unhealthy(bench: Stage) -> None:
    bench.play("serves 1 protected hooked; unhealthy i-1; wait 9; sees i-1 InService; wait 4")
    (old, new) = bench.group()["Instances"]
    seen = old["LifecycleState"], old["HealthStatus"], old["ProtectedFromScaleIn"]
    assert seen == ("Terminating:Wait", "Unhealthy", True)
    assert new["LifecycleState"] == "Pending"
    bench.play("complete i-1 CONTINUE; wait 60")
    cause = bench.succeeded("Terminating EC2 instance: i-1")
    out_of_service = "instance i-1 was taken out of service in response to a user health-check."
    assert cause == f"At {after(70)} {out_of_service}"
    assert bench.activity("Launching a new EC2 instance: i-2")["StartTime"] == START + timedelta(seconds=72)


def test_a_launch_that_ec2_takes_back_leaves_the_group_with_the_reason_though_terminate_is_suspended(
    bench: Stage,
) -> None:
    bench.ec2.reasons["i-1"] = reason = "Client.InternalError: Client error on launch"
    bench.play("begins_with 1; suspend Terminate; wait 15; dies i-1; wait 90; sees i-2 InService")
    assert [member["InstanceId"] for member in bench.group()["Instances"]] == ["i-2"]
    launch = bench.activity("Launching a new EC2 instance: i-1")
    assert launch["StatusCode"] == "Cancelled"
    assert launch["StatusMessage"].endswith(f"Termination Reason: {reason}")


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
    starts = [activity["StartTime"] for activity in bench.activities()[:2]]
    assert starts == [deleted + timedelta(seconds=13), deleted + timedelta(seconds=3)]
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
