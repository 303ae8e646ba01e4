"""Watches a twin from outside: what was launched and ended, and whether it should have been."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import boto3

from twin.aws.clock import Clock
from twin.aws.cloudformation import REGION
from twin.market.rdb import Rdb
from twin.oracle import Known, Oracle


class Referee:
    """Judges by the facts, with rules of its own: it shares nothing with the control plane.

    `group` returns the group as it truly is, `ledger` the document of its ledger. Put `saw` on the wire.
    """

    def __init__(
        self, clock: Clock, group: Callable[[], Mapping[str, Any]], ledger: Callable[[], str], oracle: Oracle
    ) -> None:
        self._clock = clock
        self._group = group
        self._ledger = ledger
        self._oracle = oracle
        self.double_launches: list[tuple[datetime, str]] = []
        self.unsafe_terminations: list[tuple[datetime, str, int]] = []

    def ended(self, rdb: Rdb) -> None:
        """Judge the end of an instance."""
        if rdb.rows:
            self.unsafe_terminations.append((self._clock.now(), rdb.instance_id, rdb.rows))

    def saw(self, operation: str, params: Mapping[str, Any]) -> None:
        """Judge a call that is about to take effect."""
        if operation != "SetDesiredCapacity":
            return
        group, desired, now = self._group(), params["DesiredCapacity"], self._clock.now()
        if desired > group["DesiredCapacity"]:
            known = Known(self._ledger(), group, now)
            if room := self._oracle.judge(desired, group, known):
                self.double_launches.append((now, room))


def ledger_of(table: str, cluster: str) -> Callable[[], str]:
    """Return a reader of the ledger's document."""
    # A session of its own: calls over the default one count as the control plane's.
    dynamodb = boto3.Session().client("dynamodb", region_name=REGION)
    key = {"cluster": {"S": cluster}, "item": {"S": "ledger"}}

    def read() -> str:
        item = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        return str(item["document"]["S"])

    return read
