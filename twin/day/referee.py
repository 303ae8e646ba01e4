"""Watches a twin from outside: what was launched and ended, and whether it should have been."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import boto3

from highwater.market.rdb import Rdb
from twin.aws.clock import Clock
from twin.aws.cloudformation import REGION
from twin.oracle import Known, Oracle

CLUSTER_TAG = "highwater:cluster"
ENDINGS = ("TerminateInstanceInAutoScalingGroup", "CompleteLifecycleAction")


class Referee:
    """Judges by the facts, with rules of its own: it shares nothing with the control plane.

    `group` returns the group as it truly is, `ledger` the document of its ledger, `opens` are those of its
    calendar. Put `saw` on the wire.
    """

    def __init__(
        self,
        clock: Clock,
        group: Callable[[], Mapping[str, Any]],
        ledger: "WrittenLedger",
        oracle: Oracle,
        opens: tuple[datetime, ...] = (),
    ) -> None:
        self._clock = clock
        self._group = group
        self._ledger = ledger
        self._oracle = oracle
        self._opens = opens
        self._floor = 0
        self._excused: set[str] = set()
        self.double_launches: list[tuple[datetime, str]] = []
        self.unsafe_terminations: list[tuple[datetime, str, int]] = []

    def excuses(self, instance_id: str) -> None:
        """Take note that somebody else ends an instance: that is no deed of the functions."""
        self._excused.add(instance_id)

    def asked_for(self, desired: int) -> None:
        """Take note of a capacity that a person asked for: raises up to it are no double launches."""
        self._floor = max(self._floor, desired)

    def ended(self, rdb: Rdb) -> bool:
        """Judge the end of an instance; return whether somebody else ended it."""
        excused = rdb.instance_id in self._excused
        if rdb.rows and not excused:
            self.unsafe_terminations.append((self._clock.now(), rdb.instance_id, rdb.rows))
        return excused

    def saw(self, operation: str, params: Mapping[str, Any]) -> None:
        """Judge a call that is about to take effect."""
        if operation in ENDINGS:
            # Whoever began it, the functions let it end: with rows that is theirs.
            self._excused.discard(params["InstanceId"])
        if operation != "SetDesiredCapacity":
            return
        group, desired, now = self._group(), params["DesiredCapacity"], self._clock.now()
        tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
        named = params["AutoScalingGroupName"], tags.get(CLUSTER_TAG)
        if named != (group["AutoScalingGroupName"], self._ledger.cluster):
            # Another cluster's raise: what that one knows is in another ledger.
            return
        if desired > group["DesiredCapacity"]:
            room = self._oracle.judge(desired, group, Known(self._ledger.read(), group, now, self._opens))
            if room and desired > self._floor:
                self.double_launches.append((now, room))


class WrittenLedger:
    """The document of a cluster's ledger, as the functions wrote it last."""

    def __init__(self, table: str, cluster: str) -> None:
        # A session of its own: calls over the default one count as the control plane's.
        self._dynamodb = boto3.Session().client("dynamodb", region_name=REGION)
        self._table = table
        self.cluster = cluster
        self._replaced: str | None = None
        self._written = ""

    def replaced_by(self, text: str) -> None:
        """Take note of a text that somebody else put there."""
        self._written, self._replaced = self.read(), text

    def read(self) -> str:
        """Return the document, or that of the ledger that stands in for it."""
        documents = map(self._document, ("stand-in-2", "stand-in", "ledger"))
        text = next(filter(None, documents), "")
        return self._written if text == self._replaced else text

    def drains_by(self, who: str, instance_id: str) -> bool:
        """Tell who asked an RDB to drain."""
        drain = json.loads(self.read() or "{}").get("rdbs", {}).get(instance_id, {}).get("drain")
        return bool(drain) and drain["by"] == who

    def _document(self, item: str) -> str:
        key = {"cluster": {"S": self.cluster}, "item": {"S": item}}
        found = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return str(found["document"]["S"]) if found else ""
