"""The strict model keeps to its clock, to boto3's shapes and to what real AWS was seen to do."""

import timeit
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from tests.twin.autoscaling_bench import GROUP, START, TERMINATE_HOOK, Bench
from twin.autoscaling import OPERATIONS, AutoScaling, Timings
from twin.autoscaling.engine import HANDLERS
from twin.autoscaling.model import Timer


def _busy_hour(bench: Bench) -> None:
    bench.create(
        MaxSize=9,
        DesiredCapacity=5,
        VPCZoneIdentifier="subnet-a,subnet-b",
        LifecycleHookSpecificationList=[TERMINATE_HOOK],
    )
    bench.ec2.refusals["subnet-b"] = "No capacity."
    bench.wait(60)
    bench.desire(3)


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


def test_whoever_hears_an_event_may_answer_with_a_request() -> None:
    bench = Bench()
    heard: list[str] = []

    def answer(event: dict[str, Any]) -> None:
        heard.append(event["detail-type"])
        if event["detail-type"] == "EC2 Instance-terminate Lifecycle Action":
            bench.complete(event["detail"]["EC2InstanceId"], "CONTINUE")

    bench.aws = AutoScaling(bench.ec2, answer, lambda: bench.time)
    bench.serving(2, LifecycleHookSpecificationList=[TERMINATE_HOOK])
    bench.desire(0)
    bench.wait(60)
    kinds = ("Launch Successful", "terminate Lifecycle Action", "Terminate Successful")
    assert heard == [
        f"EC2 Instance{'-' if kind[0] == 't' else ' '}{kind}" for kind in kinds for _ in range(2)
    ]


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


MODEL = botocore.session.get_session().get_service_model("autoscaling")
# Required here alone: what nobody leaves out.
STRICTER = {
    "CompleteLifecycleAction": {"InstanceId"},
    "DescribeScalingActivities": {"AutoScalingGroupName"},
    "TerminateInstanceInAutoScalingGroup": {"InstanceId"},
}
NAMED = {"AutoScalingGroupName": GROUP}
TAG = {"ResourceId": GROUP, "ResourceType": "auto-scaling-group", "Key": "k", "PropagateAtLaunch": True}


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_what_an_operation_knows_and_needs_is_what_botocore_knows_and_needs(operation: str) -> None:
    shape = MODEL.operation_model(operation).input_shape
    known = OPERATIONS[operation]
    assert known.required | known.optional <= shape.members.keys()
    assert known.required - STRICTER.get(operation, set()) == set(shape.required_members)


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DescribeAutoScalingGroups", {"MaxRecords": 1}),
        ("DescribeLifecycleHooks", NAMED),
        ("DescribeScalingActivities", {**NAMED, "MaxRecords": 1}),
        (
            "TerminateInstanceInAutoScalingGroup",
            {"InstanceId": "i-1", "ShouldDecrementDesiredCapacity": True},
        ),
    ],
)
def test_answers_fit_the_shapes_of_botocore(operation: str, params: dict[str, Any]) -> None:
    bench = Bench()
    bench.serving(2, Tags=[TAG, {**TAG, "Key": "l"}], DeletionProtection="none")
    bench.create("asg-2")
    bench.suspend("Launch")
    bench.on_group("PutLifecycleHook", **TERMINATE_HOOK)
    answer = bench.aws.call(operation, params)
    report = ParamValidator().validate(answer, MODEL.operation_model(operation).output_shape)
    assert report.generate_report() == ""
    assert "MaxRecords" not in params or "NextToken" in answer


def test_each_timer_of_a_group_has_a_handler() -> None:
    assert HANDLERS.keys() == set(Timer)
