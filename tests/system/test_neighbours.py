"""One cluster's trouble is no other's: a group whose tag is no name (rule 14)."""

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
        assert (status, [shown["cluster"] for shown in answer["clusters"]]) == (200, ["*", "trades"])
