"""The calendar through the real API, queue and table: put, shown, removed, refused, and never overwritten."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.adapters.calendars import CalendarRead
from chalicelib.adapters.items import CALENDAR
from highwater.__main__ import main
from highwater.operate import connection
from tests.system.conftest import ask, event, running_day
from twin.day.day import Day

PATH = "/clusters/trades/calendar"
KEY = {"cluster": "trades", "item": CALENDAR}
OPEN = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    """A cluster of its own: these requests change it."""
    with running_day() as day:
        yield day


@pytest.fixture
def table(day: Day) -> Iterator[Any]:
    name = day.aws.wiring.named("Reconcile").environment["LEDGER_TABLE"]
    table = boto3.resource("dynamodb").Table(name)
    yield table
    table.delete_item(Key=KEY)
    settle(day, 8)


def settle(day: Day, minutes: float = 3) -> None:
    day.clock.run_until(day.clock.now() + timedelta(minutes=minutes))


def sessions(days: int, zone: str = "Z") -> list[dict[str, str]]:
    starts = [OPEN + timedelta(days=day) for day in range(days)]
    return [
        {"start": f"{start:%FT%T}{zone}", "end": f"{start + timedelta(hours=6, minutes=30):%FT%T}{zone}"}
        for start in starts
    ]


def put(day: Day, body: dict[str, Any], key: str = "") -> tuple[int, Any]:
    return ask(day, "PUT", PATH, body, {"Idempotency-Key": key} if key else None)


def alerts(day: Day) -> list[tuple[str, str]]:
    _, answer = ask(day, "GET", "/clusters/trades")
    return [(alert["key"], alert["cause"]) for alert in answer["alerts"]]


def test_a_calendar_is_put_shown_followed_and_removed(day: Day, table: Any) -> None:
    assert ask(day, "GET", PATH) == (404, {"error": "calendar: trades has none"})
    body = {"sessions": sessions(400, "-05:00"), "grace_minutes": 30}
    status, answer = put(day, body, "first")
    assert (status, put(day, body, "first")[1]["repeated"]) == (202, True)
    settle(day)

    status, shown = ask(day, "GET", PATH)
    assert (status, len(shown["sessions"]), shown["grace_minutes"], shown["overnight"]) == (
        200,
        400,
        30,
        "one",
    )
    assert shown["sessions"][0] == {"start": "2026-11-23T19:30:00Z", "end": "2026-11-24T02:00:00Z"}
    assert shown["by"].endswith("/ann")
    _, record = ask(day, "GET", answer["command"])
    assert (record["state"], record["command"]["calendar"]["sessions"]) == ("carried-out", shown["sessions"])
    assert "put a calendar of 400 sessions until 2027-12-28T02:00:00Z" in record["asked"]
    _, listed = ask(day, "GET", "/clusters")
    (line,) = listed["clusters"]
    assert line["calendar"] == {
        "in_session": False,
        "next_open": "2026-11-23T19:30:00Z",
        "reaches": "2027-12-28T02:00:00Z",
        "overnight": "one",
    }
    assert line["alerts"] == []
    item = table.get_item(Key=KEY)["Item"]
    assert len(item["document"]) < 4_000

    assert ask(day, "DELETE", PATH)[0] == 202
    settle(day)
    assert ask(day, "GET", PATH)[0] == 404
    item = table.get_item(Key=KEY)["Item"]
    assert (item["document"], item["version"]) == ("", 2)


def test_a_dry_run_puts_nothing(day: Day, table: Any) -> None:
    status, answer = put(day, {"sessions": sessions(20), "dry_run": True})
    assert (status, answer["dry_run"], answer["plan"]["code"]) == (200, True, "room")
    settle(day)
    assert "Item" not in table.get_item(Key=KEY)


@pytest.mark.usefixtures("table")
def test_the_command_puts_shows_and_removes_it(
    day: Day, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def send(method: str, url: str, headers: Mapping[str, str], body: str | None) -> tuple[int, str]:
        status, answer = ask(day, method, url.removeprefix("https://local"), body, headers)
        return status, json.dumps(answer)

    monkeypatch.setattr(connection, "signed", lambda *_: send)
    monkeypatch.setattr(connection, "sleep", lambda _: settle(day, 1))
    file = tmp_path / "sessions.csv"
    lines = [f"2026-12-{n:02} 09:30,2026-12-{n:02} 16:00,America/New_York" for n in range(1, 31)]
    file.write_text("\n".join(["start,end,zone", *lines]))
    where = ["trades", "--url", "https://local", "--json"]
    assert main(["calendar", "put", *where, "--file", str(file), "--grace", "45"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "carried-out"
    assert main(["calendar", "show", *where]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["sessions"][0] == {"start": "2026-12-01T14:30:00Z", "end": "2026-12-01T21:00:00Z"}
    assert (len(shown["sessions"]), shown["grace_minutes"]) == (30, 45)
    assert main(["calendar", "remove", *where]) == 0
    assert main(["calendar", "show", *where]) == 2
    assert "calendar: trades has none." in capsys.readouterr().err


@pytest.mark.usefixtures("table")
def test_a_calendar_costs_no_call_more(day: Day, call: Callable[[str, Any], Any]) -> None:
    reads = {
        "autoscaling:DescribeAutoScalingGroups": 1,
        "cloudwatch:GetMetricData": 1,
        "dynamodb:BatchGetItem": 1,
    }
    put(day, {"sessions": sessions(400)})
    settle(day)
    for looks in (lambda: call("Sweep", event("schedule")), lambda: ask(day, "GET", PATH)):
        before = Counter(day.aws.functions.calls)
        looks()
        assert Counter(day.aws.functions.calls) - before == reads


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({}, "sessions", "is missing"),
        ({"sessions": []}, "sessions", "must be 1 to 3000, and are 0"),
        (
            {"sessions": [{"start": "2026-11-24T21:00:00Z", "end": "2026-11-24T14:30:00Z"}]},
            "sessions[0].end",
            "2026-11-24T14:30:00Z is not after the start, 2026-11-24T21:00:00Z",
        ),
        (
            {"sessions": [*sessions(1), *sessions(1)]},
            "sessions[1].start",
            "2026-11-23T14:30:00Z is before the end of the session before it, 2026-11-23T21:00:00Z: they "
            "must be in order, and must not overlap",
        ),
        (
            {"sessions": [{"start": "2026-11-24T14:30:00", "end": "2026-11-24T21:00:00Z"}]},
            "sessions[0].start",
            "must be a time in ISO 8601 with its zone, as 2026-11-23T09:30:00Z",
        ),
        (
            {"sessions": [{"start": "0001-01-01T00:00:00+10:00", "end": "2026-11-24T21:00:00Z"}]},
            "sessions[0].start",
            "is out of range in UTC",
        ),
        (
            {"sessions": sessions(1), "overnight": "two"},
            "overnight",
            "must be one of none, one, and is 'two'",
        ),
        ({"sessions": sessions(1), "grace_minutes": 1441}, "grace_minutes", "must be at most 1440"),
    ],
)
def test_a_bad_calendar_is_refused_with_the_field_and_the_rule(
    day: Day, body: dict[str, Any], field: str, rule: str
) -> None:
    status, answer = put(day, body)
    assert (status, answer["field"], answer["rule"]) == (400, field, rule)


def test_a_calendar_for_a_cluster_that_is_not_there_is_refused(day: Day) -> None:
    for method, body in (("PUT", {"sessions": sessions(20)}), ("GET", None), ("DELETE", None)):
        status, answer = ask(day, method, "/clusters/bonds/calendar", body)
        assert (status, answer["error"].partition(":")[0]) == (404, "cluster")


def test_no_rdb_overnight_is_refused_as_long_as_min_size_keeps_one(day: Day) -> None:
    status, answer = put(day, {"sessions": sessions(20), "overnight": "none"})
    assert (status, answer["refused"]) == (409, ["calendar"])
    assert answer["reasons"] == ["overnight none needs MinSize 0, and MinSize is 1"]


@pytest.mark.usefixtures("table")
def test_a_calendar_that_ends_within_two_weeks_is_told(day: Day) -> None:
    assert put(day, {"sessions": sessions(13)})[0] == 202
    settle(day)
    assert alerts(day) == [("calendar", "ends")]
    assert put(day, {"sessions": sessions(20)})[0] == 202
    settle(day, 8)
    assert alerts(day) == []


@pytest.mark.parametrize("document", [json.dumps({"schema": 2, "minutes": "elsewhere"}), "{", 7])
def test_one_of_a_newer_version_is_told_left_as_it_is_and_nothing_is_done_by_it(
    day: Day, table: Any, document: Any
) -> None:
    table.put_item(Item={**KEY, "version": 3, "document": document})
    settle(day)
    assert alerts(day) == [("calendar", "unreadable")]
    for method, body in (("PUT", {"sessions": sessions(20)}), ("GET", None), ("DELETE", None)):
        status, answer = ask(day, method, PATH, body)
        assert status == 409
        assert answer["error"].startswith("the calendar of trades cannot be decoded: ")
    assert table.get_item(Key=KEY)["Item"] == {**KEY, "version": 3, "document": document}


def test_a_calendar_that_is_put_has_nothing_of_the_one_before_even_of_a_newer_version(
    day: Day, table: Any
) -> None:
    put(day, {"sessions": sessions(20)})
    settle(day)
    item = table.get_item(Key=KEY)["Item"]
    newer = json.dumps({**json.loads(item["document"]), "auctions": [1]})
    table.put_item(Item={**item, "document": newer})
    put(day, {"sessions": sessions(30)})
    settle(day)
    written = json.loads(table.get_item(Key=KEY)["Item"]["document"])
    assert written.keys() == json.loads(item["document"]).keys()
    assert len(written["minutes"]) == 60


def test_an_item_without_a_version_cannot_be_read() -> None:
    assert CalendarRead.of("trades", {"document": {"S": ""}}).kept.unreadable.startswith(
        "the calendar of trades"
    )
