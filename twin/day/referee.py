"""Watches a twin from outside: what was launched and ended, and whether it should have been."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import boto3

from twin.aws.clock import Clock
from twin.aws.cloudformation import REGION
from twin.market.rdb import Rdb

FRESH = timedelta(minutes=15)
BOOTS = timedelta(minutes=10)


class Referee:
    """Judges by the facts, with rules of its own: nothing here is shared with the control plane."""

    def __init__(self, clock: Clock, table: str, cluster: str, scale_threshold: float) -> None:
        self._clock = clock
        self._table = table
        self._cluster = cluster
        self._scale_threshold = scale_threshold
        # A session of its own: calls over the default one count as the control plane's.
        self._dynamodb = boto3.Session().client("dynamodb", region_name=REGION)
        self._desired: Callable[[], int] = lambda: 0
        self.raises: list[datetime] = []
        self.double_launches: list[tuple[datetime, str]] = []
        self.unsafe_terminations: list[tuple[datetime, str, int]] = []

    def watch(self, desired: Callable[[], int]) -> Callable[[str, Mapping[str, Any]], None]:
        """The watcher to put on the wire; `desired` reads the group's true desired capacity."""
        self._desired = desired
        return self._saw

    def ended(self, rdb: Rdb) -> None:
        """An instance was terminated."""
        if rdb.rows:
            self.unsafe_terminations.append((self._clock.now(), rdb.instance_id, rdb.rows))

    def _saw(self, operation: str, params: Mapping[str, Any]) -> None:
        if operation != "SetDesiredCapacity" or params["DesiredCapacity"] <= self._desired():
            return
        now = self._clock.now()
        self.raises.append(now)
        if room := self._room(now):
            self.double_launches.append((now, room))

    def _room(self, now: datetime) -> str | None:
        """Who had room by the facts in the ledger when more capacity was asked for."""
        key = {"cluster": {"S": self._cluster}, "item": {"S": "ledger"}}
        item = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)["Item"]
        rdbs = json.loads(item["document"]["S"]).get("rdbs", {})
        counted = {i: rdb for i, rdb in rdbs.items() if _counted(rdb)}
        if self._desired() > len(counted):
            return f"{self._desired() - len(counted)} owed by AWS"
        return next((i for i, rdb in counted.items() if self._has_room(rdb, now)), None)

    def _has_room(self, rdb: Mapping[str, Any], now: datetime) -> bool:
        report, metric = rdb.get("report"), rdb.get("metric")
        if report and report["state"] in ("rolled", "drained"):
            return False
        deadline = _time(rdb["first_seen"]) + BOOTS
        if rdb["member"]["lifecycle"].startswith("Pending") or not (report or metric):
            return now < deadline
        if report and report["state"] == "booting" and _time(report["sent_at"]) >= deadline:
            return False
        readings = []
        if metric and now - _time(metric["at"]) < FRESH:
            readings.append(metric["percent"])
        if report and now - _time(report["sent_at"]) < FRESH:
            readings.append(100 * report["memory_used"] / report["memory_total"])
        return bool(readings) and max(readings) < self._scale_threshold


def _counted(rdb: Mapping[str, Any]) -> bool:
    lifecycle = (rdb.get("member") or {}).get("lifecycle", "")
    return not rdb.get("released_at") and (lifecycle.startswith("Pending") or lifecycle == "InService")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
