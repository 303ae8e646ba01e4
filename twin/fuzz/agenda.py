"""Virtual time of one world: a number that jumps from one thing that is due to the next."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol


class ActsByItself(Protocol):
    """What has a time of its own beside the agenda: EC2 Auto Scaling."""

    def next_due(self) -> datetime | None:
        """When it acts next."""

    def advance(self) -> None:
        """Does what is due by now."""


class Agenda:
    """What happens when. Actions due at the same time run in the order in which they were planned."""

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        """Plans an action; one that is overdue runs next."""
        heapq.heappush(self._heap, (max(when, self.now), next(self._order), action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Plans an action in so many seconds."""
        self.at(self.now + timedelta(seconds=seconds), action)

    def run_until(self, end: datetime, beside: ActsByItself) -> None:
        """Runs all that is due up to and including `end`, then stands at `end`."""
        while True:
            planned = self._heap[0][0] if self._heap else None
            due = beside.next_due()
            if due is not None and due <= end and (planned is None or due <= planned):
                self.now = max(self.now, due)
                beside.advance()
            elif planned is not None and planned <= end:
                self.now = planned
                heapq.heappop(self._heap)[2]()
            else:
                self.now = end
                return
