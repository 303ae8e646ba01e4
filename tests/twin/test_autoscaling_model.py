"""The model itself keeps still, keeps pace, and keeps to the clock that it was handed."""

import timeit
from datetime import timedelta
from typing import Any

import pytest

from tests.twin.autoscaling_bench import GROUP, LAUNCH_HOOK, START, TERMINATE_HOOK, Bench
from twin.autoscaling import AutoScaling, Timings


def _busy_hour(bench: Bench) -> None:
    hooks = [{**LAUNCH_HOOK, "DefaultResult": "CONTINUE"}, TERMINATE_HOOK]
    bench.create(
        MaxSize=9,
        DesiredCapacity=5,
        VPCZoneIdentifier="subnet-a,subnet-b",
        LifecycleHookSpecificationList=hooks,
    )
    bench.ec2.refusals["subnet-b"] = "No capacity."


def test_the_same_calls_give_the_same_history_ids_included() -> None:
    histories = []
    for _ in range(2):
        bench = Bench(seed=7)
        _busy_hour(bench)
        bench.wait(3600)
        histories.append((bench.events, bench.activities()))
    assert histories[0] == histories[1]
    other = Bench(seed=8)
    _busy_hour(other)
    other.wait(3600)
    assert other.events != histories[0][0]


def test_it_does_not_matter_how_often_time_is_looked_at() -> None:
    in_steps, in_one = Bench(), Bench()
    for bench in (in_steps, in_one):
        _busy_hour(bench)
    in_steps.wait(3600)
    in_one.time += timedelta(hours=1)
    in_one.aws.advance()
    assert in_one.events == in_steps.events
    assert in_one.aws.next_due() == in_steps.aws.next_due()


def test_a_request_never_sees_work_that_is_overdue(bench: Bench) -> None:
    bench.create(DesiredCapacity=1)
    bench.time += timedelta(hours=1)
    assert bench.states() == {"i-1": "InService"}


@pytest.mark.parametrize(
    ("suspended", "desired"),
    [("Launch", 3), ("Terminate", 0), ("ReplaceUnhealthy", 2), ("AZRebalance", 0), ("AZRebalance", 2)],
)
def test_a_group_that_can_do_nothing_rests(bench: Bench, suspended: str, desired: int) -> None:
    bench.serving(2, NewInstancesProtectedFromScaleIn=True)
    bench.suspend("HealthCheck", suspended)
    if suspended == "ReplaceUnhealthy":
        bench.unhealthy("i-1")
    bench.desire(desired)
    bench.wait(60)
    assert bench.aws.next_due() is None


def test_whoever_hears_an_event_may_answer_with_a_request() -> None:
    bench = Bench()
    heard: list[str] = []

    def answer(event: dict[str, Any]) -> None:
        heard.append(event["detail-type"])
        if event["detail-type"] == "EC2 Instance-launch Lifecycle Action":
            bench.complete(event["detail"]["EC2InstanceId"], "CONTINUE", "launch")

    bench.aws = AutoScaling(bench.ec2, answer, lambda: bench.time)
    bench.serving(2, LifecycleHookSpecificationList=[LAUNCH_HOOK])
    assert heard == ["EC2 Instance-launch Lifecycle Action"] * 2 + ["EC2 Instance Launch Successful"] * 2


@pytest.mark.parametrize("wrong", [0, -1])
def test_timings_are_above_zero(wrong: float) -> None:
    with pytest.raises(ValueError, match="reaction must be above zero"):
        Timings(reaction=wrong)


def test_describing_a_group_of_ten_takes_well_under_a_hundred_microseconds(bench: Bench) -> None:
    bench.serving(10, MaxSize=10)
    request = {"AutoScalingGroupNames": [GROUP]}
    describe = timeit.Timer(lambda: bench.aws.call("DescribeAutoScalingGroups", request))
    assert min(describe.repeat(repeat=20, number=100)) / 100 < 100e-6


def test_times_are_those_of_the_clock_that_was_handed_in(bench: Bench) -> None:
    bench.create()
    assert bench.group()["CreatedTime"] == START
