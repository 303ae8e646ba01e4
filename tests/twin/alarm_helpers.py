"""How the tests of alarms are written down: alarms, points and records in few words."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.twin.alarm_cases import CONTRIBUTOR_DAY, EVALUATION_DAY, ContributorCase, EvaluationCase, at
from twin.aws.alarms.states import Alarm, AlarmState, Contributor, Metric, Point, contributor_id, step

ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"

# Captured: an evaluation 0.1 s after the reply to PutMetricData did not see the data, one 0.98 s after did.
INGESTION = timedelta(seconds=0.5)

Stepped = tuple[AlarmState, tuple[dict[str, Any], ...]]


def advance(alarm: Alarm, state: AlarmState, points: list[Point], now: datetime) -> Stepped:
    return step(alarm, state, points, now, ("123456789012", "eu-west-1"))


LOAD = Alarm(
    name="load",
    arn=f"{ARN}load",
    watches=Metric("ns", "Load", {"Team": "a"}, "Average"),
    period=60,
    evaluation_periods=1,
    datapoints_to_alarm=1,
    threshold=5,
    comparison="GreaterThanThreshold",
)


def alarm(base: Alarm = LOAD, *, m: int = 1, n: int = 1, missing: str = "missing", **changes: Any) -> Alarm:
    """An alarm, M out of N."""
    return replace(base, datapoints_to_alarm=m, evaluation_periods=n, treat_missing_data=missing, **changes)


def grouped(query: str, missing: str = "notBreaching", *, m: int = 1, n: int = 1) -> Alarm:
    memory = replace(LOAD, name="memory", arn=f"{ARN}memory", description="memory of the teams", query_id="q")
    return alarm(memory, watches=query, missing=missing, m=m, n=n, threshold=10)


def single(case: EvaluationCase) -> Alarm:
    return alarm(missing=case.missing, m=case.m, n=3, period=10, threshold=50)


def parsed(pairs: str) -> list[tuple[str, float | None]]:
    found = [pair.split("=") for pair in pairs.split()]
    return [(time, None if value == "-" else float(value)) for time, value in found]


def series(day: str, dimensions: Mapping[str, str], pairs: str) -> list[Point]:
    return [
        Point("ns", "Load", dimensions, at(day, time), value)
        for time, value in parsed(pairs)
        if value is not None
    ]


def seen(case: EvaluationCase, now: datetime) -> list[Point]:
    puts = [put.split(": ") for put in case.puts]
    return [
        point
        for replied, pairs in puts
        if at(EVALUATION_DAY, replied) + INGESTION <= now
        for point in series(EVALUATION_DAY, {"Team": "a"}, pairs)
    ]


def points_of(case: ContributorCase) -> list[Point]:
    return [
        point
        for dimensions, pairs in case.points.items()
        for point in series(CONTRIBUTOR_DAY, dict(d.split("=") for d in dimensions.split()), pairs)
    ]


def record(value: str, since: datetime, teams: str = "") -> AlarmState:
    contributors = tuple(
        Contributor(contributor_id({"Team": team}), {"Team": team}, "an earlier crossing", since)
        for team in teams.split()
    )
    return AlarmState(value, "an earlier reason", None, since, since, contributors)


def every_ten_seconds(start: datetime, end: datetime) -> Iterator[datetime]:
    # Real evaluations are ten seconds apart to within a few milliseconds.
    now = start
    while now < end - timedelta(seconds=1):
        yield now
        now += timedelta(seconds=10)
