"""A group that is tagged with another cluster's name: under neither name anything is decided for it."""

from datetime import timedelta

import boto3
import msgspec
import pytest

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.core.facts.ledger import KnownGroup, Ledger, Standing
from tests.system.conftest import ask, running_day
from twin.day.options import MIDNIGHT


def test_a_renamed_cluster_is_a_404_under_both_names_that_says_which_tag_to_set_back() -> None:
    with running_day() as day:
        ask(day, "PUT", "/clusters/trades/hold", {"reason": "so that its ledger knows the group"})
        day.clock.run_until(MIDNIGHT + timedelta(minutes=3))
        rename_to("orders")
        for cluster in ("trades", "orders"):
            status, answer = ask(day, "GET", f"/clusters/{cluster}")
            assert status == 404
            assert "highwater-trades-rdb report for trades, but the group is tagged" in answer["error"]
            assert "set highwater:cluster=trades again" in answer["error"]
        assert [one["cluster"] for one in ask(day, "GET", "/clusters")[1]["clusters"]] == ["trades"]


def test_what_was_told_of_a_cluster_whose_group_is_gone_is_told_as_over_and_then_forgotten() -> None:
    with running_day() as day:
        ask(day, "PUT", "/clusters/trades/hold", {"reason": "so that its ledger knows the group"})
        day.clock.run_until(MIDNIGHT + timedelta(minutes=3))
        told = Standing(MIDNIGHT, told=MIDNIGHT)
        ledgers = Ledgers(boto3.client("dynamodb"), day.table)
        ledgers.commit(Ledger("orders", alerts={"never-ready i-1": told}), None)
        rename_to("orders")
        day.clock.run_until(MIDNIGHT + timedelta(minutes=6))
        listed = {one["cluster"]: one["code"] for one in ask(day, "GET", "/clusters")[1]["clusters"]}
        assert listed["orders"] == "gone"
        day.clock.run_until(MIDNIGHT + timedelta(minutes=13))
        over = [(alert["cluster"], alert["key"]) for alert in day.told.cleared]
        assert over == [("orders", "never-ready i-1")]
        assert [one["cluster"] for one in ask(day, "GET", "/clusters")[1]["clusters"]] == ["trades"]
        assert ledgers.read("orders").alerts == {}
        assert ledgers.read("*").telling == ("trades",)


def test_a_cluster_that_is_gone_and_whose_ledger_cannot_be_read_stops_no_sweep() -> None:
    with running_day() as day:
        ledgers = Ledgers(boto3.client("dynamodb"), day.table)
        for cluster in ("bonds", "orders"):
            told = {"never-ready i-1": Standing(MIDNIGHT, told=MIDNIGHT)}
            ledgers.commit(Ledger(cluster, alerts=told), None)
        account = ledgers.read("*")
        ledgers.commit(msgspec.structs.replace(account, telling=("bonds", "orders")), None)
        table = boto3.resource("dynamodb").Table(day.table)
        for item in ("ledger", "stand-in", "stand-in-2"):
            table.put_item(Item={"cluster": "bonds", "item": item, "version": 3, "document": "{"})
        shown = [(one["cluster"], one["code"]) for one in ask(day, "GET", "/clusters")[1]["clusters"]]
        assert {("bonds", "unreadable"), ("orders", "gone")} <= {*shown}
        day.clock.run_until(MIDNIGHT + timedelta(minutes=3))
        assert ledgers.read("orders").alerts["never-ready i-1"].ended


def test_a_group_that_was_left_for_another_which_is_gone_is_told_as_renamed() -> None:
    with running_day() as day:
        ledgers = Ledgers(boto3.client("dynamodb"), day.table)
        ask(day, "PUT", "/clusters/trades/hold", {"reason": "so that its ledger knows the group"})
        day.clock.run_until(MIDNIGHT + timedelta(minutes=3))
        known = ledgers.read("trades")
        left = KnownGroup("highwater-trades-rdb-copy", MIDNIGHT, before="highwater-trades-rdb")
        ledgers.commit(msgspec.structs.replace(known, group=left), None)
        rename_to("not a name!")
        day.clock.run_until(MIDNIGHT + timedelta(minutes=8))
        assert ("trades", "renamed") in [(alert["cluster"], alert["key"]) for alert in day.told.told]


@pytest.mark.parametrize("cluster", ["orders", "not a name!"])
def test_a_group_that_is_renamed_while_the_ledger_cannot_be_read_is_told_as_both(cluster: str) -> None:
    with running_day() as day:
        table = boto3.resource("dynamodb").Table(day.table)
        table.put_item(Item={"cluster": "trades", "item": "ledger", "version": 3, "document": "{"})
        rename_to(cluster)
        day.clock.run_until(MIDNIGHT + timedelta(minutes=3))
        told = [(alert["cluster"], alert["key"]) for alert in day.told.told]
        assert sorted(told) == [("trades", "renamed"), ("trades", "unreadable")]


def rename_to(cluster: str) -> None:
    tag = {"Key": "highwater:cluster", "ResourceId": "highwater-trades-rdb", "Value": cluster}
    boto3.client("autoscaling").create_or_update_tags(
        Tags=[{**tag, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}]
    )
