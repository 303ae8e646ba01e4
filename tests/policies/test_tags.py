"""The rights of the control plane on a group or an instance depend on its tags: on RDBs, on nothing else."""

from collections.abc import Callable, Mapping

import pytest

from tests.policies.evaluator import Request, Statement, allowed
from tests.policies.recorder import Recording
from tests.policies.roles import functions, policy_of, role_of
from tests.policies.sdk_calls import instance_arn, resource_tags

ON_GROUPS = (
    "autoscaling:CompleteLifecycleAction",
    "autoscaling:PutLifecycleHook",
    "autoscaling:SetDesiredCapacity",
    "autoscaling:SetInstanceProtection",
    "autoscaling:SuspendProcesses",
    "autoscaling:TerminateInstanceInAutoScalingGroup",
    "autoscaling:UpdateAutoScalingGroup",
)
ON_INSTANCES = ("ec2:CreateTags", "ec2:DeleteTags")
OURS = {"highwater:cluster": "trades", "highwater:role": "rdb"}
DRAIN = ("highwater:drain",)
FOREIGN_TAGS: dict[str, Mapping[str, str]] = {
    "no tags": {},
    "no cluster": {"highwater:role": "rdb"},
    "no role": {"highwater:cluster": "trades"},
    "a tickerplant": {**OURS, "highwater:role": "tickerplant"},
    "a role in another case": {**OURS, "highwater:role": "RDB"},
}
INSTANCE = instance_arn("i-0123456789abcdef0")
Policy = tuple[Statement, ...]


def on_group(action: str, tags: Mapping[str, str]) -> Request:
    uuid, name = "930d940e-891e-4781-a11a-7b0acd480f03", "anything"
    arn = f"arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:{uuid}:autoScalingGroupName/{name}"
    return Request.of(action, arn, resource_tags("autoscaling", tags))


def on_instance(action: str, tags: Mapping[str, str], keys: tuple[str, ...] = DRAIN) -> Request:
    tag_keys = {"aws:TagKeys": keys} if keys else {}
    return Request.of(action, INSTANCE, {**resource_tags("ec2", tags), **tag_keys})


@pytest.fixture(scope="module")
def reconcile(scenes: Recording) -> Policy:
    """The policy of the one function that acts."""
    stack = scenes.control_plane
    return policy_of(stack, role_of(stack, functions(stack)["Reconcile"]))


def test_these_are_all_the_writes_to_groups_and_instances_that_are_made(scenes: Recording) -> None:
    writes = {
        (function, request.action)
        for function, made in scenes.requests.items()
        for request in made
        if request.action.startswith(("autoscaling:", "ec2:")) and request.resource != "*"
    }
    assert writes == {("Reconcile", action) for action in ON_GROUPS + ON_INSTANCES}


@pytest.mark.parametrize(
    ("build", "action"), [(on_group, a) for a in ON_GROUPS] + [(on_instance, a) for a in ON_INSTANCES]
)
@pytest.mark.parametrize("tags", FOREIGN_TAGS)
def test_a_write_is_allowed_on_an_rdb_of_a_cluster_and_denied_on(
    reconcile: Policy, tags: str, build: Callable[[str, Mapping[str, str]], Request], action: str
) -> None:
    assert allowed(reconcile, build(action, OURS))
    assert not allowed(reconcile, build(action, FOREIGN_TAGS[tags]))


@pytest.mark.parametrize("action", ON_INSTANCES)
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(("highwater:cluster",), id="another tag"),
        pytest.param(("highwater:drain", "highwater:role"), id="another tag beside it"),
        pytest.param((), id="every tag at once"),
    ],
)
def test_no_tag_of_an_instance_but_the_request_to_drain_is_written_or_removed(
    reconcile: Policy, keys: tuple[str, ...], action: str
) -> None:
    assert not allowed(reconcile, on_instance(action, OURS, keys))


@pytest.mark.parametrize(
    "action", ["ec2:TerminateInstances", "ec2:StopInstances", "autoscaling:DeleteAutoScalingGroup"]
)
def test_an_instance_cannot_be_ended_past_its_group(reconcile: Policy, action: str) -> None:
    build = on_group if action.startswith("autoscaling:") else on_instance
    assert not allowed(reconcile, build(action, OURS))
