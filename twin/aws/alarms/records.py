"""The record that CloudWatch keeps of an alarm, and its events to EventBridge when that changes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from twin.aws.alarms.evaluation import INSUFFICIENT_DATA, STATISTICS, Rule, stamp
from twin.aws.alarms.insights import Query, parse


@dataclass(frozen=True)
class Metric:
    """One metric, named by all of its dimensions: CloudWatch rolls nothing up."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str


@dataclass(frozen=True, kw_only=True)
class Alarm(Rule):
    """An alarm as PutMetricAlarm stores it, as far as that decides states and events.

    `watches` is a metric or the text of a Metrics Insights query; `query_id` is the id of that query.
    Raises ValueError, besides the causes in Rule and `parse`, for what AWS refuses in an alarm.
    """

    name: str
    arn: str
    watches: Metric | str
    description: str | None = None
    query_id: str = "q1"

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.watches, Metric):
            if self.watches.statistic not in STATISTICS:
                raise ValueError(f"{self.watches.statistic!r} is not one of {', '.join(STATISTICS)}")
            return
        query = parse(self.watches)
        if self.period < 60:
            raise ValueError("MetricsInsights monitors do not support less than 60 seconds period")
        if self.period * self.evaluation_periods > 3 * 60 * 60:
            raise ValueError("MetricsInsights monitors cannot be checked across more than 3 hours")
        # Every captured alarm that has contributors ranks its groups. That AWS takes one that does not is
        # unproven, so a template that relies on it should fail here.
        if query.group_by and query.order_by is None:
            raise ValueError(f"an alarm that groups needs ORDER BY: {self.watches}")

    @property
    def query(self) -> Query | None:
        """Return the query that the alarm watches, if it is one."""
        return None if isinstance(self.watches, Metric) else parse(self.watches)


@dataclass(frozen=True)
class Contributor:
    """A time series of a grouped alarm, with the reason and the time of its last change of state."""

    id: str
    attributes: Mapping[str, str]
    reason: str
    since: datetime


@dataclass(frozen=True)
class AlarmState:
    """The record of an alarm: `since` is when its value last changed, `updated` when anything in it did.

    `reason_data` is JSON text, None before the first evaluation. `contributors` are those in ALARM, in the
    order of their crossings, each with the reason of its own, as DescribeAlarmContributors lists them.
    """

    value: str
    reason: str
    reason_data: str | None
    since: datetime
    updated: datetime
    contributors: tuple[Contributor, ...] = ()

    @classmethod
    def created(cls, now: datetime) -> "AlarmState":
        """Make the record of a new alarm."""
        return cls(INSUFFICIENT_DATA, "Unchecked: Initial alarm creation", None, now, now)


def contributor_id(attributes: Mapping[str, str]) -> str:
    """16 hex digits that depend on the attributes alone, so that they outlive the alarm, as AWS's do.

    How AWS makes its own digits is not known; these are others.
    """
    return hashlib.sha256(json.dumps(dict(attributes), sort_keys=True).encode()).hexdigest()[:16]


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
    described = {"description": alarm.description} if alarm.description is not None else {}
    detail = {
        "alarmName": alarm.name,
        **change,
        "configuration": {"metrics": [_watched(alarm)], **described},
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


def _watched(alarm: Alarm) -> dict[str, Any]:
    match alarm.watches:
        case Metric(namespace, name, dimensions, statistic):
            metric = {"namespace": namespace, "name": name, "dimensions": dict(dimensions)}
            stat = {"metric": metric, "period": alarm.period, "stat": statistic}
            return {"id": str(uuid5(NAMESPACE_URL, alarm.arn)), "metricStat": stat, "returnData": True}
        case expression:
            return {
                "id": alarm.query_id,
                "expression": expression,
                "returnData": True,
                "period": alarm.period,
            }
