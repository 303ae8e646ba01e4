"""Messages on their way to the functions, and the queue that hands them to one reconcile at a time."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from typing import Literal, assert_never
from zlib import crc32

from chalicelib.core.facts.wake_ups import WakeUp
from twin.agenda import Agenda
from twin.fuzz.plan import Kind

VISIBLE_AGAIN = 90.0
BATCH = 10
RECEIVES = 5
Mishap = Literal["lost", "doubled", "late", "reordered"]


def chance(text: str) -> float:
    """Return a number from 0 to 1 that depends on the text alone.

    What is taken out of a plan of faults then does not change the chances of the rest, as it would with a
    stream of random numbers.
    """
    return crc32(text.encode()) / 2**32


class Post:
    """Carries messages with a small delay; `armed` are the mishaps of the messages to come, in order.

    (That of twin/aws draws mishaps by share; here they are planned, so that one can be left out.)
    """

    def __init__(self, agenda: Agenda, count: Callable[[Kind], None]) -> None:
        self._agenda = agenda
        self._count = count
        self.armed: deque[tuple[Mishap, float]] = deque()

    def send(self, what: str, deliver: Callable[[], None]) -> None:
        """Send one message; its delay depends on `what` and the time alone."""
        delay = 0.1 + chance(f"{what}{self._agenda.now()}") * 1.4
        if not self.armed:
            self._agenda.after(delay, deliver)
            return
        kind, seconds = self.armed.popleft()
        self._count(kind)
        for late in _lateness(kind, seconds):
            self._agenda.after(delay + late, deliver)


def _lateness(kind: Mishap, seconds: float) -> tuple[float, ...]:
    """Return how much later each copy of a message comes."""
    match kind:
        case "lost":
            return ()
        case "doubled":
            return 0.0, seconds
        case "late":
            return (seconds,)
        case "reordered":
            # Just so late that the next ones overtake it.
            return (2 + seconds / 30,)
        case _:
            assert_never(kind)


class Queue:
    """A FIFO queue with a message group for each cluster, whose batches follow one another.

    A batch that failed blocks its own group until it is visible again. `handle` gets the cluster and a batch
    and says whether it succeeded. What failed five times is dropped. (The queue of twin/aws is moto's, behind
    a wire: it is what this one leaves out for speed.)
    """

    def __init__(self, agenda: Agenda, handle: Callable[[str, list[WakeUp]], bool]) -> None:
        self._agenda = agenda
        self._handle = handle
        self._waiting: defaultdict[str, deque[WakeUp]] = defaultdict(deque)
        self._receives: Counter[str] = Counter()
        self._planned: set[str] = set()

    def put(self, wake_up: WakeUp) -> None:
        """Queue one wake-up; its reconcile follows shortly, together with what comes until then."""
        self._waiting[wake_up.cluster].append(wake_up)
        self._plan(wake_up.cluster, 0.3)

    def _plan(self, cluster: str, wait: float) -> None:
        if cluster not in self._planned and self._waiting[cluster]:
            self._planned.add(cluster)
            self._agenda.after(wait, lambda: self._run(cluster))

    def _run(self, cluster: str) -> None:
        waiting = self._waiting[cluster]
        batch = [waiting.popleft() for _ in range(min(BATCH, len(waiting)))]
        done = self._handle(cluster, batch)
        self._receives[cluster] = 0 if done else self._receives[cluster] + 1
        if self._receives[cluster] == RECEIVES:
            self._receives[cluster] = 0
        elif not done:
            waiting.extendleft(reversed(batch))
        self._planned.discard(cluster)
        self._plan(cluster, 0.3 if done else VISIBLE_AGAIN)
