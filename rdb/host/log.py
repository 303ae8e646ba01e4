"""The reporter's log: one JSON line for each event, with the field names of the control plane's log."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Literal, TextIO

import msgspec

SAID_AGAIN = timedelta(minutes=5).total_seconds()

Level = Literal["INFO", "WARNING"]


class Log:
    """Writes lines to `out`. `now` is the time in UTC, `elapsed` are monotonic seconds."""

    def __init__(self, out: TextIO, now: Callable[[], datetime], elapsed: Callable[[], float]) -> None:
        self._out = out
        self._now = now
        self._elapsed = elapsed
        self._lock = RLock()
        self._always: dict[str, str] = {}
        self._troubles: dict[str, tuple[str, float]] = {}

    def name(self, **facts: str) -> None:
        """Add these fields to every line from now on."""
        self._always.update(facts)

    def tell(self, message: str, level: Level = "INFO", **facts: Any) -> None:
        """Write one line."""
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
        """Log a failure when it is new or of another kind, then every five minutes.

        Give a `kind` when the sentence `why` differs each time.
        """
        with self._lock:
            kind, elapsed = kind or why, self._elapsed()
            known = self._troubles.get(about)
            if known and known[0] == kind and elapsed - known[1] < SAID_AGAIN:
                return
            self._troubles[about] = kind, elapsed
            self.tell(f"{about} in trouble", "WARNING", why=why)

    def well(self, about: str) -> None:
        """Log that it works again, if it had failed."""
        with self._lock:
            if self._troubles.pop(about, None):
                self.tell(f"{about} well again")


def iso(at: datetime) -> str:
    """Format a time in UTC to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
