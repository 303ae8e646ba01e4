"""When to try again after failures in a row."""

import random
from collections.abc import Callable

FIRST = 1.0
MOST = 60.0

# A number from its first argument to its second.
Jitter = Callable[[float, float], float]


class Backoff:
    """Doubles from one second to a minute. Half of it is drawn, so that the hosts of a cluster, which all
    failed at once, do not come back at once. `elapsed` are seconds that no clock step changes."""

    def __init__(self, jitter: Jitter = random.uniform) -> None:
        self._jitter = jitter
        self._pause = 0.0
        self._until = float("-inf")

    def waits(self, elapsed: float) -> bool:
        """Whether it is too early to try again."""
        return elapsed < self._until

    def failed(self, elapsed: float) -> None:
        """One more failure."""
        self._pause = min(MOST, 2 * self._pause or FIRST)
        self._until = elapsed + self._jitter(self._pause / 2, self._pause)

    def worked(self) -> None:
        """The next failure is a first one."""
        self._pause = 0.0
