"""Query parameters: those that are known choose, and all others are refused by name."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args
from urllib.parse import quote

import pytest

from app import app
from chalicelib.core.decision import Decision, DecisionCode
from chalicelib.triggers.decision_query import MOST_READ, DecisionQuery
from tests.system.conftest import ask, running_day
from twin.day.day import Day
from twin.day.options import MIDNIGHT

DECISIONS = "/clusters/trades/decisions"
ROUTES = [(method, path) for path, methods in app.routes.items() for method in methods]


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    """A cluster that was raised, and looked at for a while."""
    with running_day() as day:
        for _ in range(3):
            ask(day, "POST", "/clusters/trades/capacity", {"change": 1})
            day.clock.run_until(day.clock.now() + timedelta(minutes=3))
        yield day


def wanted(day: Day, query: str) -> list[dict[str, Any]]:
    """All decisions that a query chooses, page by page."""
    found, before = list[dict[str, Any]](), ""
    while True:
        status, page = ask(day, "GET", f"{DECISIONS}?limit=2{query}{before}")
        assert status == 200
        found += page["decisions"]
        if page["next"] is None:
            return found
        before = f"&before={page['next']}"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_an_unknown_query_parameter_is_a_400_that_names_it(day: Day, method: str, path: str) -> None:
    where = path.format(cluster="trades", instance_id="i-0123456789abcdef0", command_id="0" * 32)
    status, answer = ask(day, method, f"{where}?colour=red")
    assert (status, answer["field"]) == (400, "colour")


@pytest.mark.parametrize("query", [f"&code={code}" for code in get_args(DecisionCode)])
def test_a_code_chooses_the_decisions_that_have_it(day: Day, query: str) -> None:
    code = query.removeprefix("&code=")
    everything = wanted(day, "")
    assert wanted(day, query) == [decision for decision in everything if decision["code"] == code]


def test_raises_are_among_them(day: Day) -> None:
    assert [decision["target"] for decision in wanted(day, "&code=raise")] == [4, 3, 2]


def test_an_instance_chooses_the_decisions_that_name_it_beside_its_room(day: Day) -> None:
    _, shown = ask(day, "GET", "/clusters/trades")
    standby = next(rdb["instance_id"] for rdb in shown["rdbs"] if rdb["state"] == "standby")
    assert wanted(day, f"&instance_id={standby}") == []
    ask(day, "PUT", f"/clusters/trades/rdbs/{standby}/hold", {"reason": "audit"})
    day.clock.run_until(day.clock.now() + timedelta(minutes=1))
    (decision,) = wanted(day, f"&instance_id={standby}")
    assert standby in decision["asked"][0]
    assert wanted(day, f"&instance_id={standby[:10]}") == []


def test_times_choose_from_the_first_until_before_the_last(day: Day) -> None:
    everything = wanted(day, "")
    newest, *middle, oldest = everything[:5]
    since, until = quote(oldest["at"]), quote(newest["at"])
    assert wanted(day, f"&since={since}&until={until}") == [*middle, oldest]
    assert wanted(day, f"&since={since}&code=raise") == [
        decision for decision in everything[:5] if decision["code"] == "raise"
    ]
    assert wanted(day, "&until=2020-01-01T00:00:00Z") == []
    assert wanted(day, "&since=0001-01-01T00:00:00Z") == wanted(day, "")


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ("code=launch", "code", "must be one of raise, room,"),
        ("instance_id=42", "instance_id", "must be the id of an instance: i- and "),
        ("since=yesterday", "since", "ISO 8601"),
        ("since=2026-11-23T09:30:00", "since", "ISO 8601"),
        ("until=0001-01-01T00:00:00%2B01:00", "until", "out of range"),
        ("since=2026-11-24T00:00:00Z&until=2026-11-23T00:00:00Z", "until", "must be after since"),
        (f"limit={'9' * 4400}", "limit", "from 1 to 100"),
    ],
)
def test_a_filter_that_makes_no_sense_is_a_400_with_the_rule(
    day: Day, query: str, field: str, rule: str
) -> None:
    status, answer = ask(day, "GET", f"{DECISIONS}?{query}")
    assert (status, answer["field"]) == (400, field)
    assert rule in answer["rule"]


def test_a_page_that_ends_before_anything_fits_says_where_to_go_on() -> None:
    quiet = [(f"id-{n}", Decision("trades", MIDNIGHT, "room", "")) for n in range(MOST_READ)]
    query = DecisionQuery.of({"code": "raise"})
    assert query.page(quiet) == {"decisions": [], "next": f"id-{MOST_READ - 1}"}
    assert query.page(quiet[:-1]) == {"decisions": [], "next": None}
