"""A group that is tagged with another cluster's name: under neither name anything is decided for it."""

from datetime import timedelta

import boto3

from tests.system.conftest import ask, running_day
from twin.day.day import MIDNIGHT


def test_a_renamed_cluster_is_a_404_under_both_names_that_says_which_tag_to_set_back() -> None:
    with running_day() as day:
        ask(day, "PUT", "/clusters/trades/hold", {"reason": "so that its ledger knows the group"})
        day.clock.run_until(MIDNIGHT + timedelta(minutes=3))
        tag = {"Key": "highwater:cluster", "ResourceId": "highwater-trades-rdb", "Value": "orders"}
        boto3.client("autoscaling").create_or_update_tags(
            Tags=[{**tag, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}]
        )
        for cluster in ("trades", "orders"):
            status, answer = ask(day, "GET", f"/clusters/{cluster}")
            assert status == 404
            assert "highwater-trades-rdb report for trades, but the group is tagged" in answer["error"]
            assert "set highwater:cluster=trades again" in answer["error"]
        assert [one["cluster"] for one in ask(day, "GET", "/clusters")[1]["clusters"]] == ["trades"]
