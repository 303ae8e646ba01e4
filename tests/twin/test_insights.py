"""Metrics Insights queries are read as AWS documents them; others are refused."""

import re
from datetime import timedelta

import pytest

from tests.twin.alarm_cases import CONTRIBUTOR_DAY, at
from tests.twin.alarm_helpers import grouped
from twin.aws.alarms.evaluation import Window
from twin.aws.alarms.insights import Query, parse, select
from twin.aws.alarms.states import Point

NOW = at(CONTRIBUTOR_DAY, "09:00:20")

MEMORY = (
    'SELECT MAX(MemoryUtilization) FROM SCHEMA("Highwater", Cluster, InstanceId) '
    "WHERE Cluster = 'trades' GROUP BY InstanceId ORDER BY MAX() DESC"
)


def load(value: float, *, minutes: int = 1, namespace: str = "ns", **dimensions: str) -> Point:
    return Point(namespace, "Load", dimensions, NOW - timedelta(minutes=minutes), value)


def values(query: str, *points: Point) -> list[tuple[dict[str, str], list[float]]]:
    window = Window.of(grouped('SELECT MAX(Load) FROM "ns"'), NOW)
    return [
        (dict(attributes), [series[number].value for number in sorted(series)])
        for attributes, series in select(parse(query), points, window)
    ]


def test_the_query_of_a_cluster_is_read_in_full() -> None:
    assert parse(f"{MEMORY} LIMIT 100") == Query(
        statistic="Maximum",
        metric="MemoryUtilization",
        namespace="Highwater",
        schema=frozenset({"Cluster", "InstanceId"}),
        where=(("Cluster", "trades"),),
        group_by=("InstanceId",),
        order_by="Maximum",
        descending=True,
        limit=100,
    )


def test_keywords_are_read_in_any_case_and_names_are_kept() -> None:
    lower = (
        "select max(MemoryUtilization) from schema(\"Highwater\", Cluster, InstanceId) where Cluster='trades'"
    )
    assert parse(f"{lower} group by InstanceId order by max() desc") == parse(MEMORY)


def test_without_a_clause_everything_in_the_namespace_is_one_series() -> None:
    points = (load(1, Team="a"), load(2, Team="b", Kind="k"), load(9, namespace="other", Team="a"))
    assert values('SELECT MAX(Load) FROM "ns"', *points) == [({}, [2.0])]


def test_a_schema_reads_metrics_with_exactly_its_dimensions() -> None:
    points = (load(1, Team="a"), load(2, Team="b", Kind="k"), load(3))
    assert values('SELECT MAX(Load) FROM SCHEMA("ns", Team)', *points) == [({}, [1.0])]
    assert values('SELECT MAX(Load) FROM SCHEMA("ns", Kind, Team)', *points) == [({}, [2.0])]
    assert values('SELECT MAX(Load) FROM SCHEMA("ns")', *points) == [({}, [3.0])]


def test_every_condition_of_where_must_hold() -> None:
    points = (load(1, Team="a"), load(2, Team="a", Kind="k"), load(3, Team="b", Kind="k"))
    assert values("SELECT MAX(Load) FROM ns WHERE Team = 'a' AND Kind = 'k'", *points) == [({}, [2.0])]


def test_a_metric_without_the_grouped_dimension_is_in_the_group_other() -> None:
    points = (load(30, Kind="k"), load(20, Kind="k", Team="a"))
    assert values('SELECT MAX(Load) FROM "ns" GROUP BY Team ORDER BY MAX() DESC', *points) == [
        ({"Team": "Other"}, [30.0]),
        ({"Team": "a"}, [20.0]),
    ]


def test_series_are_grouped_by_every_named_dimension() -> None:
    points = (load(1, Kind="k", Team="a"), load(2, Kind="l", Team="a"), load(5, Kind="k", Team="a"))
    assert values('SELECT SUM(Load) FROM "ns" GROUP BY Team, Kind ORDER BY SUM()', *points) == [
        ({"Team": "a", "Kind": "l"}, [2.0]),
        ({"Team": "a", "Kind": "k"}, [6.0]),
    ]


@pytest.mark.parametrize(
    ("function", "value"), [("AVG", 4.0), ("MAX", 9.0), ("MIN", 1.0), ("SUM", 12.0), ("COUNT", 3.0)]
)
def test_each_function_is_over_the_samples_of_all_the_metrics_in_a_minute(
    function: str, value: float
) -> None:
    points = (load(9, Team="a"), load(1, Team="a"), load(2, Team="b"), load(7, minutes=2, Team="a"))
    ((_, found),) = values('SELECT MAX(Load) FROM "ns"'.replace("MAX", function), *points)
    assert found[-1] == value
    assert len(found) == 2


def test_the_rank_is_over_the_whole_window_and_the_limit_keeps_the_first() -> None:
    points = (load(50, minutes=3, Team="a"), load(1, Team="a"), load(20, Team="b"), load(30, Team="c"))
    query = 'SELECT MAX(Load) FROM "ns" GROUP BY Team ORDER BY MAX()'
    assert [found["Team"] for found, _ in values(f"{query} DESC LIMIT 2", *points)] == ["a", "c"]
    assert [found["Team"] for found, _ in values(f"{query} ASC LIMIT 1", *points)] == ["b"]
    assert [found["Team"] for found, _ in values(query, *points)] == ["b", "c", "a"]


@pytest.mark.parametrize(
    "query",
    [
        "m1 + 1",
        "SELECT P99(Load) FROM ns",
        "SELECT MAX(Load)",
        "SELECT MAX(Load) FROM 'ns'",
        "SELECT MAX(Load) FROM ns WHERE Team != 'a'",
        "SELECT MAX(Load) FROM ns WHERE Team = a",
        "SELECT MAX(Load) FROM ns WHERE Team = 'a' OR Team = 'b'",
        "SELECT MAX(Load) FROM ns GROUP Team",
        "SELECT MAX(Load) FROM ns LIMIT 501",
        "SELECT MAX(Load) FROM ns LIMIT 0",
    ],
)
def test_what_is_not_emulated_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match=f"emulated: {re.escape(query)}$"):
        parse(query)


def test_a_query_that_aws_refuses_in_an_alarm_is_refused() -> None:
    with pytest.raises(ValueError, match="ORDER BY"):
        grouped('SELECT MAX(Load) FROM "ns" GROUP BY Team')
    with pytest.raises(ValueError, match="cannot be checked across more than 3 hours"):
        grouped('SELECT MAX(Load) FROM "ns"', n=181)
