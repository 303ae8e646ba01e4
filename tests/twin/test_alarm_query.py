"""The query of the memory alarm is read as AWS does, and any other query or alarm is refused by name."""

import re
from typing import Any

import pytest

from tests.twin.alarm_builders import ARN, NOW, TEAMS, alarm, load, properties
from twin.aws.alarms.insights import Point, Query, parse, select
from twin.aws.alarms.records import read_alarm


def values(query: str, *points: Point) -> list[tuple[str, float]]:
    return [(series.attributes["Team"], series.value) for series in select(parse(query), points, NOW)]


def test_the_query_of_a_cluster_is_read_in_full() -> None:
    memory = (
        'SELECT MAX(MemoryUtilization) FROM SCHEMA("Highwater", Cluster, InstanceId) '
        "WHERE Cluster = 'trades' GROUP BY InstanceId ORDER BY MAX() DESC"
    )
    assert parse(memory) == Query(
        metric="MemoryUtilization",
        namespace="Highwater",
        dimensions=frozenset({"Cluster", "InstanceId"}),
        where={"Cluster": "trades"},
        group="InstanceId",
        limit=500,
    )


def test_a_schema_reads_metrics_with_exactly_its_dimensions() -> None:
    points = (load(1, Team="a"), load(2, Team="b", Kind="k"), load(9, namespace="other", Team="a"))
    for schema, found in (('SCHEMA("ns", Team)', [("a", 1.0)]), ('SCHEMA("ns", Kind, Team)', [("b", 2.0)])):
        assert values(TEAMS.replace('"ns"', schema), *points) == found


def test_a_metric_without_the_grouped_dimension_is_in_the_group_other() -> None:
    points = (load(30, Kind="k"), load(20, Kind="k", Team="a"))
    assert values(TEAMS, *points) == [("Other", 30.0), ("a", 20.0)]


def test_the_rank_is_over_all_the_bins_and_the_value_is_that_of_the_newest() -> None:
    points = (load(50, seconds=180, Team="a"), load(1, Team="a"), load(20, Team="b"), load(30, Team="c"))
    assert values(f"{TEAMS} LIMIT 2", *points) == [("a", 1.0), ("c", 30.0)]


def test_a_point_at_the_full_minute_belongs_to_the_minute_that_begins() -> None:
    assert values(TEAMS, load(9, seconds=20, Team="a")) == []
    assert values(TEAMS, load(9, seconds=20.001, Team="a")) == [("a", 9.0)]


@pytest.mark.parametrize(
    "query",
    [
        "m1 + 1",
        'SELECT MAX(Load) FROM "ns"',
        TEAMS.replace("MAX(Load)", "AVG(Load)"),
        TEAMS.replace(" ORDER BY MAX() DESC", ""),
        TEAMS.replace(" DESC", " ASC"),
        TEAMS.replace("GROUP BY Team", "WHERE Team != 'a' GROUP BY Team"),
        TEAMS.replace("GROUP BY Team", "WHERE Team = 'a' AND Kind = 'k' GROUP BY Team"),
        TEAMS.replace("GROUP BY Team", "GROUP BY Team, Kind"),
    ],
)
def test_another_form_of_query_is_refused(query: str) -> None:
    with pytest.raises(NotImplementedError, match=f"modelled: {re.escape(query)}$"):
        alarm(query)


@pytest.mark.parametrize(
    "change",
    [
        {"EvaluationPeriods": 3},
        {"DatapointsToAlarm": 2},
        {"TreatMissingData": "missing"},
        {"ComparisonOperator": "LessThanThreshold"},
        {"AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:operators"]},
        {"Metrics": [{"Id": "q", "Expression": TEAMS, "Period": 300, "ReturnData": True}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_alarm_with_other_settings_is_refused_by_name(change: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError, match=next(iter(change)) if "Metrics" not in change else "300"):
        read_alarm(properties(TEAMS, **change), ARN)
