"""The history of the strict groups: in which order, in what pages, and for how long."""

from datetime import timedelta

import pytest

from tests.twin.autoscaling_bench import LAUNCH_HOOK, Bench
from twin.autoscaling import AwsError


def test_activities_come_newest_first_but_those_under_way_before_all(bench: Bench) -> None:
    """User Guide, "Verify a scaling activity"."""
    bench.create(LifecycleHookSpecificationList=[LAUNCH_HOOK], DesiredCapacity=1)
    bench.wait(20)
    bench.on_group("DeleteLifecycleHook", LifecycleHookName="launch")
    bench.wait(60)
    bench.on_group("PutLifecycleHook", **{**LAUNCH_HOOK, "HeartbeatTimeout": 7200})
    bench.desire(2)
    bench.wait(60)
    bench.terminate("i-1", decrement=True)
    bench.wait(60)
    seen = [(a["Description"].split()[0], a["StatusCode"]) for a in bench.activities()]
    assert seen == [
        ("Launching", "MidLifecycleAction"),
        ("Terminating", "Successful"),
        ("Launching", "Successful"),
    ]


def test_activities_come_in_pages_and_by_id(bench: Bench) -> None:
    bench.create(MaxSize=150, DesiredCapacity=150)
    bench.wait(60)
    first = bench.on_group("DescribeScalingActivities")
    second = bench.on_group("DescribeScalingActivities", NextToken=first["NextToken"])
    assert (len(first["Activities"]), len(second["Activities"]), "NextToken" in second) == (100, 50, False)
    chosen = second["Activities"][7]
    found = bench.call("DescribeScalingActivities", ActivityIds=[chosen["ActivityId"]])["Activities"]
    assert found == [chosen]


def test_activities_are_forgotten_after_six_weeks(bench: Bench) -> None:
    """API reference, DescribeScalingActivities."""
    bench.serving(1)
    bench.suspend("HealthCheck")
    bench.time += timedelta(weeks=6)
    assert bench.activities() == []
    bench.desire(2)
    bench.wait(60)
    assert len(bench.activities()) == 1


def test_the_history_of_a_deleted_group_is_there_for_who_asks_for_it(bench: Bench) -> None:
    bench.serving(1)
    arn = bench.group()["AutoScalingGroupARN"]
    bench.on_group("DeleteAutoScalingGroup", ForceDelete=True)
    bench.wait(60)
    with pytest.raises(AwsError, match="AutoScalingGroup name not found"):
        bench.activities()
    bench.create()
    assert bench.activities() == []
    history = bench.activities(IncludeDeletedGroups=True)
    assert {(a["AutoScalingGroupState"], a["AutoScalingGroupARN"]) for a in history} == {("Deleted", arn)}
    assert bench.group()["AutoScalingGroupARN"] != arn
