"""The figures of a day, as the JSON has them and the table shows them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from chalicelib.contract.report import State
from chalicelib.core.decision import Decision
from highwater.market.host import RdbHost
from twin.day.costs import costs_of
from twin.day.day import Day
from twin.day.demanded import demanded
from twin.day.options import DAY, MIDNIGHT, Options

SLACK = timedelta(minutes=1)
SHOWN = {"launch": "launch", "live": "live", "rolled": "roll", "drained": "drained", "release": "release"}

# What a day must never have; minutes without a live RDB delay updates, which wait in the log.
PROMISES = ("updates_unheld", "unsafe_terminations", "double_launches")


def broken_promises(result: Mapping[str, Any]) -> list[str]:
    """Return the promises that a day broke."""
    return [promise for promise in PROMISES if result[promise]]


def result_of(day: Day, wall_seconds: float) -> dict[str, Any]:
    """Return every figure of a finished day; times in UTC, costs from its opening to its 24 hours at most."""
    recording, options = day.recording, day.options
    rdbs = list(day.tickerplant.rdbs.values())
    paid = min(day.closing, options.begins + DAY)
    hours = sum(_hours(rdb, day.opening, paid) for rdb in rdbs)
    span = (paid - day.opening) / timedelta(hours=1)
    cushions = [roll.cushion_minutes for roll in day.tickerplant.rolls]
    decisions = [decision for _, decision in recording.decisions]
    return {
        "options": _options(options),
        "hosts": recording.most_alive,
        "launches": [_iso(rdb.launched_at) for rdb in rdbs if rdb.launched_at >= day.opening],
        "launches_never_ready": sum(_never_ready(rdb, options.lead, day.closing) for rdb in rdbs),
        "most_desired": recording.most_desired,
        "max_size_reached": recording.max_size_reached,
        "instance_hours": round(hours, 3),
        **costs_of(options, recording.updates_total, recording.most_alive, hours, span),
        "updates_total": recording.updates_total,
        "updates_unheld": recording.updates_unheld,
        "updates_outside_sessions": options.outside,
        **demanded(options, [d for d in decisions if d.at >= day.opening], recording.learned),
        "minutes_in_overdraft": round(recording.seconds_in_overdraft / 60, 2),
        "minutes_without_live": round(recording.seconds_without_live / 60, 2),
        "cushion_minutes": {
            "least": round(min(cushions), 1) if cushions else None,
            "median": round(median(cushions), 1) if cushions else None,
        },
        "releases": sum(decision.releases for decision in decisions),
        "double_launches": len(day.referee.double_launches),
        "unsafe_terminations": len(day.referee.unsafe_terminations),
        "final_desired": recording.final_desired,
        "not_released": recording.not_released,
        "aws_calls": recording.aws_calls,
        "counted": recording.counted,
        "messages": dict(sorted(day.aws.delivery.counts.items())),
        "handler_failures": len(day.aws.functions.failures),
        "told": day.told.told,
        "changed": day.told.changed,
        "cleared": day.told.cleared,
        "answers": [],
        "decisions": recording.decisions_shown(),
        "reaction_seconds": {}
        if options.scale is None
        else _reactions(recording.crossings, decisions, day.opening),
        "wall_seconds": round(wall_seconds, 1),
    }


def samples_of(day: Day) -> dict[str, Any]:
    """Return what the page draws: samples by minute, each event with its minute, the RDBs as launched."""
    recording = day.recording
    events = [
        {"minute": (at - MIDNIGHT).total_seconds() / 60, "kind": "lost", "instance_id": rdb.instance_id}
        for at, rdb in day.tickerplant.lost
        if at >= day.opening
    ]
    for rdb in day.tickerplant.rdbs.values():
        for kind, at in [("launch", rdb.launched_at), *rdb.history, ("release", rdb.terminated_at)]:
            # The RDB that the day starts with went live before it: its window is the first.
            if at is not None and kind in SHOWN and (at >= day.opening or kind == "live"):
                minute = (max(at, day.opening) - MIDNIGHT).total_seconds() / 60
                events.append({"minute": minute, "kind": SHOWN[kind], "instance_id": rdb.instance_id})
    return {
        "minutes": recording.minutes,
        "desired": recording.desired,
        "alive": recording.alive,
        "memory": recording.memory,
        "launched": list(day.tickerplant.rdbs),
        "events": sorted(events, key=lambda event: event["minute"]),
    }


def _options(options: Options) -> dict[str, Any]:
    return {
        "size": options.size,
        "scale": options.scale,
        "hard": options.hard,
        "rule": options.rule,
        "yesterday": options.day_before,
        "roll": options.roll,
        "lead_seconds": options.lead,
        "feed": options.feed_name,
        "kib_per_update": options.cluster.size.kib_per_update,
        "doubling_columns": options.columns,
        "opens_seconds": int((options.opening - MIDNIGHT).total_seconds()),
        "until_seconds": options.until,
        "end_of_day_seconds": options.end_of_day,
        "sessions": [str(session) for session in options.sessions],
        "grace_minutes": options.grace,
        "overnight": options.overnight,
        "max_size": options.max_size,
        "only": options.only,
        "loss": options.faults.loss,
        "duplicates": options.faults.duplicates,
        "delay_seconds": options.faults.delay,
        "seed": options.faults.seed,
    }


def _hours(rdb: RdbHost, opening: datetime, paid: datetime) -> float:
    """Return the hours of the day that a host was paid for."""
    start = max(rdb.launched_at, opening)
    end = min(rdb.terminated_at or paid, paid)
    return max(0.0, (end - start).total_seconds() / 3600)


def _never_ready(rdb: RdbHost, lead: int, closing: datetime) -> bool:
    """Return whether a host had its lead time and never stood by."""
    had_time = (rdb.terminated_at or closing) - rdb.launched_at >= timedelta(seconds=lead) + SLACK
    return had_time and all(state is not State.STANDBY for state, _ in rdb.history)


def _reactions(crossings: list[datetime], decisions: list[Decision], opening: datetime) -> Mapping[str, Any]:
    """Return the seconds from crossing the scale threshold to the raise, by what woke that reconcile."""
    raises = [d for d in decisions if d.target is not None and d.at >= opening]
    found: dict[str, list[float]] = {}
    for crossed, following in pairwise([*sorted(crossings), datetime.max.replace(tzinfo=UTC)]):
        first = next((d for d in raises if crossed <= d.at < following), None)
        if first is not None:
            seconds = (first.at - crossed).total_seconds()
            found.setdefault(first.triggers[0], []).append(seconds)
    return {
        trigger: {"median": round(median(times), 1), "most": round(max(times), 1)}
        for trigger, times in sorted(found.items())
    }


def _iso(at: datetime) -> str:
    return f"{at:%FT%TZ}"
