"""CloudWatch alarms, evaluated as real AWS does it: the state after one step and the events it sends.

moto stores alarms but never evaluates them. Call `step` for each alarm once a minute, or every ten seconds
where its period is shorter, with the points published by then. It reads no clock and keeps nothing: the
state is the caller's.

The trap this is built to show: an alarm over a whole cluster changes state, and so sends an event, for the
first full RDB only. With GROUP BY each RDB is a contributor that has a state and events of its own.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from twin.aws.alarms.evaluation import (
    ALARM,
    INSUFFICIENT_DATA,
    OK,
    TREATMENTS,
    Series,
    Window,
    aggregate,
    explain,
    judge,
    reason_data,
    stamp,
)
from twin.aws.alarms.insights import Point, Query, parse, select
from twin.aws.alarms.records import (
    Alarm,
    AlarmState,
    Contributor,
    Metric,
    contributor_event,
    contributor_id,
    state_event,
)

__all__ = [
    "Alarm",
    "AlarmState",
    "Contributor",
    "Metric",
    "Point",
    "contributor_id",
    "refused_actions",
    "step",
]

# Captured: the newest bin of an alarm on a plain metric ends ten seconds before that of an expression.
METRIC_LAG = timedelta(seconds=10)

Move = tuple[str, Contributor]
"""The new value (ALARM or OK) of a contributor, and the contributor with the reason for it."""


def step(
    alarm: Alarm, state: AlarmState, points: Iterable[Point], now: datetime, place: tuple[str, str]
) -> tuple[AlarmState, tuple[dict[str, Any], ...]]:
    """Evaluate the alarm once: its state (the same object if nothing changed) and its EventBridge events.

    `place` is the account and the region. Points that have not arrived must not be passed (captured: a metric
    is seen within a second of the call that puts it, by a query up to a minute later). Points older than
    N + 6 periods and 70 s do not matter.

    The alarm itself sends an event only when its value changes. When contributors come or go from ALARM to
    ALARM its record gets the new counts, but EventBridge received the contributors' events alone (captured;
    the alarm's next event had that newer record as its previousState). All events of a step have one time.
    """
    query = alarm.query
    if query is not None and query.group_by:
        new, moves = _evaluate_groups(alarm, query, state, points, now)
    else:
        new, moves = _evaluate_one(alarm, state, points, now), []
    events = [state_event(alarm, new, state, place)] if new.value != state.value else []
    events += [contributor_event(alarm, value, contributor, place) for value, contributor in moves]
    return new, tuple(events)


def _evaluate_one(alarm: Alarm, state: AlarmState, points: Iterable[Point], now: datetime) -> AlarmState:
    """Evaluate a single time series. A record, once written, stands until the value changes."""
    series: Series
    statistic = None
    if isinstance(alarm.watches, Metric):
        window = Window.of(alarm, now, METRIC_LAG)
        series, statistic = _series_of(alarm.watches, points, window), alarm.watches.statistic
    else:
        window = Window.of(alarm, now)
        found = select(parse(alarm.watches), points, window)
        series = found[0][1] if found else {}
    verdict = judge(alarm, window, series)
    if verdict.value is None or verdict.value == state.value:
        return state
    reason = explain(alarm, verdict)
    data = reason_data(alarm, verdict, now, statistic)
    return AlarmState(verdict.value, reason, data, now, now)


def _series_of(metric: Metric, points: Iterable[Point], window: Window) -> Series:
    samples: dict[int, list[float]] = {}
    for point in points:
        if (point.metric, point.namespace) != (metric.name, metric.namespace):
            continue
        if point.dimensions == metric.dimensions and (number := window.bin_of(point.at)) is not None:
            samples.setdefault(number, []).append(point.value)
    return aggregate(samples, metric.statistic)


def _evaluate_groups(
    alarm: Alarm, query: Query, state: AlarmState, points: Iterable[Point], now: datetime
) -> tuple[AlarmState, list[Move]]:
    """Evaluate all the groups. The record stands until the value or a contributor changes."""
    window = Window.of(alarm, now)
    returned = select(query, points, window)
    gone = {contributor.id: contributor for contributor in state.contributors}
    alarming: list[Contributor] = []
    moves: list[Move] = []
    for attributes, series in returned:
        identity = contributor_id(attributes)
        held = gone.pop(identity, None)
        verdict = judge(alarm, window, series)
        value = verdict.value or (ALARM if held else OK)
        current = held
        if (value == ALARM) == (held is None):
            reason = explain(alarm, verdict, contributor=True)
            current = Contributor(identity, attributes, reason, now)
            moves.append((value, current))
        if value == ALARM and current is not None:
            alarming.append(current)
    for left in gone.values():
        moves.append((OK, replace(left, reason="No data was returned for this contributor", since=now)))
    value, reason = _parent(alarm, state, len(returned), len(alarming), len(gone))
    if value == state.value and not moves:
        return state, []
    data = json.dumps({"version": "1.0", "queryDate": stamp(now)}, separators=(",", ":"))
    since = state.since if value == state.value else now
    # Captured: those that crossed earlier come first, whatever their rank is now.
    listed = tuple(sorted(alarming, key=lambda contributor: contributor.since))
    return AlarmState(value, reason, data, since, now, listed), moves


def _parent(alarm: Alarm, state: AlarmState, returned: int, alarming: int, gone: int) -> tuple[str, str]:
    """Return the alarm's own value and reason. A series that just left is counted once more (captured)."""
    if not returned:
        treatment = alarm.treat_missing_data
        values = {"breaching": ALARM, "notBreaching": OK, "missing": INSUFFICIENT_DATA}
        configured = f"Treat missing data is configured as [{TREATMENTS[treatment]}]."
        return values.get(treatment, state.value), f"No time series were returned by the query. {configured}"
    if alarming:
        return ALARM, f"{alarming} out of {returned + gone} time series evaluated to ALARM"
    return OK, f"{returned + gone} time series evaluated to OK"


def refused_actions(
    expression: str | None,
    alarm_actions: Sequence[str],
    ok_actions: Sequence[str],
    insufficient_data_actions: Sequence[str],
) -> str | None:
    """AWS's ValidationError message for the action ARNs of an alarm, None if they are accepted.

    Only a grouped query has refusals of its own (captured); `expression` is None for an alarm on a metric.
    """
    if expression is None or not parse(expression).group_by:
        return None
    everywhere = [*alarm_actions, *ok_actions, *insufficient_data_actions]
    if any(_service(arn) == "autoscaling" for arn in everywhere):
        return "Autoscaling actions are not available for Multi Time Series alarms"
    if any(_service(arn) in ("lambda", "sns") for arn in insufficient_data_actions):
        kinds = "contributor-level action types in Multi Time Series alarms"
        return f"InsufficientData actions are not supported for {kinds}"
    return None


def _service(arn: str) -> str:
    return arn.split(":")[2]
