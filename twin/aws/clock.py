"""The time that everything in this process reads: virtual, or real."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import time_machine

from twin.agenda import Agenda


class Clock(Agenda):
    """An agenda whose time is the process's."""

    _traveller: time_machine.Traveller | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take over the process's time; give it back by leaving the context."""
        with time_machine.travel(self._now, tick=False) as self._traveller:
            yield

    def now(self) -> datetime:
        """Return the process's time."""
        return datetime.now(UTC)

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
        """Take nothing over."""
        yield

    def run_due(self) -> None:
        """Run everything that is due."""
        self.run_until(self.now())

    def _move_to(self, when: datetime) -> None:
        """Let it pass by itself."""
