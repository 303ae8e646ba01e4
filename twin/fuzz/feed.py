"""A random day's feed: calm stretches, bursts, and nothing outside the session."""

from datetime import datetime
from itertools import accumulate
from random import Random

MINUTE = 60.0


class Feed:
    """Updates by minute since `start`; `updates` gives those since it was last asked."""

    def __init__(self, start: datetime | None, minutes: list[float]) -> None:
        self._start = start
        self._until = list(accumulate(minutes, initial=0.0))
        self._given = 0

    @classmethod
    def quiet(cls) -> "Feed":
        """Nothing at all."""
        return cls(None, [])

    @classmethod
    def of(cls, random: Random, start: datetime, seconds: float, total: float) -> "Feed":
        """A session of so many seconds with about `total` updates."""
        level, levels = 1.0, []
        for _ in range(max(1, int(seconds / MINUTE))):
            level = min(4.0, max(0.1, level * random.uniform(0.8, 1.25)))
            levels.append(level * (6.0 if random.random() < 0.02 else 1.0))
        share = total / sum(levels)
        return cls(start, [level * share for level in levels])

    def updates(self, now: datetime) -> int:
        """Updates that came since the last call."""
        if self._start is None:
            return 0
        minute, rest = divmod((now - self._start).total_seconds(), MINUTE)
        whole = min(int(minute), len(self._until) - 1)
        until = self._until[whole]
        if whole + 1 < len(self._until):
            until += (self._until[whole + 1] - until) * rest / MINUTE
        new, self._given = int(until) - self._given, int(until)
        return new
