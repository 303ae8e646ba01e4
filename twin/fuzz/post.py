"""Messages on their way to the functions, and the queue that hands them to one reconcile at a time."""

from collections import deque
from collections.abc import Callable
from zlib import crc32

from chalicelib.core.wake_ups import WakeUp
from twin.agenda import Agenda

VISIBLE_AGAIN = 90.0
BATCH = 10
RECEIVES = 5
Deliver = Callable[[], None]


def chance(text: str) -> float:
    """Return a number from 0 to 1 that depends on the text alone.

    What is taken out of a plan of faults then does not change the chances of the rest, as it would with a
    stream of random numbers.
    """
    return crc32(text.encode()) / 2**32


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
        """Let every message arrive once, soon, and in order from now on."""
        self.armed.clear()
        self._release(1)

    def send(self, what: str, deliver: Deliver) -> None:
        """Send one message; its delay depends on `what` and the time alone."""
        kind, seconds = self.armed.popleft() if self.armed else ("", 0.0)
        delay = 0.1 + chance(f"{what}{self._agenda.now()}") * 1.4
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
        self._release(delay + 0.5)

    def _release(self, seconds: float) -> None:
        if self._held:
            self._agenda.after(seconds, self._held)
            self._held = None


class Queue:
    """A FIFO queue of one message group: a batch that failed blocks it until it is visible again.

    `handle` gets a batch and says whether it succeeded. What failed five times is dropped. (The queue of
    twin/aws is moto's, behind a wire: it is what this one leaves out for speed.)
    """

    def __init__(self, agenda: Agenda, handle: Callable[[list[WakeUp]], bool]) -> None:
        self._agenda = agenda
        self._handle = handle
        self._waiting: deque[WakeUp] = deque()
        self._receives = 0
        self._planned = False

    def put(self, wake_up: WakeUp) -> None:
        """Queue one wake-up; its reconcile follows shortly, together with what comes until then."""
        self._waiting.append(wake_up)
        self._plan(0.3)

    def _plan(self, wait: float) -> None:
        if not self._planned and self._waiting:
            self._planned = True
            self._agenda.after(wait, self._run)

    def _run(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        done = self._handle(batch)
        self._receives = 0 if done else self._receives + 1
        if self._receives == RECEIVES:
            self._receives = 0
        elif not done:
            self._waiting.extendleft(reversed(batch))
        self._planned = False
        self._plan(0.3 if done else VISIBLE_AGAIN)
