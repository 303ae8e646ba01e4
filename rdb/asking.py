"""What q says of itself: the answer of `.highwater.status[]`, judged. Nothing is guessed."""

from collections.abc import Mapping

from chalicelib.contracts import State
from rdb.errors import AskFailed
from rdb.ipc import Connection
from rdb.reporting import Seen

STATUS = ".highwater.status[]"
DRAIN = ".highwater.drain[]"
MOST = 2**63 - 1


class Nonsense(Exception):
    """The answer breaks the contract: the text names the key and the rule."""


def look(q: Connection, timeout: float) -> Seen:
    """One look at q, within `timeout` seconds; what q does not say clearly is `unknown`, with the reason."""
    try:
        return seen_of(q.ask(STATUS, timeout))
    except (AskFailed, Nonsense) as error:
        return Seen(State.UNKNOWN, None, why=str(error))


def seen_of(answer: object) -> Seen:
    """The answer of q as a look at it. Raises Nonsense."""
    if not isinstance(answer, Mapping):
        raise Nonsense(f"{STATUS} must be a dictionary, and is {type(answer).__name__}")
    state = answer.get("state")
    if not isinstance(state, str) or state not in {*State} - {State.UNKNOWN}:
        raise Nonsense(f"{STATUS} state must be one of booting, standby, live, rolled, drained: {state!r}")
    rows = _count(answer, "rows")
    if rows is None:
        raise Nonsense(f"{STATUS} rows must be a number, and is null")
    if state == State.DRAINED and rows:
        raise Nonsense(f"{STATUS} says drained and holds {rows} rows")
    first, last = _count(answer, "first_index"), _count(answer, "last_index")
    if (first is None) != (last is None) or (first or 0) > (last or 0):
        raise Nonsense(f"{STATUS} first_index {first} and last_index {last} are no window (first, last]")
    return Seen(State(state), rows, first, last, _count(answer, "heap"))


def _count(answer: Mapping[object, object], key: str) -> int | None:
    if key not in answer:
        raise Nonsense(f"{STATUS} has no {key}")
    value = answer[key]
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise Nonsense(f"{STATUS} {key} must be a long from 0, and is {value!r}")
    return value
