"""No instance that holds data is ended: walls, hooks, holds, drains, the dead, through the real handlers."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.contract.report import State
from chalicelib.core.decision import Decision
from highwater.market.host import RdbHost
from tests.system import conftest
from twin.autoscaling import AwsError
from twin.day.day import Day

GROUP = "highwater-trades-rdb"
WALLS = {"AZRebalance", "ReplaceUnhealthy", "Terminate"}


def settle(day: Day, minutes: float = 3) -> None:
    day.clock.run_until(day.clock.now() + timedelta(minutes=minutes))


def operator(day: Day, operation: str, **params: Any) -> None:
    """Somebody with rights on the group, past the control plane."""
    day.aws.groups.call(operation, {"AutoScalingGroupName": GROUP, **params})


def decisions(day: Day) -> list[Decision]:
    """Newest first."""
    return [decision for _, decision in Ledgers(boto3.client("dynamodb"), day.table).decisions("trades", 100)]


def told(day: Day) -> list[str]:
    return [alert.text for decision in decisions(day) for alert in decision.told]


def ask(day: Day, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """A request, and three minutes for what comes of it."""
    answer = conftest.ask(day, method, path, body)
    settle(day)
    return answer


def standbys(day: Day) -> list[RdbHost]:
    return list(day.tickerplant.queue)


@pytest.fixture
def day() -> Iterator[Day]:
    """A cluster of its own for each test: what is broken here stays broken."""
    with conftest.running_day() as day:
        yield day


@pytest.fixture
def three(day: Day) -> Day:
    """A cluster of one live RDB and two standbys."""
    assert ask(day, "POST", "/clusters/trades/capacity", {"desired": 3})[0] == 202
    settle(day)
    assert len(standbys(day)) == 2
    return day


def assert_walls_stand(day: Day) -> None:
    shown = day.group()
    assert {process["ProcessName"] for process in shown["SuspendedProcesses"]} == WALLS
    assert all(member["ProtectedFromScaleIn"] for member in shown["Instances"])
    assert shown["NewInstancesProtectedFromScaleIn"]
    assert shown["InstanceLifecyclePolicy"] == {"RetentionTriggers": {"TerminateHookAbandon": "retain"}}
    assert shown["DeletionProtection"] == "prevent-all-deletion"
    hooks = day.aws.groups.call("DescribeLifecycleHooks", {"AutoScalingGroupName": GROUP})["LifecycleHooks"]
    assert [(hook["DefaultResult"], hook["HeartbeatTimeout"]) for hook in hooks] == [("ABANDON", 7200)]


def test_the_group_stands_behind_every_wall_minutes_after_it_was_created(day: Day) -> None:
    assert_walls_stand(day)


def break_processes(day: Day) -> None:
    operator(day, "ResumeProcesses", ScalingProcesses=["Terminate", "AZRebalance"])


def break_protection(day: Day) -> None:
    ids = [member["InstanceId"] for member in day.group()["Instances"]]
    operator(day, "SetInstanceProtection", InstanceIds=ids, ProtectedFromScaleIn=False)


def break_settings(day: Day) -> None:
    operator(
        day,
        "UpdateAutoScalingGroup",
        NewInstancesProtectedFromScaleIn=False,
        DeletionProtection="none",
        InstanceLifecyclePolicy={"RetentionTriggers": {"TerminateHookAbandon": "terminate"}},
    )


@pytest.mark.parametrize("undone", [break_processes, break_protection, break_settings])
def test_a_wall_that_somebody_takes_down_is_up_again_within_a_sweep_and_told(
    day: Day, undone: Callable[[Day], None]
) -> None:
    undone(day)
    settle(day, 2)
    assert_walls_stand(day)
    assert decisions(day)[0].code == "room"
    assert any(decision.repair and decision.told for decision in decisions(day)[:4])


def test_a_hook_that_somebody_deletes_is_back_within_an_hour(day: Day) -> None:
    operator(day, "DeleteLifecycleHook", LifecycleHookName="highwater-terminating")
    settle(day, 65)
    assert_walls_stand(day)


def test_a_standby_that_is_asked_to_drain_leaves_once_it_has_proved_that_it_is_empty(three: Day) -> None:
    waiting = {rdb.instance_id: rdb for rdb in standbys(three)}
    status, body = ask(three, "POST", "/clusters/trades/capacity", {"desired": 2})
    assert status == 202
    (chosen,) = body["plan"]["tag"]
    settle(three)
    assert waiting[chosen].terminated_at is not None
    assert three.desired() == 2
    assert [what for what, _ in waiting[chosen].history][-1] == "drained"


def test_a_lowering_that_would_leave_nobody_with_room_or_pass_minsize_is_a_409_with_the_numbers(
    three: Day,
) -> None:
    status, body = ask(three, "POST", "/clusters/trades/capacity", {"desired": 0})
    assert (status, body["desired"], body["floor"], body["min_size"]) == (409, 3, 0, 1)


def test_a_desired_capacity_that_somebody_lowers_is_raised_back(three: Day) -> None:
    before = three.desired()
    operator(three, "SetDesiredCapacity", DesiredCapacity=1)
    settle(three, 2)
    assert three.desired() == before
    assert all(rdb.terminated_at is None for rdb in standbys(three))


def test_a_cluster_on_hold_keeps_its_drained_rdbs_until_the_hold_is_lifted(three: Day) -> None:
    status, _ = ask(three, "PUT", "/clusters/trades/hold", {"reason": "audit"})
    assert status == 202
    rdb = standbys(three)[-1]
    three.tickerplant.drain(rdb, three.clock.now())
    settle(three, 5)
    assert rdb.terminated_at is None
    shown = ask(three, "GET", "/clusters/trades")[1]
    assert (shown["hold"]["reason"], shown["hold"]["by"][-3:]) == ("audit", "ann")
    assert ask(three, "DELETE", "/clusters/trades/hold")[0] == 202
    settle(three)
    assert rdb.terminated_at is not None


def test_a_hold_without_a_reason_is_a_400_and_one_on_a_stranger_a_409(day: Day) -> None:
    assert ask(day, "PUT", "/clusters/trades/hold", {})[0] == 400
    path = "/clusters/trades/rdbs/i-0000000000000dead/hold"
    assert ask(day, "PUT", path, {"reason": "audit"})[0] == 409


def test_an_rdb_that_aws_ends_by_itself_is_held_by_the_hook_told_kept_and_let_go_once_drained(
    three: Day,
) -> None:
    live = three.tickerplant.live
    assert live is not None
    # Past every other wall: somebody terminates it over EC2 Auto Scaling, which heeds no protection.
    three.aws.groups.call(
        "TerminateInstanceInAutoScalingGroup",
        {"InstanceId": live.instance_id, "ShouldDecrementDesiredCapacity": False},
    )
    settle(three, 2)
    assert any(live.instance_id in text and "not by Highwater" in text for text in told(three))
    settle(three, 130)
    states = {m["InstanceId"]: m["LifecycleState"] for m in three.group()["Instances"]}
    assert states[live.instance_id] == "Terminating:Retained"
    assert live.terminated_at is None

    three.tickerplant.leave(live, three.clock.now())
    live.rows = 0
    live.become(State.DRAINED, three.clock.now())
    settle(three, 5)
    assert live.terminated_at is not None


def test_a_member_that_ec2_reports_as_terminated_leaves_the_group_without_a_report(three: Day) -> None:
    dead = standbys(three)[-1]
    three.aws.hosts.terminate(dead.instance_id)
    settle(three, 8)
    assert dead.instance_id not in {member["InstanceId"] for member in three.group()["Instances"]}
    assert any(f"{dead.instance_id} was terminated in EC2" in text for text in told(three))


def test_a_launch_that_fails_is_told_with_awss_error_and_never_asked_for_twice(three: Day) -> None:
    three.aws.hosts.fail_launch = "We currently do not have sufficient t3a.medium capacity. Launching failed."
    wanted = three.desired() + 1
    ask(three, "POST", "/clusters/trades/capacity", {"change": 1})
    settle(three, 15)
    assert three.desired() == wanted
    assert any("do not have sufficient" in text for text in told(three))
    three.aws.hosts.fail_launch = None
    settle(three, 30)
    assert len(three.group()["Instances"]) >= wanted


def test_a_launch_template_that_was_deleted_is_told_with_awss_error(three: Day) -> None:
    template = three.group()["LaunchTemplate"]["LaunchTemplateId"]
    boto3.client("ec2").delete_launch_template(LaunchTemplateId=template)
    ask(three, "POST", "/clusters/trades/capacity", {"change": 1})
    settle(three, 15)
    assert any(f"with template ID {template}, does not exist" in text for text in told(three))
    assert len(three.group()["Instances"]) == 3


def test_the_group_cannot_be_deleted_by_anybody(day: Day) -> None:
    with pytest.raises(AwsError, match=r"(?i)deletion"):
        operator(day, "DeleteAutoScalingGroup", ForceDelete=True)


def test_a_tag_that_cannot_be_used_is_told_once_and_requests_go_on(day: Day) -> None:
    tag = {"ResourceId": GROUP, "ResourceType": "auto-scaling-group", "Key": "highwater:roll-threshold"}
    tags = [{**tag, "Value": "many", "PropagateAtLaunch": False}]
    boto3.client("autoscaling").create_or_update_tags(Tags=tags)
    settle(day, 5)
    bad = "tag highwater:roll-threshold: 'many' is not a decimal number from 0 to 999999: 85 is used"
    (first,) = [d for d in decisions(day) if any(alert.text.startswith(bad) for alert in d.told)]
    # What AWS answered was what was meant.
    assert (first.code, first.outcome, first.failed) == ("room", (), 0)
    assert ask(day, "POST", "/clusters/trades/capacity", {"change": 1})[0] == 202
    assert day.desired() == 2


def test_a_second_group_with_the_tags_of_one_cluster_is_told_once_and_ignored(day: Day) -> None:
    shown = day.group()
    template = {"LaunchTemplateId": shown["LaunchTemplate"]["LaunchTemplateId"], "Version": "1"}
    tags = [
        {"Key": f"highwater:{key}", "Value": value, "PropagateAtLaunch": False}
        for key, value in (("role", "rdb"), ("cluster", "trades"))
    ]
    boto3.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="a-copy",
        MinSize=0,
        MaxSize=0,
        LaunchTemplate=template,
        VPCZoneIdentifier=shown["VPCZoneIdentifier"],
        Tags=tags,
    )
    settle(day, 5)
    told = [alert.text for decision in decisions(day) for alert in decision.told if alert.is_of("ambiguous")]
    assert len(told) == 1
    assert "more than one group: highwater-trades-rdb goes on, a-copy ignored" in told[0]
    status, body = ask(day, "GET", "/clusters/trades")
    assert (status, body["group"]["name"]) == (200, "highwater-trades-rdb")
    assert ask(day, "POST", "/clusters/trades/capacity", {"change": 1})[0] == 202
    assert day.desired() == 2


@pytest.mark.parametrize("path", ["capacity", "rdbs/{standby}/release", "hold"])
def test_a_request_is_decided_on_one_look_at_aws(three: Day, path: str) -> None:
    before = Counter(three.aws.functions.calls)
    method = "PUT" if path == "hold" else "POST"
    bodies = {"hold": {"reason": "new q"}, "capacity": {"dry_run": True, "change": -1}}
    body = bodies.get(path, {"dry_run": True})
    path = path.format(standby=standbys(three)[0].instance_id)
    status, _ = conftest.ask(three, method, f"/clusters/trades/{path}", body)
    assert status in (200, 202)
    made = Counter(three.aws.functions.calls) - before
    reads = ("autoscaling:DescribeAutoScalingGroups", "cloudwatch:GetMetricData", "dynamodb:BatchGetItem")
    assert [made[call] for call in reads] == [1, 1, 1]
