"""Growing pauses after repeated failures."""

import random
from collections.abc import Callable

FIRST = 1.0
MOST = 60.0

# Returns a number between its two arguments.
Jitter = Callable[[float, float], float]


class Backoff:
    """Doubles from one second to a minute; `elapsed` are monotonic seconds.

    Half of each pause is random, so that the hosts of a cluster, which all failed at the same moment, do not
    all try again at the same moment.
    """

    def __init__(self, jitter: Jitter = random.uniform) -> None:
        self._jitter = jitter
        self._pause = 0.0
        self._until = float("-inf")

    def waits(self, elapsed: float) -> bool:
        """Tell if it is too early to try again."""
        return elapsed < self._until

    def failed(self, elapsed: float) -> None:
        """Begin a longer pause."""
        self._pause = min(MOST, 2 * self._pause or FIRST)
        self._until = elapsed + self._jitter(self._pause / 2, self._pause)

    def worked(self) -> None:
        """Start again with the shortest pause at the next failure."""
        self._pause = 0.0
