"""What the API shows of a cluster and of a decision: plain data, the words of the ledger."""

from typing import Any

import msgspec

from chalicelib.core.decide import Decision
from chalicelib.core.gate import refusals
from chalicelib.core.ledger import Rdb
from chalicelib.core.settings import ClusterSettings
from chalicelib.reconcile.controller import Plan


def summary(plan: Plan) -> dict[str, Any]:
    """One line of the list of clusters."""
    return {
        "cluster": plan.decision.cluster,
        "desired": plan.decision.desired,
        "counted": plan.decision.counted,
        "room": plan.decision.room,
        "code": plan.decision.code,
        "reason": plan.decision.reason,
        "runway_minutes": plan.decision.runway_minutes,
        "alerts": plan.decision.alerts,
        "hold": plan.facts.hold,
    }


def cluster_view(plan: Plan, settings: ClusterSettings) -> dict[str, Any]:
    """A cluster with its group, its RDBs and what a reconcile would decide now."""
    group, decision = plan.group, plan.decision
    assert group is not None
    spare, facts = (decision.desired or 0) - group.min_size, plan.facts
    return {
        **summary(plan),
        "at": decision.at,
        "group": {"name": group.name, "min_size": group.min_size, "max_size": group.max_size},
        "settings": {
            "scale_threshold": settings.scale_threshold,
            "roll_threshold": settings.roll_threshold,
            "lead_seconds": settings.lead.total_seconds(),
            "retiring": settings.retiring,
        },
        "rdbs": [
            _rdb_view(
                instance_id,
                rdb,
                decision,
                refusals(facts, group, instance_id, spare, settings, decision.at),
            )
            for instance_id, rdb in sorted(facts.rdbs.items(), key=lambda item: item[1].first_seen)
        ],
        "plan": decision_view(decision),
    }


def decision_view(decision: Decision) -> dict[str, Any]:
    """A decision as recorded."""
    shown: dict[str, Any] = msgspec.to_builtins(decision)
    return shown


def _rdb_view(
    instance_id: str, rdb: Rdb, decision: Decision, not_released_for: tuple[str, ...]
) -> dict[str, Any]:
    room = decision.rooms.get(instance_id)
    return {
        "instance_id": instance_id,
        "lifecycle": rdb.member.lifecycle if rdb.member else None,
        "state": rdb.state,
        "memory_percent": round(rdb.reading.percent, 2) if rdb.reading else None,
        "memory_at": rdb.reading.at if rdb.reading else None,
        "memory_used": rdb.report.memory_used if rdb.report else None,
        "memory_total": rdb.report.memory_total if rdb.report else None,
        "rows": rdb.report.rows if rdb.report else None,
        "first_index": rdb.report.first_index if rdb.report else None,
        "last_index": rdb.report.last_index if rdb.report else None,
        "reported_at": rdb.received_at,
        "first_seen": rdb.first_seen,
        "proven": rdb.report is not None and rdb.proven == rdb.report.sequence,
        "hold": rdb.hold,
        "drain": rdb.drain,
        "has_room": bool(room and room.has),
        "room": room.why if room else "not counted",
        "not_released_for": not_released_for,
    }
