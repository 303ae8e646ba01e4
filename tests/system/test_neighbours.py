"""One cluster's trouble is no other's: a group whose tag is no name (rule 14)."""

from collections.abc import Callable, Iterator

import boto3
import pytest

from tests.system.conftest import ask, event
from twin.day.day import Day

NAME, COPY = "highwater-trades-rdb", "highwater-copied-rdb"


@pytest.fixture(scope="module")
def copied() -> Iterator[Callable[[str], None]]:
    """A second group, which gets the cluster tag that is asked for."""
    autoscaling = boto3.client("autoscaling")
    (known,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[NAME])["AutoScalingGroups"]
    launched = known["LaunchTemplate"]
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=COPY,
        MinSize=0,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateId": launched["LaunchTemplateId"], "Version": launched["Version"]},
        VPCZoneIdentifier=known["VPCZoneIdentifier"],
    )
    stated = {"ResourceId": COPY, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}

    def tag(cluster: str) -> None:
        pairs = {"highwater:role": "rdb", "highwater:cluster": cluster}
        autoscaling.create_or_update_tags(
            Tags=[{**stated, "Key": key, "Value": value} for key, value in pairs.items()]
        )

    yield tag
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName=COPY, ForceDelete=True)


def test_a_group_whose_tag_is_no_name_stops_neither_sweep_nor_list(
    day: Day, copied: Callable[[str], None]
) -> None:
    for tag in ("", "two words", "-", "a" * 65):
        copied(tag)
        day.aws.functions.call(day.aws.wiring.named("Sweep"), event("schedule"))
        status, answer = ask(day, "GET", "/clusters")
        assert (status, [shown["cluster"] for shown in answer["clusters"]]) == (200, ["*", "trades"])


def test_a_renamed_group_whose_old_ledgers_are_broken_does_not_stop_the_cluster_whose_name_it_has(
    day: Day, copied: Callable[[str], None]
) -> None:
    table = boto3.resource("dynamodb").Table(day.table)
    broken = [{"cluster": "copied", "item": item} for item in ("ledger", "stand-in", "stand-in-2")]
    for key in broken:
        table.put_item(Item={**key, "version": 3, "document": "{"})
    copied("trades")
    status, answer = ask(day, "GET", "/clusters/trades")
    alerts = [alert["key"] for alert in answer["alerts"]]
    for key in broken:
        table.delete_item(Key=key)
    assert (status, answer["code"], alerts) == (200, "room", ["ambiguous"])
