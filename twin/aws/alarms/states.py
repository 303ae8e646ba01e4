"""The memory alarm, evaluated as real AWS does it: the state after one step and the events it sends.

moto stores alarms but never evaluates them. Call `step` for each alarm once a minute with the points
published by then. It reads no clock and keeps nothing: the state is the caller's.

The rules are AWS's documented ones, made exact where real AWS was captured (radkawar/stackd, commit 9dc356f,
September 2026). An alarm over a whole cluster would change state, and so send an event, for the first full
RDB only. With GROUP BY each RDB is a contributor that has a state and events of its own.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from twin.aws.alarms.insights import Point, Series, select
from twin.aws.alarms.records import (
    Alarm,
    AlarmState,
    Contributor,
    Place,
    contributor_event,
    contributor_id,
    stamp,
    state_event,
)

OK, ALARM = "OK", "ALARM"
Move = tuple[str, Contributor]
"""The new value (ALARM or OK) of a contributor, and the contributor with the reason for it."""


def step(
    alarm: Alarm, state: AlarmState, points: Iterable[Point], now: datetime, place: Place
) -> tuple[AlarmState, tuple[dict[str, Any], ...]]:
    """Evaluate the alarm once: its state (the same object if nothing changed) and its EventBridge events.

    `place` is the account and the region. Points that have not arrived must not be passed (captured: up to a
    minute after the call that puts one). Points older than seven minutes do not matter.

    The alarm itself sends an event only when its value changes. When contributors come or go from ALARM to
    ALARM its record gets the new counts, but EventBridge received the contributors' events alone (captured;
    the alarm's next event had that newer record as its previousState). All events of a step have one time.
    """
    returned = select(alarm.query, points, now)
    gone = {contributor.id: contributor for contributor in state.contributors}
    alarming: list[Contributor] = []
    moves: list[Move] = []
    for series in returned:
        identity = contributor_id(series.attributes)
        held = gone.pop(identity, None)
        value = ALARM if series.value >= alarm.threshold else OK
        changed = Contributor(identity, series.attributes, _reason(alarm, series, value), now)
        if (value == ALARM) == (held is None):
            moves.append((value, changed))
        if value == ALARM:
            alarming.append(held or changed)
    for left in gone.values():
        moves.append((OK, replace(left, reason="No data was returned for this contributor", since=now)))
    # A series that just left is counted once more (captured).
    value, reason = _parent(len(returned), len(alarming), len(gone))
    if value == state.value and not moves:
        return state, ()
    data = json.dumps({"version": "1.0", "queryDate": stamp(now)}, separators=(",", ":"))
    # Captured: those that crossed earlier come first, whatever their rank is now.
    listed = tuple(sorted(alarming, key=lambda contributor: contributor.since))
    new = AlarmState(value, reason, data, now, listed)
    events = [state_event(alarm, new, state, place)] if new.value != state.value else []
    events += [contributor_event(alarm, value, contributor, place) for value, contributor in moves]
    return new, tuple(events)


def _reason(alarm: Alarm, series: Series, value: str) -> str:
    """Word AWS's reason for a contributor's change to this value."""
    negation, change = ("", "OK -> ALARM") if value == ALARM else ("not ", "ALARM -> OK")
    crossed = f"was {negation}greater than or equal to the threshold ({alarm.threshold!r})"
    newest = f"[{series.value!r} ({series.newest:%d/%m/%y %H:%M:%S})]"
    return (
        f"Threshold Crossed: 1 out of the last 1 datapoints {crossed}. The most recent datapoint which "
        f"{negation}crossed the threshold: {newest} (minimum 1 datapoint for {change} transition)."
    )


def _parent(returned: int, alarming: int, gone: int) -> tuple[str, str]:
    """Return the alarm's own value and reason."""
    if not returned:
        configured = "Treat missing data is configured as [NonBreaching]."
        return OK, f"No time series were returned by the query. {configured}"
    if alarming:
        return ALARM, f"{alarming} out of {returned + gone} time series evaluated to ALARM"
    return OK, f"{returned + gone} time series evaluated to OK"
