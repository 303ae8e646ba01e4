"""The record that CloudWatch keeps of an alarm, and its events to EventBridge when that changes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from twin.aws.alarms.insights import PERIOD, Query, parse

# The settings of an alarm that is modelled, as PutMetricAlarm takes them, and what else a resource has; its
# Arn and Name are moto's.
MODELLED = {
    "EvaluationPeriods": "1",
    "DatapointsToAlarm": "1",
    "TreatMissingData": "notBreaching",
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}
FREE = ("AlarmName", "AlarmDescription", "Threshold", "Metrics", "Arn", "Name")
QUERY = {"Period": f"{PERIOD.seconds}"}


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm on a query: in ALARM while the newest minute of a series is at the threshold or above."""

    name: str
    arn: str
    description: str | None
    expression: str
    query_id: str
    query: Query
    threshold: float


def read_alarm(properties: Mapping[str, Any], arn: str) -> Alarm:
    """Return the alarm of a template's resource. Raises NotImplementedError for any that is not modelled."""
    (query,) = properties["Metrics"]
    _refuse_others("AWS::CloudWatch::Alarm", properties, MODELLED, FREE)
    _refuse_others("its query", query, QUERY, ("Id", "Expression", "ReturnData"))
    return Alarm(
        name=properties["AlarmName"],
        arn=arn,
        description=properties.get("AlarmDescription"),
        expression=query["Expression"],
        query_id=query["Id"],
        query=parse(query["Expression"]),
        threshold=float(properties["Threshold"]),
    )


def _refuse_others(
    where: str, given: Mapping[str, Any], modelled: Mapping[str, str], free: tuple[str, ...]
) -> None:
    settings = {name: str(value) for name, value in given.items() if name not in free}
    if settings != modelled:
        raise NotImplementedError(f"{where} with {settings} is not modelled, only {modelled}")


@dataclass(frozen=True)
class Contributor:
    """A time series of an alarm, with the reason and the time of its last change of state."""

    id: str
    attributes: Mapping[str, str]
    reason: str
    since: datetime


@dataclass(frozen=True)
class AlarmState:
    """The record of an alarm: `updated` is when anything in it last changed.

    `reason_data` is JSON text, None before the first evaluation. `contributors` are those in ALARM, in the
    order of their crossings, each with the reason of its own, as DescribeAlarmContributors lists them.
    """

    value: str
    reason: str
    reason_data: str | None
    updated: datetime
    contributors: tuple[Contributor, ...] = ()

    @classmethod
    def created(cls, now: datetime) -> "AlarmState":
        """Make the record of a new alarm."""
        return cls("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation", None, now)


def contributor_id(attributes: Mapping[str, str]) -> str:
    """16 hex digits that depend on the attributes alone, so that they outlive the alarm, as AWS's do.

    How AWS makes its own digits is not known; these are others.
    """
    return hashlib.sha256(json.dumps(dict(attributes), sort_keys=True).encode()).hexdigest()[:16]


def stamp(at: datetime) -> str:
    """Return a timestamp as CloudWatch writes it: 2026-09-23T21:04:35.087+0000."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


Place = tuple[str, str]
"""The account and the region that events name."""


def state_event(alarm: Alarm, new: AlarmState, old: AlarmState, place: Place) -> dict[str, Any]:
    """Return the event of an alarm whose value changed."""
    detail = {"state": _told(new), "previousState": _told(old)}
    return _event(alarm, "CloudWatch Alarm State Change", detail, new.updated, place)


def contributor_event(alarm: Alarm, value: str, contributor: Contributor, place: Place) -> dict[str, Any]:
    """Return the event of a contributor that is now in `value`; it has no previousState or reasonData."""
    detail = {
        "alarmContributor": {"id": contributor.id, "attributes": dict(contributor.attributes)},
        "state": {"value": value, "reason": contributor.reason, "timestamp": stamp(contributor.since)},
    }
    return _event(alarm, "CloudWatch Alarm Contributor State Change", detail, contributor.since, place)


def _told(state: AlarmState) -> dict[str, Any]:
    told = {"value": state.value, "reason": state.reason, "timestamp": stamp(state.updated)}
    return told | ({"reasonData": state.reason_data} if state.reason_data is not None else {})


def _event(alarm: Alarm, kind: str, change: dict[str, Any], at: datetime, place: Place) -> dict[str, Any]:
    watched = {
        "id": alarm.query_id,
        "expression": alarm.expression,
        "returnData": True,
        "period": PERIOD.seconds,
    }
    described = {"description": alarm.description} if alarm.description is not None else {}
    detail = {
        "alarmName": alarm.name,
        **change,
        "configuration": {"metrics": [watched], **described},
    }
    # Made from the content, where AWS takes a random one, so that a run can be repeated.
    identity = uuid5(NAMESPACE_URL, f"{alarm.arn} {kind} {json.dumps(detail, sort_keys=True)}")
    return {
        "version": "0",
        "id": str(identity),
        "detail-type": kind,
        "source": "aws.cloudwatch",
        "account": place[0],
        "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "region": place[1],
        "resources": [alarm.arn],
        "detail": detail,
    }
