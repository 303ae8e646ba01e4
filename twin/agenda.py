"""Virtual time: a number that jumps from one thing that is due to the next."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol


class ActsByItself(Protocol):
    """Something that has a time of its own beside the agenda: EC2 Auto Scaling."""

    def next_due(self) -> datetime | None:
        """Return when it acts next."""

    def advance(self) -> None:
        """Do what is due by now."""


class Agenda:
    """The agenda of one twin. Actions due at the same time run in the order in which they were planned."""

    def __init__(self, start: datetime, beside: ActsByItself | None = None) -> None:
        self.beside = beside
        self._now = start
        self._planned: list[tuple[datetime, int, Callable[[], object]]] = []
        self._order = count()

    def now(self) -> datetime:
        """Return the virtual time."""
        return self._now

    def at(self, when: datetime, action: Callable[[], object]) -> None:
        """Plan an action; one that is overdue runs next."""
        heapq.heappush(self._planned, (max(when, self.now()), next(self._order), action))

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Plan an action in so many seconds."""
        self.at(self.now() + timedelta(seconds=seconds), action)

    def every(self, seconds: float, first: datetime, action: Callable[[], object]) -> None:
        """Plan an action again and again."""

        def again() -> None:
            action()
            self.every(seconds, self.now() + timedelta(seconds=seconds), action)

        self.at(first, again)

    def run_until(self, end: datetime) -> None:
        """Run all that is due up to and including `end`, then stand at `end`."""
        beside = self.beside
        while True:
            when = self._planned[0][0] if self._planned else None
            due = beside.next_due() if beside else None
            if beside and due is not None and due <= end and (when is None or due <= when):
                self._move_to(due)
                beside.advance()
            elif when is not None and when <= end:
                self._move_to(when)
                heapq.heappop(self._planned)[2]()
            else:
                break
        self._move_to(end)

    def _move_to(self, when: datetime) -> None:
        self._now = max(self._now, when)
