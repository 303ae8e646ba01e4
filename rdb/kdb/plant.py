"""The state of a tickerplant: the answer of `.tp.status[]`, validated. Nothing is guessed."""

from collections.abc import Mapping

import msgspec

from .connection import Connection
from .status import MOST, Nonsense, in_q, release_in

PLANT = ".tp.status[]"


class PlantSeen(msgspec.Struct, frozen=True):
    """One look at the tickerplant, in updates and in RDBs that stand by.

    `release` is that of the q files, where they name it.
    """

    updates: int
    queue: int
    waiting: int
    release: str | None = None


def look_at_plant(q: Connection, timeout: float) -> PlantSeen:
    """Ask the tickerplant, within `timeout` seconds. Raises AskFailed and Nonsense."""
    answer = q.ask(PLANT, timeout)
    if not isinstance(answer, Mapping):
        raise Nonsense(f"{PLANT} must be a dictionary, and is {'::' if answer is None else in_q(answer)}")
    updates, queue, waiting = (_count(answer, name) for name in ("updates", "queue", "waiting"))
    seen = PlantSeen(updates, queue, waiting, release_in(answer))
    if seen.waiting > seen.updates:
        raise Nonsense(f"{PLANT} waiting must be at most updates, and is {seen.waiting} of {seen.updates}")
    return seen


def _count(answer: Mapping[object, object], key: str) -> int:
    if key not in answer:
        raise Nonsense(f"{PLANT} has no {key}")
    value = answer[key]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise Nonsense(f"{PLANT} {key} must be a long (-7h) from 0, and is {in_q(value)}")
    return value
