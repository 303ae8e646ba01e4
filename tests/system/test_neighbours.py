"""One cluster's trouble is no other's: a misnamed group, and a ledger that nobody can read (rule 14)."""

from collections.abc import Callable, Iterator

import boto3
import pytest

from tests.system.conftest import ask, event
from twin.day.day import Day

NAME = "highwater-trades-rdb"


@pytest.fixture
def copied() -> Iterator[Callable[[str], None]]:
    """A second group, which gets the cluster tag that is asked for."""
    autoscaling = boto3.client("autoscaling")
    (known,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[NAME])["AutoScalingGroups"]
    launched = known["LaunchTemplate"]
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="copied",
        MinSize=0,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateId": launched["LaunchTemplateId"], "Version": launched["Version"]},
        VPCZoneIdentifier=known["VPCZoneIdentifier"],
    )
    stated = {"ResourceId": "copied", "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}

    def tag(cluster: str) -> None:
        pairs = {"highwater:role": "rdb", "highwater:cluster": cluster}
        autoscaling.create_or_update_tags(
            Tags=[{**stated, "Key": key, "Value": value} for key, value in pairs.items()]
        )

    yield tag
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="copied", ForceDelete=True)


def test_a_group_whose_tag_is_no_name_stops_neither_sweep_nor_list(
    day: Day, copied: Callable[[str], None]
) -> None:
    for tag in ("", "two words", "-", "a" * 65):
        copied(tag)
        day.aws.functions.call(day.aws.wiring.named("Sweep"), event("schedule"))
        status, answer = ask(day, "GET", "/clusters")
        assert (status, [shown["cluster"] for shown in answer["clusters"]]) == (200, ["trades"])


def test_a_ledger_that_cannot_be_read_is_its_own_clusters_trouble(day: Day) -> None:
    table = boto3.resource("dynamodb").Table(day.aws.wiring.named("Reconcile").environment["LEDGER_TABLE"])
    key = {"cluster": "trades", "item": "ledger"}
    kept = table.get_item(Key=key)["Item"]
    table.put_item(Item={**kept, "document": '{"cluster": "trades", "rdbs": 7}'})
    try:
        status, answer = ask(day, "GET", "/clusters")
        (shown,) = answer["clusters"]
        assert (status, shown["code"]) == (200, "unreadable")
        assert shown["reason"].startswith("the ledger of trades cannot be decoded: ")
        assert ask(day, "GET", "/clusters/trades")[0] == 503
    finally:
        table.put_item(Item=kept)
    assert ask(day, "GET", "/clusters/trades")[0] == 200
