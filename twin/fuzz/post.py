"""Messages on their way to the functions, and the queue that hands them to one reconcile at a time."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.core.wake_ups import WakeUp
from twin.fuzz.agenda import Agenda
from twin.fuzz.rdbs import chance

VISIBLE_AGAIN = timedelta(seconds=90)
BATCH = 10
RECEIVES = 5
Deliver = Callable[[], None]


class Post:
    """Carries messages with a small delay; `armed` are the faults of the messages to come, in order.

    `lost`, `doubled`, `late` and `reordered` (it waits until another one has overtaken it).
    """

    def __init__(self, agenda: Agenda, count: Callable[[str], None]) -> None:
        self._agenda = agenda
        self._count = count
        self._held: Deliver | None = None
        self.armed: deque[tuple[str, float]] = deque()

    def calm(self) -> None:
        """From now on every message arrives once, soon, and in order."""
        self.armed.clear()
        if self._held:
            self._agenda.after(1, self._held)
            self._held = None

    def send(self, what: str, deliver: Deliver) -> None:
        """Sends one message; how long it takes depends on `what` and the time alone."""
        kind, seconds = self.armed.popleft() if self.armed else ("", 0.0)
        delay = 0.1 + chance(f"{what}{self._agenda.now}") * 1.4
        if kind:
            self._count(kind)
        if kind == "lost":
            return
        if kind == "reordered" and self._held is None:
            self._held = deliver
            return
        self._agenda.after(delay + (seconds if kind == "late" else 0), deliver)
        if kind == "doubled":
            self._agenda.after(delay + seconds, deliver)
        if self._held:
            self._agenda.after(delay + 0.5, self._held)
            self._held = None


class Queue:
    """A FIFO queue of one message group: a batch that failed blocks it until it is visible again.

    `handle` gets a batch and says whether it succeeded. What failed five times is dropped.
    """

    def __init__(self, agenda: Agenda, handle: Callable[[list[WakeUp]], bool]) -> None:
        self._agenda = agenda
        self._handle = handle
        self._waiting: deque[WakeUp] = deque()
        self._receives = 0
        self._planned: datetime | None = None
        self.dropped = 0

    def put(self, wake_up: WakeUp) -> None:
        """Queues one wake-up; its reconcile follows shortly, together with what comes until then."""
        self._waiting.append(wake_up)
        self._plan(timedelta(seconds=0.3))

    def _plan(self, wait: timedelta) -> None:
        if self._planned is None and self._waiting:
            self._planned = self._agenda.now + wait
            self._agenda.at(self._planned, self._run)

    def _run(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        done = self._handle(batch)
        self._receives = 0 if done else self._receives + 1
        if not done and self._receives < RECEIVES:
            self._waiting.extendleft(reversed(batch))
        elif not done:
            self._receives, self.dropped = 0, self.dropped + len(batch)
        self._planned = None
        self._plan(timedelta(seconds=0.3) if done else VISIBLE_AGAIN)
