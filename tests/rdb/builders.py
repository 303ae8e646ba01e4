"""A host to report for: its clock, its log, and short forms of what is seen of it."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from rdb.contract.report import State
from rdb.host.identity import Identity
from rdb.host.log import Log
from rdb.host.memory import Memory
from rdb.kdb.status import Seen

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CLUSTER = "trades"
ID = "i-0a1b2c3d4e5f60718"
IDENTITY = Identity(CLUSTER, ID, "us-east-1")
TOPIC = "arn:aws:sns:us-east-1:123456789012:highwater-reports-trades"
TOTAL = 4_000_000_000
STATUS: dict[str, Any] = {"state": "live", "rows": 7, "first_index": 10, "last_index": 17, "heap": 67_108_864}


class Host:
    """Its clock, which a test moves, and its log."""

    def __init__(self) -> None:
        self.time = NOW
        self.seconds = 0.0
        self.out = io.StringIO()
        self.log = Log(self.out, lambda: self.time, lambda: self.seconds)

    def passes(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.seconds += seconds

    def told(self, level: str = "") -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.out.getvalue().splitlines()]
        return [line for line in lines if level in ("", line["level"])]


def seen(state: State = State.LIVE, rows: int | None = None, first: int | None = None) -> Seen:
    if state is State.UNKNOWN:
        return Seen(state, None, why="q does not answer")
    held = (0 if state is State.DRAINED else 7) if rows is None else rows
    return Seen(state, held, first, first, 67_108_864)


def memory(percent: float = 30.0) -> Memory:
    return Memory(int(TOTAL * percent / 100), TOTAL)
