"""What is described of the strict groups and their members, and in what pages (API reference)."""

from typing import Any

import pytest

from tests.twin.autoscaling_bench import GROUP, START, Bench, at, names
from tests.twin.autoscaling_cases import captured
from twin.autoscaling import AwsError


@pytest.mark.parametrize(("params", "sizes"), [({}, [50, 50, 20]), ({"MaxRecords": 100}, [100, 20])])
def test_groups_come_in_pages(bench: Bench, params: dict[str, Any], sizes: list[int]) -> None:
    for number in range(120):
        bench.create(f"asg-{number:03}")
    pages = [bench.call("DescribeAutoScalingGroups", **params)]
    while (token := pages[-1].get("NextToken")) is not None:
        pages.append(bench.call("DescribeAutoScalingGroups", NextToken=token, **params))
    assert [len(page["AutoScalingGroups"]) for page in pages] == sizes
    assert [name for page in pages for name in names(page)] == [f"asg-{number:03}" for number in range(120)]


def test_a_token_is_good_for_its_own_operation_only(bench: Bench) -> None:
    bench.create()
    bench.create("asg-2")
    token = bench.call("DescribeAutoScalingGroups", MaxRecords=1)["NextToken"]
    with pytest.raises(AwsError, match="InvalidNextToken"):
        bench.call("DescribeAutoScalingInstances", NextToken=token)


def test_names_that_do_not_exist_are_left_out_in_silence(bench: Bench) -> None:
    bench.serving(1)
    assert names(bench.call("DescribeAutoScalingGroups", AutoScalingGroupNames=["asg-9", GROUP])) == [GROUP]
    members = bench.call("DescribeAutoScalingInstances", InstanceIds=["i-9", "i-1"])["AutoScalingInstances"]
    assert [member["InstanceId"] for member in members] == ["i-1"]


def test_a_member_shows_its_template_and_place(bench: Bench) -> None:
    bench.serving(1)
    group = bench.group()
    template = {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "rdb"}
    assert group["LaunchTemplate"] == {**template, "Version": "$Latest"}
    member = {
        "InstanceId": "i-1",
        "InstanceType": "r6i.large",
        "AvailabilityZone": "us-east-1a",
        "AvailabilityZoneId": "use1-az1",
        "LifecycleState": "InService",
        "HealthStatus": "Healthy",
        "LaunchTemplate": {**template, "Version": "1"},
        "ProtectedFromScaleIn": False,
    }
    assert group["Instances"] == [member]
    (details,) = bench.call("DescribeAutoScalingInstances")["AutoScalingInstances"]
    assert details == {**member, "AutoScalingGroupName": GROUP, "HealthStatus": "HEALTHY"}
    bare = bench.call("DescribeAutoScalingGroups", IncludeInstances=False)["AutoScalingGroups"]
    assert bare[0]["Instances"] == []


def test_what_is_described_is_a_copy(bench: Bench) -> None:
    bench.serving(1)
    bench.group()["Instances"].clear()
    bench.group()["TerminationPolicies"].append("NewestInstance")
    group = bench.group()
    assert (len(group["Instances"]), group["TerminationPolicies"]) == (1, ["Default"])


@captured("defaults")
def test_a_new_group_has_the_defaults_of_aws(bench: Bench) -> None:
    def tag(key: str, *, propagate: bool) -> dict[str, Any]:
        return {"Key": key, "Value": "x", "PropagateAtLaunch": propagate}

    bench.create(
        VPCZoneIdentifier="subnet-b1,subnet-a1",
        Tags=[tag("probe", propagate=False), tag("inherited", propagate=True)],
    )
    bench.suspend("Launch")
    group = bench.group()
    expected = {
        "DesiredCapacity": 0,
        "DefaultCooldown": 300,
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 0,
        "TerminationPolicies": ["Default"],
        "NewInstancesProtectedFromScaleIn": False,
        "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-best-effort"},
        "InstanceLifecyclePolicy": {"RetentionTriggers": {"TerminateHookAbandon": "terminate"}},
        "VPCZoneIdentifier": "subnet-a1,subnet-b1",
        "AvailabilityZones": ["us-east-1a", "us-east-1b"],
        "Instances": [],
        "SuspendedProcesses": [
            {"ProcessName": "Launch", "SuspensionReason": f"User suspended at {at(START)}"}
        ],
    }
    assert {key: group[key] for key in expected} == expected
    assert [tag["Key"] for tag in group["Tags"]] == ["inherited", "probe"]
    assert not group.keys() & {"DefaultInstanceWarmup", "DeletionProtection", "Status"}


def test_settings_are_shown_as_they_were_given(bench: Bench) -> None:
    bench.create(HealthCheckType="EC2", TerminationPolicies=["OldestInstance", "Default"])
    bench.on_group("UpdateAutoScalingGroup", HealthCheckGracePeriod=2)
    group = bench.group()
    given = group["HealthCheckGracePeriod"], group["TerminationPolicies"]
    assert given == (2, ["OldestInstance", "Default"])
