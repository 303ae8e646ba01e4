"""The newest look at q, which every thread of the reporter shares; nothing older is kept."""

from collections.abc import Callable
from threading import Condition

from ..contract.report import State
from .reports import Seen


class Board:
    """One look. It holds for `fresh` seconds from when q was asked: with a stuck poller q is unknown."""

    def __init__(self, fresh: float, elapsed: Callable[[], float]) -> None:
        self._fresh = fresh
        self._elapsed = elapsed
        self._changed = Condition()
        self._seen: Seen | None = None
        self._asked_at = elapsed()
        self._looks = 0

    def put(self, seen: Seen, asked_at: float) -> None:
        """A look that began at `asked_at`."""
        with self._changed:
            self._seen, self._asked_at = seen, asked_at
            self._looks += 1
            self._changed.notify_all()

    def look(self) -> Seen | None:
        """The newest look while it holds, then unknown; None when there was no time yet for a first one."""
        with self._changed:
            if self._elapsed() - self._asked_at <= self._fresh:
                return self._seen
        return Seen(State.UNKNOWN, None, why=f"no look at q within {self._fresh:g} s")

    def wait(self, looks: int, timeout: float) -> int:
        """Waits for a look after the first `looks`, `timeout` seconds at most. How many there are now."""
        with self._changed:
            self._changed.wait_for(lambda: self._looks != looks, timeout)
            return self._looks
