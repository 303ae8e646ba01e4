"""Virtual time: everything in this process reads it, and whatever is due runs in its order."""

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import time_machine


class Clock:
    """The agenda of one twin. Actions due at the same time run in the order in which they were planned."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()
        self._traveller: time_machine.Traveller | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Takes over the process's time; give it back by leaving the context."""
        with time_machine.travel(self._start, tick=False) as self._traveller:
            yield

    def now(self) -> datetime:
        """The virtual time."""
        return datetime.now(UTC)

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        """Plans an action; one that is overdue runs next."""
        heapq.heappush(self._agenda, (max(when, self.now()), next(self._order), action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Plans an action in so many seconds."""
        self.at(self.now() + timedelta(seconds=seconds), action)

    def every(self, seconds: float, first: datetime, action: Callable[[], None]) -> None:
        """Plans an action again and again."""

        def again() -> None:
            action()
            self.every(seconds, self.now() + timedelta(seconds=seconds), action)

        self.at(first, again)

    def run_until(self, end: datetime) -> None:
        """Runs everything that is due up to and including `end`, then stands at `end`."""
        while self._agenda and self._agenda[0][0] <= end:
            when, _, action = heapq.heappop(self._agenda)
            self._move_to(when)
            action()
        self._move_to(end)

    def _move_to(self, when: datetime) -> None:
        assert self._traveller is not None, "the clock is not running"
        if when > self.now():
            self._traveller.move_to(when, tick=False)


class WallClock(Clock):
    """Real time: what is due runs when somebody looks."""

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Nothing is taken over."""
        yield

    def run_due(self) -> None:
        """Runs everything that is due."""
        self.run_until(self.now())

    def _move_to(self, when: datetime) -> None:
        """It passes by itself."""
