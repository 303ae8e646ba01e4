"""Views: a cluster and a decision as plain data, in the words of the ledger."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from chalicelib.adapters.records import CommandRecord
from chalicelib.contract.release import RELEASE
from chalicelib.core.capacity.runway import runway_minutes
from chalicelib.core.commands.applying import too_old
from chalicelib.core.decide import Decided
from chalicelib.core.decision import Decision
from chalicelib.core.facts.calendar import Calendar
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.wake_ups import SetCalendar
from chalicelib.core.plan import DecidedPlan, Plan
from chalicelib.core.results import ResultState, failures_of, sentence_of

CommandState = Literal[ResultState, "waiting", "dropped", "failed"]


def summary(plan: Plan) -> dict[str, Any]:
    """Return one line of the list of clusters."""
    decision = plan.decision
    runway = decision.runway_minutes
    return {
        "cluster": decision.cluster,
        "desired": decision.desired,
        "counted": decision.counted,
        "with_room": decision.with_room,
        "code": decision.code,
        "reason": decision.reason,
        "runway_minutes": None if runway is None else round(runway, 1),
        "alerts": decision.alerts,
        "hold": plan.ledger.hold,
        "calendar": _calendar_line(plan),
    }


def _calendar_line(plan: Plan) -> dict[str, Any] | None:
    if plan.decided is None or (calendar := plan.decided.facts.calendar) is None:
        return None
    now = plan.decision.at
    return {
        "in_session": calendar.in_session(now),
        "next_open": calendar.next_open(now),
        "reaches": calendar.reaches,
        "overnight": calendar.overnight,
    }


def calendar_view(calendar: Calendar) -> dict[str, Any]:
    """Return a calendar as it was put: its sessions in UTC, by whom and when."""
    return {
        "sessions": [{"start": session.start, "end": session.end} for session in calendar.sessions],
        "grace_minutes": calendar.grace_minutes,
        "overnight": calendar.overnight,
        "by": calendar.by,
        "at": calendar.at,
    }


def cluster_view(plan: DecidedPlan) -> dict[str, Any]:
    """Return a cluster with its group, its RDBs and what a reconcile would decide now."""
    facts = plan.decided.facts
    group, settings = facts.group, facts.settings
    rdbs = sorted(facts.ledger.rdbs.items(), key=lambda item: item[1].first_seen)
    return {
        **summary(plan),
        "at": plan.decision.at,
        "hard_minutes": _hard_minutes(plan.decided),
        "release": RELEASE,
        "group": {"name": group.name, "min_size": group.min_size, "max_size": group.max_size},
        "settings": {
            "scale_threshold": settings.scale_threshold,
            "roll_threshold": settings.roll_threshold,
            "hard_threshold": settings.hard_threshold,
            "rule": settings.rule,
            "lead_seconds": settings.lead.total_seconds(),
            "retiring": settings.retiring,
        },
        "rdbs": [_rdb_view(instance_id, rdb, plan.decided) for instance_id, rdb in rdbs],
        "plan": decision_view(plan.decision),
    }


def _hard_minutes(decided: Decided) -> float | None:
    """Return the minutes until the live RDB has to hand over, standby or not."""
    hard = decided.facts.settings.hard_threshold
    left = None if hard is None else runway_minutes(decided.commanded.capacity.counted, hard)
    return None if left is None else round(left, 1)


def decision_view(decision: Decision) -> dict[str, Any]:
    """Return a decision as recorded."""
    shown: dict[str, Any] = msgspec.to_builtins(decision)
    if decision.runway_minutes is not None:
        shown["runway_minutes"] = round(decision.runway_minutes, 1)
    return shown


def command_view(record: CommandRecord, decision: Decision | None, state: CommandState) -> dict[str, Any]:
    """Return a command: what was asked for, by whom and when, and what became of it."""
    command, result = record.request.command, record.result
    shown = msgspec.to_builtins(command)
    if isinstance(command, SetCalendar):
        shown["calendar"] = calendar_view(command.calendar)
    return {
        "command": shown,
        "asked": sentence_of(command),
        "state": state,
        "reasons": result.reasons if result else (),
        "decision": result.decision if result else None,
        "outcome": decision.outcome if decision else (),
        "failed": decision.failed if decision else 0,
    }


def state_of(record: CommandRecord, decision: Decision | None, now: datetime) -> CommandState:
    """Return what became of a command; one that was lost on its way can only be refused for its age.

    `decision` is the one that took it, with its outcome: what AWS then refused is not done.
    """
    if record.result:
        outcome = decision.outcome if decision else ()
        return "failed" if failures_of(record.request.command, outcome) else record.result.state
    return "too-old" if too_old(record.request.command.at, now) else "waiting"


def _rdb_view(instance_id: str, rdb: Rdb, decided: Decided) -> dict[str, Any]:
    report, reading = rdb.report, rdb.reading
    return {
        "instance_id": instance_id,
        "lifecycle": rdb.member.lifecycle if rdb.member else None,
        "state": rdb.state,
        "memory_percent": round(reading.percent, 2) if reading else None,
        "memory_at": reading.at if reading else None,
        "memory_used": report.memory_used if report else None,
        "memory_total": report.memory_total if report else None,
        "rows": report.rows if report else None,
        "first_index": report.first_index if report else None,
        "last_index": report.last_index if report else None,
        "why": report.why if report else None,
        "reported_at": rdb.received_at,
        "first_seen": rdb.first_seen,
        "release": rdb.release,
        "q_release": rdb.q_release,
        "proven": rdb.proven,
        "hold": rdb.hold,
        "drain": rdb.drain,
        "released_at": rdb.released_at if rdb.leaving(decided.decision.at) else None,
        "room": decided.commanded.capacity.rooms.get(instance_id),
        "not_released_for": decided.refusals(instance_id),
    }
