"""Descriptions of the strict groups, their members, tags and history, and their pages."""

from datetime import timedelta
from typing import Any

import pytest

from tests.twin.autoscaling_bench import GROUP, START, at, names
from tests.twin.autoscaling_stage import Stage
from twin.autoscaling import AwsError


@pytest.mark.parametrize(("params", "sizes"), [({}, [50, 50, 20]), ({"MaxRecords": 100}, [100, 20])])
def test_groups_come_in_pages(bench: Stage, params: dict[str, Any], sizes: list[int]) -> None:
    for number in range(120):
        bench.create(f"asg-{number:03}")
    pages = [bench.call("DescribeAutoScalingGroups", **params)]
    while (token := pages[-1].get("NextToken")) is not None:
        pages.append(bench.call("DescribeAutoScalingGroups", NextToken=token, **params))
    assert [len(page["AutoScalingGroups"]) for page in pages] == sizes
    assert [name for page in pages for name in names(page)] == [f"asg-{number:03}" for number in range(120)]


def test_a_token_is_good_for_its_own_operation_only(bench: Stage) -> None:
    bench.create()
    bench.create("asg-2")
    token = bench.call("DescribeAutoScalingGroups", MaxRecords=1)["NextToken"]
    with pytest.raises(AwsError, match="InvalidNextToken"):
        bench.on_group("DescribeScalingActivities", NextToken=token)


def test_names_that_do_not_exist_are_left_out_in_silence(bench: Stage) -> None:
    bench.serving(1)
    assert names(bench.call("DescribeAutoScalingGroups", AutoScalingGroupNames=["asg-9", GROUP])) == [GROUP]


def test_a_member_shows_its_template_and_place(bench: Stage) -> None:
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


def test_what_is_described_is_a_copy(bench: Stage) -> None:
    bench.serving(1)
    bench.group()["Instances"].clear()
    bench.group()["TerminationPolicies"].append("NewestInstance")
    group = bench.group()
    assert (len(group["Instances"]), group["TerminationPolicies"]) == (1, ["Default"])


# Captured.
def test_a_new_group_has_the_defaults_of_aws(bench: Stage) -> None:
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


def test_settings_are_shown_as_they_were_given(bench: Stage) -> None:
    bench.create(TerminationPolicies=["OldestInstance", "Default"])
    bench.on_group("UpdateAutoScalingGroup", HealthCheckGracePeriod=2)
    group = bench.group()
    given = group["HealthCheckGracePeriod"], group["TerminationPolicies"]
    assert given == (2, ["OldestInstance", "Default"])


def test_activities_come_newest_first_but_those_under_way_before_all(bench: Stage) -> None:
    """User Guide, "Verify a scaling activity"."""
    bench.play("serves 1 slow; release i-1; wait 5; desire 1; wait 60")
    seen = [(a["Description"].split()[0], a["StatusCode"]) for a in bench.activities()]
    assert seen == [
        ("Terminating", "MidTerminatingLifecycleAction"),
        ("Launching", "Successful"),
        ("Launching", "Successful"),
    ]


def test_activities_come_in_pages(bench: Stage) -> None:
    bench.play("begins_with 150 MaxSize=150; wait 60")
    first = bench.on_group("DescribeScalingActivities")
    second = bench.on_group("DescribeScalingActivities", NextToken=first["NextToken"])
    assert (len(first["Activities"]), len(second["Activities"]), "NextToken" in second) == (100, 50, False)


def test_activities_are_forgotten_after_six_weeks(bench: Stage) -> None:
    """API reference, DescribeScalingActivities."""
    bench.play("serves 1; suspend HealthCheck")
    bench.time += timedelta(weeks=6)
    assert bench.activities() == []
    bench.play("desire 2; wait 60")
    assert len(bench.activities()) == 1


def tag(key: str, value: str, *, group: str = GROUP, propagate: bool = True) -> dict[str, Any]:
    named = {"ResourceId": group, "ResourceType": "auto-scaling-group"}
    return {**named, "Key": key, "Value": value, "PropagateAtLaunch": propagate}


def test_tags_reach_instances_at_launch_only_where_they_propagate(bench: Stage) -> None:
    bench.create(DesiredCapacity=1, Tags=[tag("role", "rdb"), tag("note", "x", propagate=False)])
    bench.wait(60)
    assert bench.ec2.tags["i-1"] == {"role": "rdb", "aws:autoscaling:groupName": GROUP}


def test_tags_are_written_over_deleted_and_listed_by_key(bench: Stage) -> None:
    bench.create(Tags=[tag("inherited", "group"), tag("probe", "x", propagate=False)])
    bench.call("CreateOrUpdateTags", Tags=[tag("inherited", "updated", propagate=False), tag("empty", "")])
    expected = [
        tag("empty", ""),
        tag("inherited", "updated", propagate=False),
        tag("probe", "x", propagate=False),
    ]
    assert bench.group()["Tags"] == expected
    named = {"ResourceId": GROUP, "ResourceType": "auto-scaling-group", "Key": "empty"}
    bench.call("DeleteTags", Tags=[named])
    assert bench.group()["Tags"] == expected[1:]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([("tag:cluster", ["trades"])], ["rdb", "tickerplant"]),
        ([("tag:cluster", ["trades"]), ("tag:role", ["rdb"])], ["rdb"]),
        ([("tag:role", ["rdb", "tickerplant"])], ["quotes", "rdb", "tickerplant"]),
        ([("tag:role", ["trades"])], []),
        ([("tag-key", ["role"])], ["quotes", "rdb", "tickerplant"]),
        ([("tag-key", ["cluster"]), ("tag:role", ["rdb"])], ["quotes", "rdb"]),
    ],
)
def test_groups_are_found_by_all_tag_filters(
    bench: Stage, filters: list[tuple[str, list[str]]], found: list[str]
) -> None:
    for name, cluster, role in (
        ("rdb", "trades", "rdb"),
        ("tickerplant", "trades", "tickerplant"),
        ("quotes", "quotes", "rdb"),
    ):
        bench.create(name, Tags=[tag("cluster", cluster, group=name), tag("role", role, group=name)])
    bench.create("other")
    conditions = [{"Name": name, "Values": values} for name, values in filters]
    assert names(bench.call("DescribeAutoScalingGroups", Filters=conditions)) == found
