"""Clusters as the API shows them, for pure tests of the words."""

from typing import Any

AT = "2026-11-23T10:00:00Z"
LIVE, NEXT, OLD = "i-0aaaaaaaaaaaaaaa1", "i-0bbbbbbbbbbbbbbb2", "i-0ccccccccccccccc3"
ANN = "arn:aws:sts::123456789012:assumed-role/operator/ann"
TOTAL = 4 * 2**30


def rdb(instance_id: str = LIVE, state: str | None = "live", **changed: Any) -> dict[str, Any]:
    """One RDB, live at half of its memory unless it is said otherwise."""
    return {
        "instance_id": instance_id,
        "lifecycle": "InService",
        "state": state,
        "memory_percent": 50.0,
        "memory_at": AT,
        "memory_used": TOTAL // 2,
        "memory_total": TOTAL,
        "rows": 20000,
        "first_index": 0,
        "last_index": 20000,
        "why": None,
        "reported_at": "2026-11-23T09:58:00.2Z",
        "first_seen": "2026-11-23T07:00:00.2Z",
        "release": "0.3.0",
        "q_release": None,
        "proven": False,
        "hold": None,
        "drain": None,
        "released_at": None,
        "room": {"has": True, "why": f"{state} at 50.0 %"},
        "not_released_for": [f"not drained but {state}", "no proof: none came with a report"],
        **changed,
    }


def standby(instance_id: str = NEXT, **changed: Any) -> dict[str, Any]:
    """One that stands by."""
    return rdb(instance_id, "standby", **{"memory_percent": 3.8, "rows": 0, "last_index": 0, **changed})


def rolled(instance_id: str = OLD, **changed: Any) -> dict[str, Any]:
    """One that handed over, and holds the morning."""
    reasons = ["not drained but rolled", "holds 20000 rows", "no proof: none came with a report"]
    given = {
        "state": "rolled",
        "memory_percent": 85.0,
        "room": {"has": False, "why": "rolled"},
        "not_released_for": reasons,
    }
    return rdb(instance_id, **{**given, **changed})


def unanswered(instance_id: str = NEXT, **changed: Any) -> dict[str, Any]:
    """One whose q does not answer, and that may have room still."""
    given = {"memory_percent": 3.8, "rows": None, "first_index": None, "last_index": None}
    reasons = ["not drained but unknown", "rows unknown", "no proof: none came with a report"]
    room = {"has": True, "why": "unknown at 3.8 %"}
    return rdb(instance_id, "unknown", **{**given, "room": room, "not_released_for": reasons, **changed})


def view(*rdbs: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """One cluster with these RDBs; without any with one that is live."""
    there = list(rdbs) or [rdb()]
    return {
        "cluster": "trades",
        "desired": len(there),
        "counted": len(there),
        "with_room": sum(bool(one["room"] and one["room"]["has"]) for one in there),
        "code": "room",
        "reason": "1 with room, 1 wanted",
        "runway_minutes": 109.2,
        "alerts": [],
        "hold": None,
        "calendar": None,
        "at": AT,
        "release": "0.3.0",
        "group": {"name": "highwater-trades-rdb", "min_size": 1, "max_size": 20},
        "settings": {
            "scale_threshold": 85.0,
            "roll_threshold": 85.0,
            "hard_threshold": 92.0,
            "rule": "demand",
            "lead_seconds": 60.0,
            "retiring": False,
        },
        "rdbs": there,
        "plan": {"cluster": "trades", "at": AT, "code": "room", "reason": "1 with room, 1 wanted"},
        **changed,
    }


def alert(key: str, text: str = "something is so", since: str = "2026-11-23T09:42:00Z") -> dict[str, Any]:
    """One alert."""
    return {"key": key, "text": text, "since": since}
