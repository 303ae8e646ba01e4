"""Whether there was room by the facts that a function had, judged anew by rules of the harness's own."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

FRESH = timedelta(minutes=15)
APART = timedelta(minutes=2)
LEAVING = BELIEVED = timedelta(minutes=2)


class Raised(NamedTuple):
    """A raise of ours: to what, when by the clock of the function that wrote it, and whose release was in
    the ledger before that decision. Clocks differ, so what came after it is not judged by times.
    """

    desired: int
    at: datetime
    released: Mapping[str, str]

    @classmethod
    def of(cls, desired: int, document: str, now: datetime) -> "Raised":
        """The raise that the ledger's document was committed for."""
        ledger = json.loads(document)
        asked_at = ledger["asked"]["at"] if "asked" in ledger else now.isoformat()
        before = {i: at for i, at in _releases(ledger).items() if at != asked_at}
        return cls(desired, _time(asked_at), before)


class Facts:
    """The ledger's document, the last Describe that a function got, our last raise, the function's clock."""

    def __init__(
        self, document: str, described: Mapping[str, Any], raised: Raised | None, now: datetime
    ) -> None:
        ledger = json.loads(document)
        self._rdbs: dict[str, dict[str, Any]] = ledger.get("rdbs", {})
        self._group = described["AutoScalingGroups"][0]
        self._now = now
        self._believed = self._still_believed(ledger, raised) if raised else 0

    def room(self, scale: float, roll: float, lead: float) -> str | None:
        """Who has room and why, or None. Thresholds in percent, `lead` in seconds."""
        boots = timedelta(seconds=max(600, lead + 300))
        counted = {i: rdb for i, rdb in self._rdbs.items() if self._counts(rdb)}
        gone = sum(_serves(rdb) and self._released(rdb) for rdb in self._rdbs.values())
        owed = max(self._group["DesiredCapacity"] - gone, self._believed) - len(counted)
        if owed > 0:
            return f"a launch that AWS owes ({owed})"
        return next((i for i, rdb in counted.items() if self._has_room(rdb, scale, roll, boots)), None)

    def _still_believed(self, ledger: Mapping[str, Any], raised: Raised) -> int:
        """What we wrote ourselves counts for two minutes, less what was released since."""
        if self._now - raised.at >= BELIEVED:
            return 0
        since = [i for i, at in _releases(ledger).items() if raised.released.get(i) != at]
        return raised.desired - len(since)

    def _counts(self, rdb: Mapping[str, Any]) -> bool:
        return _serves(rdb) and not self._released(rdb)

    def _released(self, rdb: Mapping[str, Any]) -> bool:
        return bool(rdb.get("released_at")) and self._now - _time(rdb["released_at"]) < LEAVING

    def _has_room(self, rdb: Mapping[str, Any], scale: float, roll: float, boots: timedelta) -> bool:
        report, metric, peak = rdb.get("report"), rdb.get("metric"), rdb.get("peak")
        state = report["state"] if report else None
        if not rdb["member"]["healthy"] or state in ("rolled", "drained") or rdb.get("drain"):
            return False
        said_at = min(_time(report["sent_at"]), _time(rdb["received_at"])) if report else None
        if peak and peak["percent"] >= roll:
            takes_data = state in ("live", "standby") and said_at and said_at > _time(peak["at"])
            if not takes_data:
                return False
        deadline = _time(rdb["first_seen"]) + boots
        if rdb["member"]["lifecycle"].startswith("Pending") or not (report or metric):
            return self._now < deadline
        if state == "booting":
            if self._now < deadline:
                return True
            if said_at and said_at >= deadline:
                return False
        readings = [(_time(metric["at"]), metric["percent"])] if metric else []
        if report and said_at:
            readings.append((said_at, 100 * report["memory_used"] / report["memory_total"]))
        if not readings:
            return False
        newest = max(at for at, _ in readings)
        highest: float = max(percent for at, percent in readings if newest - at <= APART)
        return self._now - newest < FRESH and highest < scale


def _releases(ledger: Mapping[str, Any]) -> dict[str, str]:
    rdbs: Mapping[str, Any] = ledger.get("rdbs", {})
    return {i: rdb["released_at"] for i, rdb in rdbs.items() if rdb.get("released_at")}


def _serves(rdb: Mapping[str, Any]) -> bool:
    lifecycle = (rdb.get("member") or {}).get("lifecycle", "")
    return bool(lifecycle.startswith("Pending") or lifecycle == "InService")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
