"""The table of windows over HTTP: which RDB holds the updates of a time, and what no RDB holds, or two."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.contract.report import State
from tests.system.conftest import ask, running_day
from twin.day.day import Day

WINDOWS = "/clusters/trades/windows"


def tell(day: Day, instance_id: str, state: State, window: tuple[int, int], **more: Any) -> None:
    """Publish the report of one that is in the group, and let it be taken."""
    (rdb,) = (rdb for rdb in day.tickerplant.rdbs.values() if rdb.instance_id == instance_id)
    said = msgspec.to_builtins(rdb.said(day.clock.now()))
    first, last = window
    fields = {"state": state, "first_index": first, "last_index": last, "rows": last - first, **more}
    day.aws.report("trades", msgspec.json.encode({**said, **fields}).decode())


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    """Three RDBs of which the first has the morning, the second ten to eleven, and the third what came since.

    Their own reporters are silent: the test speaks for them.
    """
    with running_day() as day:
        ask(day, "POST", "/clusters/trades/capacity", {"desired": 3})
        day.clock.run_until(day.clock.now() + timedelta(minutes=4))
        for rdb in day.tickerplant.rdbs.values():
            rdb.tick = silent  # type: ignore[method-assign]
        first, second, third = day.tickerplant.rdbs
        place = {"host": "10.0.12.7", "port": 5001}
        tell(day, first, State.ROLLED, (0, 100), **place, **times("08:00", "10:00"))
        tell(day, second, State.ROLLED, (100, 200), **times("10:00", "11:00"))
        tell(day, third, State.LIVE, (200, 250), first_time="2026-11-23T11:00:00Z")
        day.clock.run_until(day.clock.now() + timedelta(seconds=30))
        yield day


def silent(now: datetime) -> None:
    """Report nothing."""


def times(first: str, last: str) -> dict[str, str]:
    return {"first_time": f"2026-11-23T{first}:00Z", "last_time": f"2026-11-23T{last}:00Z"}


def held(day: Day, query: str = "") -> list[int]:
    status, answer = ask(day, "GET", WINDOWS + query)
    assert status == 200
    return [row["first_index"] for row in answer["windows"]]


def test_all_windows_come_in_the_order_of_their_indices_with_all_that_is_known_of_each(day: Day) -> None:
    _, answer = ask(day, "GET", WINDOWS)
    first = next(iter(day.tickerplant.rdbs))
    row = answer["windows"][0]
    assert row.pop("reported_at").startswith("2026-11-23T00:0")
    assert row == {
        "instance_id": first,
        "host": "10.0.12.7",
        "port": 5001,
        "state": "rolled",
        "first_index": 0,
        "last_index": 100,
        "rows": 100,
        "first_time": "2026-11-23T08:00:00Z",
        "last_time": "2026-11-23T10:00:00Z",
    }
    assert held(day) == [0, 100, 200]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?from=2026-11-23T10:30:00Z&to=2026-11-23T10:40:00Z", [100]),
        ("?from=2026-11-23T10:30:00Z", [100, 200]),
        ("?to=2026-11-23T10:30:00Z", [0, 100]),
        ("?from=2026-11-23T10:00:00Z&to=2026-11-23T10:00:00Z", [0, 100]),
        ("?from=2026-11-23T10:00:01Z&to=2026-11-23T10:59:59Z", [100]),
        ("?from=2026-11-23T11:30:00%2B01:00&to=2026-11-23T10:40:00Z", [100]),
        ("?to=2026-11-23T07:59:59Z", []),
        ("?from=2030-01-01T00:00:00Z", [200]),
    ],
)
def test_a_time_range_takes_each_window_that_may_have_updates_of_it(
    day: Day, query: str, found: list[int]
) -> None:
    assert held(day, query) == found


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ("?from=yesterday", "from", "must be a time in ISO 8601 with its zone, as 2026-11-23T09:30:00Z"),
        (
            "?to=2026-11-23T10:00:00",
            "to",
            "must be a time in ISO 8601 with its zone, as 2026-11-23T09:30:00Z",
        ),
        ("?to=0001-01-01T00:00:00%2B05:00", "to", "is out of range in UTC"),
        (
            "?from=2026-11-23T11:00:00Z&to=2026-11-23T10:59:59Z",
            "from",
            "must not be after to, and 2026-11-23T11:00:00Z is after 2026-11-23T10:59:59Z",
        ),
        ("?since=2026-11-23T10:00:00Z", "since", "is no query parameter here: from, to"),
    ],
)
def test_what_is_no_time_range_is_refused_by_its_parameter_and_the_rule(
    day: Day, query: str, field: str, rule: str
) -> None:
    assert ask(day, "GET", WINDOWS + query) == (
        400,
        {"error": f"{field}: {rule}", "field": field, "rule": rule},
    )


def test_a_cluster_that_nobody_knows_has_no_windows(day: Day) -> None:
    status, answer = ask(day, "GET", "/clusters/bonds/windows")
    assert (status, answer["error"][:27]) == (404, "cluster: no group is tagged")


def test_breaks_are_there_at_once_and_told_after_a_while(day: Day) -> None:
    _, whole = ask(day, "GET", WINDOWS)
    assert whole["breaks"] == []
    assert whole["tickerplant"]["updates"] == day.tickerplant.published
    assert whole["tickerplant"]["reported_at"] < whole["at"]
    _, second, third = day.tickerplant.rdbs
    tell(day, second, State.ROLLED, (100, 170))
    day.clock.run_until(day.clock.now() + timedelta(seconds=30))
    _, broken = ask(day, "GET", WINDOWS)
    (gap,) = broken["breaks"]
    assert gap.pop("since").startswith("2026-11-23T00:0")
    assert gap == {
        "kind": "gap",
        "first_index": 170,
        "last_index": 200,
        "rdbs": [second, third],
        "told": False,
    }
    for _ in range(3):
        tell(day, third, State.LIVE, (200, 250))
        day.clock.run_until(day.clock.now() + timedelta(minutes=4))
    _, lasts = ask(day, "GET", WINDOWS)
    assert lasts["breaks"][0]["told"]
    _, shown = ask(day, "GET", "/clusters/trades")
    assert "gap" in [alert["key"] for alert in shown["alerts"]]
