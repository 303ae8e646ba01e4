"""A group is deleted: what its members and their hooks still do, and until when it is seen."""

import pytest

from tests.twin.autoscaling_bench import TERMINATE_HOOK, after, at, told
from tests.twin.autoscaling_cases import captured
from tests.twin.autoscaling_stage import Stage
from twin.autoscaling import Timings


@captured("force-delete-retained")
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


@captured("force-delete-empty")
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
