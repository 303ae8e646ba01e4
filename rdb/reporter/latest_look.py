"""The newest look at q, shared by the reporter's threads; nothing older is kept."""

from collections.abc import Callable
from threading import Condition

from ..contract.report import State
from ..kdb.status import Seen


class LatestLook:
    """One look, valid for `fresh` seconds after q was asked. When the poller hangs, q becomes unknown."""

    def __init__(self, fresh: float, elapsed: Callable[[], float]) -> None:
        self._fresh = fresh
        self._elapsed = elapsed
        self._changed = Condition()
        self._seen: Seen | None = None
        self._asked_at = elapsed()
        self._looks = 0

    def put(self, seen: Seen, asked_at: float) -> None:
        """Store a look that began at `asked_at`."""
        with self._changed:
            self._seen, self._asked_at = seen, asked_at
            self._looks += 1
            self._changed.notify_all()

    def look(self) -> Seen | None:
        """Return the newest look while it is valid, then unknown; None while the first one may still come."""
        with self._changed:
            if self._elapsed() - self._asked_at <= self._fresh:
                return self._seen
        return Seen(State.UNKNOWN, None, why=f"no look at q within {self._fresh:g} s")

    def wait(self, looks: int, timeout: float) -> int:
        """Wait for more looks than `looks`, at most `timeout` seconds. Returns how many there are now."""
        with self._changed:
            self._changed.wait_for(lambda: self._looks != looks, timeout)
            return self._looks
