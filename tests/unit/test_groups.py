"""Groups as DescribeAutoScalingGroups shows them: what their capacity counts, and which template they follow.

The shapes are those of the API reference. AWS leaves out what is not set.
"""

from typing import Any
from unittest.mock import Mock

import pytest

from chalicelib.adapters.autoscaling import Groups
from chalicelib.core.facts.group import Group
from tests.unit.builders import A

TEMPLATE = {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "rdb", "Version": "3"}
MEMBER = {
    "InstanceId": A,
    "LifecycleState": "InService",
    "HealthStatus": "Healthy",
    "ProtectedFromScaleIn": True,
}
REQUIREMENTS = {"InstanceRequirements": {"VCpuCount": {"Min": 4}, "MemoryMiB": {"Min": 16_384}}}


def described(member: dict[str, Any] | None = None, **changes: Any) -> Group:
    shown = {
        "AutoScalingGroupName": "highwater-trades-rdb",
        "MinSize": 1,
        "MaxSize": 9,
        "DesiredCapacity": 1,
        "Instances": [{**MEMBER, **(member or {})}],
        "Tags": [],
        **changes,
    }
    client = Mock()
    client.get_paginator.return_value.paginate.return_value = [{"AutoScalingGroups": [shown]}]
    found = Groups(client, Mock()).named("highwater-trades-rdb")
    assert found
    return found


def mixed(*overrides: dict[str, Any]) -> dict[str, Any]:
    return {
        "MixedInstancesPolicy": {
            "LaunchTemplate": {"LaunchTemplateSpecification": TEMPLATE, "Overrides": [*overrides]},
            "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 100},
        }
    }


TYPES = ({"InstanceType": "r7g.large"}, {"InstanceType": "r7g.xlarge"})
WEIGHED = tuple({**one, "WeightedCapacity": "1"} for one in TYPES)


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param({"LaunchTemplate": TEMPLATE}, id="one template"),
        pytest.param(mixed(*TYPES), id="instance types without weights"),
        pytest.param(mixed(), id="a policy without instance types"),
        pytest.param(mixed(REQUIREMENTS), id="requirements of instances"),
        pytest.param({**mixed(*TYPES), "DesiredCapacityType": "units"}, id="units by name"),
    ],
)
def test_a_group_whose_instances_weigh_the_same_counts_hosts(shown: dict[str, Any]) -> None:
    assert described(**shown).unit == ""


def test_a_group_that_weighs_its_instance_types_counts_weights_though_each_weighs_one() -> None:
    assert described(**mixed(*WEIGHED)).unit == "weights"


def test_a_weight_of_an_instance_that_the_policy_no_longer_has_counts() -> None:
    assert described({"WeightedCapacity": "2"}, **mixed(*TYPES)).unit == "weights"


@pytest.mark.parametrize("kind", ["vcpu", "memory-mib"])
def test_a_group_that_counts_what_its_instances_have_is_told_by_that(kind: str) -> None:
    shown = described({"WeightedCapacity": "4"}, **mixed(REQUIREMENTS), DesiredCapacityType=kind)
    assert shown.unit == kind


@pytest.mark.parametrize("shown", [{"LaunchTemplate": TEMPLATE}, mixed(*TYPES)])
def test_the_template_is_named_with_its_version_wherever_the_group_has_it(shown: dict[str, Any]) -> None:
    assert described(**shown).template == "lt-1 3"
