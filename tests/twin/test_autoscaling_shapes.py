"""The strict groups speak boto3: what they take and answer is in botocore's model of the service."""

from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from tests.twin.autoscaling_bench import GROUP, LAUNCH_HOOK, TERMINATE_HOOK, Bench
from twin.autoscaling import OPERATIONS

MODEL = botocore.session.get_session().get_service_model("autoscaling")
STRICTER = {
    "EnterStandby": {"InstanceIds"},
    "ExitStandby": {"InstanceIds"},
    "TerminateInstanceInAutoScalingGroup": {"InstanceId"},
}
NAMED = {"AutoScalingGroupName": GROUP}
ONE = {"InstanceIds": ["i-1"], **NAMED}
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
        ("DescribeAutoScalingInstances", {"MaxRecords": 1}),
        ("DescribeLifecycleHooks", NAMED),
        ("DescribeScalingActivities", {"MaxRecords": 1}),
        ("EnterStandby", {**ONE, "ShouldDecrementDesiredCapacity": True}),
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
    for hook in (LAUNCH_HOOK, {**TERMINATE_HOOK, "NotificationMetadata": "x"}):
        bench.on_group("PutLifecycleHook", **hook)
    answer = bench.aws.call(operation, params)
    report = ParamValidator().validate(answer, MODEL.operation_model(operation).output_shape)
    assert report.generate_report() == ""
    assert "MaxRecords" not in params or "NextToken" in answer
