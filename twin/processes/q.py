"""The q process of one RDB host, played after rdb/q/highwater.q.

`python -m twin.processes.q DIRECTORY ROLL-THRESHOLD PORT`: its standard input has what the tickerplant says,
a JSON line each; each is answered on standard output with the status that it left. The reporter asks it over
kdb+ IPC. It ends with its input.
"""

import json
import os
import sys
from pathlib import Path
from threading import RLock
from typing import Any

from rdb.kdb.status import DRAIN, HAS_DRAIN, STATUS
from twin.q.player import QPlayer

TOTAL_KIB = 4_000_000
IDLE_KIB = 150_000
KIB_PER_UPDATE = 55.5

Status = dict[str, Any]


class PlayedRdb:
    """The life of one RDB. In its directory: `meminfo`, what the host's memory would be, and `drained`, the
    marker that outlives it."""

    def __init__(self, directory: Path, roll_threshold: float) -> None:
        self._meminfo = directory / "meminfo"
        self._marker = directory / "drained"
        self._roll_threshold = roll_threshold
        self._lock = RLock()
        self._state = "booting"
        self._rows = self._persisted = 0
        self._first: int | None = None
        self._last: int | None = None
        self._leaving = self._marker.exists()
        self._settle()

    def status(self) -> Status:
        """The contract with the reporter."""
        with self._lock:
            return {
                "state": self._state,
                "rows": self._rows,
                "first_index": self._first,
                "last_index": self._last,
                "heap": int(self._rows * KIB_PER_UPDATE * 1024),
            }

    def drain(self) -> bool:
        """The other half of the contract: a live one does not drain."""
        with self._lock:
            if self._state == "live":
                return False
            self._leave()
            return True

    def hear(self, message: Status) -> Status:
        """What the tickerplant says; its answer."""
        with self._lock:
            match message:
                case {"do": "assign", "state": state, "first": first} if not self._leaving:
                    self._state = state
                    self._first = self._last = first
                case {"do": "take", "until": until} if self._last is not None and not self._leaving:
                    self._rows += until - self._last
                    self._last = until
                    if self._state == "live" and self._percent() >= self._roll_threshold:
                        self._state = "rolled"
                case {"do": "roll"} if self._state == "live":
                    self._state = "rolled"
                case {"do": "end the day", "index": index}:
                    self._end_day(index)
            self._settle()
            return self.status()

    def _end_day(self, index: int) -> None:
        """All of the day is in the historical database: the live one goes on, every other one leaves."""
        self._persisted = index
        if self._state != "live":
            self._leave()
        elif self._last is not None:
            self._first = index
            self._rows = self._last - index

    def _leave(self) -> None:
        # The marker first: killed between the two, it must not come back as a standby.
        self._marker.touch()
        self._leaving = True
        self._settle()

    def _settle(self) -> None:
        """Empties what may be emptied, and shows the memory that this leaves."""
        if self._leaving:
            if self._last is not None and self._last <= self._persisted:
                self._rows = 0
            if not self._rows:
                self._state = "drained"
        free = max(0, int(TOTAL_KIB * (1 - self._percent() / 100)))
        new = self._meminfo.with_suffix(".new")
        new.write_text(f"MemTotal: {TOTAL_KIB} kB\nMemAvailable: {free} kB\n")
        os.replace(new, self._meminfo)

    def _percent(self) -> float:
        return 100 * (IDLE_KIB + self._rows * KIB_PER_UPDATE) / TOTAL_KIB


def main(directory: str, roll_threshold: str, port: str) -> None:
    """Plays until its input ends. The first line of its output has the port."""
    rdb = PlayedRdb(Path(directory), float(roll_threshold))
    with QPlayer({STATUS: rdb.status, DRAIN: rdb.drain, HAS_DRAIN: lambda: True}, port=int(port)) as player:
        _say({"port": player.port, **rdb.status()})
        for line in sys.stdin:
            _say(rdb.hear(json.loads(line)))


def _say(status: Status) -> None:
    sys.stdout.write(json.dumps(status) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
