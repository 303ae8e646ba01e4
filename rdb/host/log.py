"""The reporter's log: one JSON line for each thing that happened, in the control plane's words."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Literal, TextIO

import msgspec

SAID_AGAIN = timedelta(minutes=5).total_seconds()

Level = Literal["INFO", "WARNING"]


class Log:
    """Lines to `out`; `now` is the time in UTC, `elapsed` seconds that no clock step changes."""

    def __init__(self, out: TextIO, now: Callable[[], datetime], elapsed: Callable[[], float]) -> None:
        self._out = out
        self._now = now
        self._elapsed = elapsed
        self._lock = RLock()
        self._always: dict[str, str] = {}
        self._troubles: dict[str, tuple[str, float]] = {}

    def name(self, **facts: str) -> None:
        """From now on each line has these too."""
        self._always.update(facts)

    def tell(self, message: str, level: Level = "INFO", **facts: Any) -> None:
        """One line."""
        line = {
            "level": level,
            "message": message,
            "timestamp": iso(self._now()),
            "service": "highwater-rdb",
            **self._always,
            **facts,
        }
        with self._lock:
            self._out.write(msgspec.json.encode(line).decode() + "\n")
            self._out.flush()

    def trouble(self, about: str, why: str, kind: str = "") -> None:
        """What does not work, and why: told when it is new or of another kind, then every five minutes.

        `kind` is for sentences that differ each time.
        """
        with self._lock:
            kind, elapsed = kind or why, self._elapsed()
            known = self._troubles.get(about)
            if known and known[0] == kind and elapsed - known[1] < SAID_AGAIN:
                return
            self._troubles[about] = kind, elapsed
            self.tell(f"{about} in trouble", "WARNING", why=why)

    def well(self, about: str) -> None:
        """It works: told if it was in trouble."""
        with self._lock:
            if self._troubles.pop(about, None):
                self.tell(f"{about} well again")


def iso(at: datetime) -> str:
    """A time in UTC to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
