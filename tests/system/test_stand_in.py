"""A ledger that cannot be read: its cluster is told and raised, and the item stays as it is (rule 12)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.core.facts.ledger import Ledger
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


def raises(day: Day) -> list[int]:
    """The numbers that were written, the oldest first."""
    _, answer = ask(day, "GET", "/clusters/trades/decisions")
    return [decision["target"] for decision in reversed(answer["decisions"]) if decision.get("target")]


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
    assert (day.desired(), raises(day)) == (3, [2, 3])
    settle(day, 3)
    assert table.get_item(Key=KEY)["Item"]["document"] == NEWER

    table.put_item(Item=kept)
    settle(day, 5)
    status, answer = ask(day, "GET", "/clusters/trades")
    assert (status, answer["alerts"], answer["desired"]) == (200, [], 3)
    mended = json.loads(table.get_item(Key=KEY)["Item"]["document"])
    assert mended["version"] > int(kept["version"])
    assert "stands_in" not in mended
    blank = table.get_item(Key={**KEY, "item": "stand-in"})["Item"]
    assert (blank["document"], blank["version"]) == ("", 0)


@pytest.fixture
def ledgers(table: Any) -> Ledgers:
    return Ledgers(boto3.client("dynamodb"), table.name)


def put(table: Any, cluster: str, item: str, document: Any) -> None:
    table.put_item(Item={"cluster": cluster, "item": item, "version": 3, "document": document})


@pytest.mark.parametrize("document", [b"gz", {"a": 1}, None, json.dumps({"schema": 1, "cluster": "bonds"})])
def test_an_item_without_a_text_or_of_another_cluster_is_unreadable_for_its_cluster_alone(
    ledgers: Ledgers, table: Any, document: Any
) -> None:
    known = ledgers.read("trades")
    put(table, "bonds", "ledger", json.dumps({"cluster": "bonds", "version": 3}))
    put(table, "quotes", "ledger", document)
    found = ledgers.read_many(["bonds", "quotes", "trades"])
    stands_in = found["quotes"]
    assert isinstance(stands_in, Ledger)
    assert stands_in.stands_in.startswith("the ledger of quotes cannot be decoded: ")
    assert found == {"bonds": Ledger("bonds", version=3), "quotes": stands_in, "trades": known}
    assert ledgers.read("quotes") == stands_in


def test_an_item_without_any_document_is_unreadable(ledgers: Ledgers, table: Any) -> None:
    table.put_item(Item={"cluster": "quotes", "item": "ledger", "version": 3})
    assert ledgers.read("quotes").stands_in


def test_a_stand_in_of_a_newer_version_is_told_beside_a_good_ledger_and_left_as_it_is(
    day: Day, ledgers: Ledgers, table: Any
) -> None:
    put(table, "trades", "stand-in", NEWER)
    settle(day, 3)
    (alert,) = ask(day, "GET", "/clusters/trades")[1]["alerts"]
    assert alert["key"] == "unreadable"
    assert "item stand-in" in alert["text"]
    assert table.get_item(Key={**KEY, "item": "stand-in"})["Item"]["document"] == NEWER
    table.delete_item(Key={**KEY, "item": "stand-in"})
    settle(day, 8)
    assert ask(day, "GET", "/clusters/trades")[1]["alerts"] == []
    assert ledgers.read("trades").unmended == ""


def test_where_a_newer_version_wrote_both_another_item_stands_in_and_neither_is_overwritten(
    day: Day, ledgers: Ledgers, table: Any
) -> None:
    kept = table.get_item(Key=KEY)["Item"]
    put(table, "trades", "ledger", NEWER)
    put(table, "trades", "stand-in", NEWER)
    settle(day, 3)
    assert ask(day, "POST", "/clusters/trades/capacity", {"change": 2})[0] == 202
    day.aws.wake_readers()
    settle(day, 3)
    assert (day.desired(), raises(day)) == (3, [2, 3])
    for item in ("ledger", "stand-in"):
        assert table.get_item(Key={**KEY, "item": item})["Item"]["document"] == NEWER
    table.put_item(Item=kept)
    asked = ledgers.read("trades").asked
    assert asked is not None
    assert asked.target == 3


def test_what_a_stand_in_learned_after_it_was_read_is_not_blanked(ledgers: Ledgers, table: Any) -> None:
    put(table, "quotes", "stand-in", json.dumps({"cluster": "quotes", "version": 3}))
    put(table, "quotes", "ledger", json.dumps({"cluster": "quotes", "version": 3}))
    known = ledgers.read("quotes")
    newer = {"cluster": "quotes", "item": "stand-in", "version": 4}
    table.put_item(Item={**newer, "document": json.dumps({"cluster": "quotes", "version": 4})})
    assert ledgers.commit(known, None) is None
    assert table.get_item(Key={"cluster": "quotes", "item": "stand-in"})["Item"]["version"] == 4
    assert ledgers.commit(ledgers.read("quotes"), None)
    assert table.get_item(Key={"cluster": "quotes", "item": "stand-in"})["Item"]["version"] == 0


def test_another_stands_in_for_a_ledger_whose_times_cannot_be_reckoned_with(day: Day, table: Any) -> None:
    kept = table.get_item(Key=KEY)["Item"]
    document = json.loads(kept["document"])
    for rdb in document["rdbs"].values():
        rdb |= {"first_seen": "9999-12-31T23:59:59Z", "report": None, "received_at": None}
    table.put_item(Item={**kept, "document": json.dumps(document)})
    status, answer = ask(day, "GET", "/clusters")
    (shown,) = answer["clusters"]
    assert (status, [alert["key"] for alert in shown["alerts"]]) == (200, ["unreadable"])
    assert "it has a time of the year 9999" in shown["alerts"][0]["text"]
    assert shown["counted"] > 0
