"""Alarms at 10 on a grouped query, and the points that they see."""

from datetime import UTC, datetime, timedelta
from typing import Any

from twin.aws.alarms.insights import Point
from twin.aws.alarms.records import Alarm, read_alarm

ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:memory"
TEAMS = 'SELECT MAX(Load) FROM "ns" GROUP BY Team ORDER BY MAX() DESC'


def at(time: str) -> datetime:
    return datetime.fromisoformat(f"2026-09-23T{time}").replace(tzinfo=UTC)


NOW = at("09:00:20")


def properties(expression: str, **changes: Any) -> dict[str, Any]:
    """An alarm at 10 as a template has it."""
    query = {"Id": "q", "Expression": expression, "Period": 60, "ReturnData": True}
    return {
        "AlarmName": "memory",
        "AlarmDescription": "memory of the teams",
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": "10",
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "TreatMissingData": "notBreaching",
        "Metrics": [query],
    } | changes


def alarm(expression: str) -> Alarm:
    return read_alarm(properties(expression), ARN)


def load(value: float, *, seconds: float = 60, namespace: str = "ns", **dimensions: str) -> Point:
    return Point(namespace, "Load", dimensions, NOW - timedelta(seconds=seconds), value)
