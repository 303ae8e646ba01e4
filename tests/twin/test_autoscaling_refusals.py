"""The strict groups refuse what AWS refuses, in its words, and never guess at what they do not know."""

import pytest

from tests.twin.autoscaling_bench import GROUP, TERMINATE_HOOK
from tests.twin.autoscaling_refusals import REFUSALS, Call, Refusal, call, on_group
from tests.twin.autoscaling_stage import Stage
from twin.autoscaling import OPERATIONS, AwsError

# fmt: off
OUTSIDE = (
    "AttachInstances", "CreateLaunchConfiguration", "DescribeAutoScalingInstances",
    "DescribeInstanceRefreshes", "DescribeTags", "DescribeWarmPool", "DetachInstances",
    "EnableMetricsCollection", "EnterStandby", "ExecutePolicy", "ExitStandby", "LaunchInstances",
    "PutScalingPolicy", "PutScheduledUpdateGroupAction", "PutWarmPool", "RecordLifecycleActionHeartbeat",
    "StartInstanceRefresh",
)
# fmt: on
UNHEALTHY = {"InstanceId": "i-1", "HealthStatus": "Unhealthy"}
UNPROPAGATED = {"ResourceId": GROUP, "ResourceType": "auto-scaling-group", "Key": "k"}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.about)
def test_aws_refuses_in_its_own_words_and_changes_nothing(refusal: Refusal) -> None:
    bench = Stage()
    bench.play(refusal.scene)
    before = bench.group(), bench.activities()
    with pytest.raises(AwsError) as refused:
        bench.aws.call(*refusal.call)
    assert (refused.value.code, refused.value.message) == (refusal.code, refusal.message)
    assert refused.value.http_status == 400
    assert (bench.group(), bench.activities()) == before


def test_an_instance_that_is_still_launching_cannot_be_terminated_yet(bench: Stage) -> None:
    """Seen by AutoSpotting (#354) and Keiko's upgrade manager (#77)."""
    bench.play("begins_with 1; wait 15")
    activity = bench.activity("Launching")["ActivityId"]
    with pytest.raises(AwsError) as refused:
        bench.terminate("i-1")
    assert refused.value.code == "ScalingActivityInProgress"
    assert refused.value.message == f"Scaling activity {activity} is in progress and blocks this action"


@pytest.mark.parametrize("operation", OUTSIDE)
def test_an_operation_outside_the_model_is_named_and_never_answered(bench: Stage, operation: str) -> None:
    assert operation not in OPERATIONS
    with pytest.raises(NotImplementedError, match=operation):
        bench.call(operation)


@pytest.mark.parametrize(
    ("outside", "named"),
    [
        (call("DescribeAutoScalingGroups", IncludeInstances=True), "IncludeInstances"),
        (call("DescribeAutoScalingGroups", Filters=[{"Name": "tag-value", "Values": ["x"]}]), "tag-value"),
        (on_group("DescribeScalingActivities", IncludeDeletedGroups=True), "IncludeDeletedGroups"),
        (on_group("CompleteLifecycleAction", LifecycleActionToken="t"), "LifecycleActionToken"),
        (on_group("SetDesiredCapacity", DesiredCapacity=1, HonorCooldown=True), "HonorCooldown"),
        (on_group("UpdateAutoScalingGroup", MaxInstanceLifetime=1), "Lifetime"),
        (on_group("UpdateAutoScalingGroup", HealthCheckType="ELB"), "HealthCheckType"),
        (on_group("UpdateAutoScalingGroup", TerminationPolicies=["NewestInstance"]), "NewestInstance"),
        (
            on_group("UpdateAutoScalingGroup", TerminationPolicies=["arn:aws:lambda:x"]),
            "lambda",
        ),
        (on_group("UpdateAutoScalingGroup", LaunchTemplate={"Overrides": []}), "Overrides"),
        (on_group("UpdateAutoScalingGroup", InstanceLifecyclePolicy={}), "RetentionTriggers"),
        (on_group("PutLifecycleHook", **TERMINATE_HOOK, NotificationTargetARN="arn:x"), "NotificationTarget"),
        (on_group("PutLifecycleHook", **{**TERMINATE_HOOK, "LifecycleTransition": "LAUNCHING"}), "LAUNCHING"),
        (call("CreateOrUpdateTags", Tags=[UNPROPAGATED]), "PropagateAtLaunch"),
        (call("SetInstanceHealth", **UNHEALTHY, InstanceIds=["i-1"]), "InstanceIds"),
        (call("SetInstanceHealth", **UNHEALTHY), "ShouldRespectGracePeriod"),
    ],
)
def test_a_parameter_outside_the_model_is_named_and_never_ignored(
    bench: Stage, outside: Call, named: str
) -> None:
    bench.play("serves 1 HealthCheckGracePeriod=300")
    with pytest.raises(NotImplementedError, match=named):
        bench.aws.call(*outside)
