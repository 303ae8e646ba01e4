"""Tags of the strict groups, written, inherited and found (API reference; captured: sorted by key)."""

from typing import Any

import pytest

from tests.twin.autoscaling_bench import GROUP, Bench, names


def tag(key: str, value: str, *, group: str = GROUP, propagate: bool = True) -> dict[str, Any]:
    named = {"ResourceId": group, "ResourceType": "auto-scaling-group"}
    return {**named, "Key": key, "Value": value, "PropagateAtLaunch": propagate}


def test_tags_reach_instances_at_launch_only_where_they_propagate(bench: Bench) -> None:
    bench.create(DesiredCapacity=1, Tags=[tag("role", "rdb"), tag("note", "x", propagate=False)])
    bench.wait(60)
    assert bench.ec2.tags["i-1"] == {"role": "rdb", "aws:autoscaling:groupName": GROUP}


def test_tags_are_written_over_deleted_and_listed_by_key(bench: Bench) -> None:
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
        ([("tag-value", ["quotes"])], ["quotes"]),
        ([("tag-key", ["cluster"]), ("tag-value", ["rdb"])], ["quotes", "rdb"]),
    ],
)
def test_groups_are_found_by_all_tag_filters(
    bench: Bench, filters: list[tuple[str, list[str]]], found: list[str]
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
