"""The account's own ledger: one that cannot be read is told and taken over, and stops no sweep (rule 14)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from tests.system.conftest import ask
from twin.day.day import Day

LEDGER, STAND_IN, SECOND = ({"cluster": "*", "item": item} for item in ("ledger", "stand-in", "stand-in-2"))
NEWER = json.dumps({"schema": 2, "cluster": "*"})
EMPTY = json.dumps({"schema": 1, "cluster": "*", "version": 3})


@pytest.fixture
def table(day: Day) -> Iterator[Any]:
    table = boto3.resource("dynamodb").Table(day.aws.wiring.named("Reconcile").environment["LEDGER_TABLE"])
    yield table
    for item in (LEDGER, STAND_IN, SECOND):
        table.delete_item(Key=item)


def put(table: Any, item: dict[str, str], document: str) -> None:
    table.put_item(Item={**item, "version": 3, "document": document})


def document(table: Any, item: dict[str, str]) -> str:
    text = table.get_item(Key=item)["Item"]["document"]
    assert isinstance(text, str)
    return text


def settle(day: Day, minutes: int) -> None:
    day.clock.run_until(day.clock.now() + timedelta(minutes=minutes))


def alerts(day: Day) -> dict[str, list[dict[str, Any]]]:
    status, answer = ask(day, "GET", "/clusters")
    assert status == 200
    return {shown["cluster"]: shown["alerts"] for shown in answer["clusters"]}


def test_where_nothing_can_stand_in_for_it_the_clusters_are_swept_all_the_same(day: Day, table: Any) -> None:
    for item in (LEDGER, STAND_IN, SECOND):
        put(table, item, NEWER)
    status, answer = ask(day, "GET", "/clusters")
    assert (status, [(shown["cluster"], shown["code"]) for shown in answer["clusters"]]) == (
        200,
        [("*", "unreadable"), ("trades", "room")],
    )
    assert answer["clusters"][0]["reason"].startswith("the ledger of * cannot be decoded: ")


@pytest.mark.parametrize("right", [EMPTY, None])
def test_one_that_cannot_be_read_is_told_until_it_is_put_right_or_deleted(
    day: Day, table: Any, right: str | None
) -> None:
    put(table, LEDGER, NEWER)
    settle(day, 3)
    (alert,) = alerts(day)["*"]
    assert alert["key"] == "unreadable"
    assert alert["text"].startswith("the ledger of * cannot be decoded: ")
    assert "another stands in for it; run the version" in alert["text"]
    assert json.loads(document(table, STAND_IN))["alerts"]["unreadable"]["told"]
    assert document(table, LEDGER) == NEWER

    table.delete_item(Key=LEDGER)
    if right:
        put(table, LEDGER, right)
    settle(day, 2)
    assert document(table, STAND_IN) == ""
    assert json.loads(document(table, LEDGER))["alerts"]["unreadable"]["ended"]
    settle(day, 7)
    assert "alerts" not in json.loads(document(table, LEDGER))
    assert alerts(day).keys() == {"trades"}


def test_what_stood_in_and_cannot_be_read_is_told_and_left_as_it_is(day: Day, table: Any) -> None:
    put(table, STAND_IN, NEWER)
    settle(day, 3)
    (alert,) = alerts(day)["*"]
    assert alert["text"].startswith("what stood in for the ledger cannot be read: item stand-in: ")
    assert document(table, STAND_IN) == NEWER
