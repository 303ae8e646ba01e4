"""Whether an RDB has room, and how full it is, by the ledger's text: what the oracle counts (oracle.py)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

FRESH = timedelta(minutes=15)
NEVER = "0001-01-01T00:00:00Z"
APART = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)


class Rooms:
    """Judges RDBs of a cluster. Thresholds in percent, `lead` in seconds."""

    def __init__(self, scale: float, roll: float, lead: float) -> None:
        self._scale = scale
        self._roll = roll
        self._boot_deadline = timedelta(seconds=max(600, lead + 300))

    def has_room(self, rdb: Mapping[str, Any], now: datetime, full: float | None = None) -> bool:
        """Tell if an RDB has room; without another number it is `full` at the scale threshold."""
        full = self._scale if full is None else full
        report, metric, peak = rdb.get("report"), rdb.get("metric"), rdb.get("peak")
        state = report["state"] if report else None
        unanswered = rdb.get("unanswered")
        if not rdb["member"]["healthy"] or state in ("rolled", "drained") or rdb.get("drain"):
            return False
        since = time_of(rdb["received_at"]) + MINUTE if report else time_of(NEVER)
        if rdb.get("rested") and metric and time_of(metric["at"]) >= since:
            return False
        deadline = time_of(rdb.get("restarted_at", rdb["first_seen"])) + self._boot_deadline
        if (
            rdb["is_followed"]
            or rdb["is_missed"]
            or (unanswered and self._is_over(unanswered, deadline, now))
        ):
            return False
        said = said_at(rdb) if report else None
        if peak and peak["percent"] >= self._roll:
            ready_at = said if state in ("live", "standby") else time_of(rdb.get("ready_at", NEVER))
            if ready_at is None or ready_at <= time_of(peak["at"]):
                return False
        readings = _readings(rdb)
        is_full = any(percent >= full for at, percent in readings if now - at < FRESH)
        if rdb["member"]["lifecycle"].startswith("Pending") or not (report or metric):
            return now < deadline and not is_full
        if state == "booting" and now >= deadline and said and said >= deadline:
            return False
        boots = state == "booting" and now < deadline
        if boots and is_full:
            return False
        if (rdb.get("unmeasured") and not boots) or (rdb.get("unheard") and now >= deadline):
            return False
        return self._is_low(readings, now, full, old=boots)

    def _is_over(self, unanswered: Mapping[str, Any], deadline: datetime, now: datetime) -> bool:
        """Judge a q that does not answer: it had rolled, or booted for too long, or it lasts too long."""
        state, since = unanswered.get("state"), time_of(unanswered["since"])
        if state in ("rolled", "drained") or (state == "booting" and since >= deadline):
            return True
        return now - time_of(unanswered.get("counted_from", unanswered["since"])) >= self._boot_deadline

    def _is_low(
        self, readings: Iterable[tuple[datetime, float]], now: datetime, full: float, old: bool
    ) -> bool:
        """Judge by the newest reading, of two that are close by the higher; `old` answers for an old one."""
        newest = max((at for at, _ in readings), default=None)
        if newest is None or now - newest >= FRESH:
            return old
        return max(percent for at, percent in readings if newest - at <= APART) < full


def time_of(text: str) -> datetime:
    """Return a time of the ledger."""
    return datetime.fromisoformat(text)


def said_at(heard: Mapping[str, Any]) -> datetime:
    """Return when a report that the ledger keeps was said: by its own clock, unless that is ahead."""
    return min(time_of(heard["report"]["sent_at"]), time_of(heard["received_at"]))


def _readings(rdb: Mapping[str, Any]) -> list[tuple[datetime, float]]:
    report, metric = rdb.get("report"), rdb.get("metric")
    readings = [(time_of(metric["at"]), metric["percent"])] if metric else []
    if report:
        readings.append((said_at(rdb), 100 * report["memory_used"] / report["memory_total"]))
    return readings


def is_live(rdb: Mapping[str, Any]) -> bool:
    """Tell if an RDB is live by its newest word."""
    return "live_since" in rdb and rdb["report"]["state"] == "live"


def is_live_and_well(rdb: Mapping[str, Any], now: datetime) -> bool:
    """Tell if an RDB is live by its newest word, is heard of, and no updates wait for it."""
    metric_at = (rdb.get("metric") or {}).get("at", NEVER)
    if not is_live(rdb) or rdb["is_missed"] or rdb["member"]["lifecycle"] != "InService":
        return False
    heard = max(time_of(rdb["received_at"]), time_of(metric_at))
    return rdb["member"]["healthy"] and "dead_at" not in rdb and now - heard < FRESH


def percent_of(rdb: Mapping[str, Any]) -> float | None:
    """Return the newest reading, of two that are close the higher."""
    readings = _readings(rdb)
    newest = max((at for at, _ in readings), default=None)
    return max((percent for at, percent in readings if newest and newest - at <= APART), default=None)


def is_booting(rdb: Mapping[str, Any]) -> bool:
    """Tell if nothing but a boot is known of an RDB."""
    return (rdb.get("report") or {}).get("state", "booting") == "booting" and not rdb.get("metric")
