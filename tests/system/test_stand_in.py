"""A ledger that cannot be read: its cluster is told and raised, and the item stays as it is (rule 12)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from tests.system.conftest import ask, running_day
from twin.day.day import Day

KEY = {"cluster": "trades", "item": "ledger"}
NEWER = json.dumps({"schema": 2, "cluster": "trades", "rdbs": "elsewhere"})


@pytest.fixture
def day() -> Iterator[Day]:
    with running_day() as day:
        yield day


@pytest.fixture
def table(day: Day) -> Any:
    name = day.aws.wiring.named("Reconcile").environment["LEDGER_TABLE"]
    return boto3.resource("dynamodb").Table(name)


def settle(day: Day, minutes: int) -> None:
    day.clock.run_until(day.clock.now() + timedelta(minutes=minutes))


def test_with_an_unreadable_ledger_the_cluster_is_told_raised_and_later_goes_on_where_it_was(
    day: Day, table: Any
) -> None:
    kept = table.get_item(Key=KEY)["Item"]
    table.put_item(Item={**kept, "document": NEWER})
    settle(day, 3)
    status, answer = ask(day, "GET", "/clusters")
    (shown,) = answer["clusters"]
    assert (status, [alert["key"] for alert in shown["alerts"]]) == (200, ["unreadable"])
    assert ask(day, "POST", "/clusters/trades/capacity", {"change": 2})[0] == 202
    day.aws.wake_readers()
    settle(day, 1)
    assert day.desired() == 2
    settle(day, 3)
    assert table.get_item(Key=KEY)["Item"]["document"] == NEWER

    table.put_item(Item=kept)
    settle(day, 5)
    status, answer = ask(day, "GET", "/clusters/trades")
    assert (status, answer["alerts"], answer["desired"]) == (200, [], 2)
    mended = json.loads(table.get_item(Key=KEY)["Item"]["document"])
    assert mended["version"] > int(kept["version"])
    assert "stands_in" not in mended
    blank = table.get_item(Key={**KEY, "item": "stand-in"})["Item"]
    assert (blank["document"], blank["version"]) == ("", 0)
