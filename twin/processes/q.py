"""The q process of one RDB host: the market's RDB, which answers as rdb/q/highwater.q does.

`python -m twin.processes.q DIRECTORY ROLL-THRESHOLD PORT`: its standard input has what the tickerplant says,
a JSON line each: a method of the RDB and its arguments, or nothing. Each is answered on standard output with
the status that it left. The reporter asks it over kdb+ IPC. It ends with its input.
"""

import json
import math
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any, override

from chalicelib.contract.report import State
from highwater.market.rdb import Cluster, Rdb, Size
from rdb.kdb.status import DRAIN, HAS_DRAIN, STATUS
from twin.q.player import QPlayer

SIZE = Size(0.0, 4_000_000, 55.5)
TOLD: Mapping[str, Callable[..., None]] = {
    method.__name__: method
    for method in (Rdb.join, Rdb.go_live, Rdb.take, Rdb.roll, Rdb.replay, Rdb.persisted, Rdb.drain)
}


class PlayedRdb(Rdb):
    """An RDB with a directory, which outlives it.

    There are `meminfo`, the host's memory as its kernel would tell it, and `drained`, the marker.
    """

    def __init__(self, directory: Path, roll_threshold: float) -> None:
        now = datetime.now(UTC)
        super().__init__(directory.name, Cluster("trades", SIZE, math.inf, roll_threshold), now)
        self._meminfo = directory / "meminfo"
        self._marker = directory / "drained"
        self._lock = RLock()
        if self._marker.exists():
            self.state = State.DRAINED
        self._changed(now)

    def status(self) -> dict[str, Any]:
        """Answer the reporter."""
        with self._lock:
            return {
                "state": self.state.value,
                "rows": self.rows,
                "first_index": self.first_index,
                "last_index": self.last_index,
                "heap": int(self.rows * SIZE.kib_per_update * 1024),
            }

    def leave(self) -> bool:
        """Drain because the reporter asks for it; a live one does not."""
        self.hear("drain")
        return self.state is not State.LIVE

    def hear(self, method: str = "", *arguments: int) -> dict[str, Any]:
        """Do what the tickerplant says, and answer it."""
        with self._lock:
            if method:
                TOLD[method](self, *arguments, datetime.now(UTC))
            return self.status()

    @override
    def become(self, state: State, now: datetime) -> None:
        if state is State.DRAINED:
            # The marker first: killed between the two, it must not come back as a standby.
            self._marker.touch()
        super().become(state, now)

    @override
    def _changed(self, now: datetime) -> None:
        free = max(0, int(SIZE.total_kib * (1 - self.percent / 100)))
        new = self._meminfo.with_suffix(".new")
        new.write_text(f"MemTotal: {SIZE.total_kib} kB\nMemAvailable: {free} kB\n")
        new.replace(self._meminfo)


def main(directory: str, roll_threshold: str, port: str) -> None:
    """Play until the input ends. The first line of output has the port."""
    rdb = PlayedRdb(Path(directory), float(roll_threshold))
    with QPlayer({STATUS: rdb.status, DRAIN: rdb.leave, HAS_DRAIN: lambda: True}, port=int(port)) as player:
        _say({"port": player.port, **rdb.status()})
        for line in sys.stdin:
            _say(rdb.hear(*json.loads(line)))


def _say(status: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(status) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
