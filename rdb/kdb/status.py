"""The state that q reports: the answer of `.highwater.status[]`, validated. Nothing is guessed."""

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from ..contract.names import MOST_WORDS
from ..contract.release import RELEASE_PATTERN
from ..contract.report import YEARS, State
from .connection import Connection
from .errors import AskFailed
from .values import KeyedTable, Table

STATUS = ".highwater.status[]"
DRAIN = ".highwater.drain[]"
# Whether there is one, without calling it: from 100h on a type is a function's, `value` of no name throws.
HAS_DRAIN = "99h<type @[value;`.highwater.drain;0]"
MOST = 2**63 - 1
# `unknown` is the reporter's own word.
STATES = tuple(state for state in State if state is not State.UNKNOWN)


class Seen(msgspec.Struct, frozen=True):
    """One look at q: its state, the rows that it holds, its window (first, last], its heap in bytes.

    No update of the window came before `first_time`, none after `last_time`, as far as q says so. `release`
    is that of the q files, where they name it; `kept_for` why q is not drained although it has rolled, in
    its own words, empty where it does not say.
    When q did not answer as it should, the state is `unknown`, `rows` is None, and `why` says what it did.
    """

    state: State
    rows: int | None
    first_index: int | None = None
    last_index: int | None = None
    heap: int | None = None
    first_time: datetime | None = None
    last_time: datetime | None = None
    release: str | None = None
    why: str = ""
    kept_for: str = ""


class Nonsense(Exception):
    """The answer breaks the contract: the message names the key and the rule."""


def look(q: Connection, timeout: float) -> Seen:
    """Ask q for its status, within `timeout` seconds. An answer that is not clear gives `unknown`."""
    try:
        return seen_of(q.ask(STATUS, timeout))
    except (AskFailed, Nonsense) as error:
        return Seen(State.UNKNOWN, None, why=str(error))


def seen_of(answer: object) -> Seen:
    """Validate q's answer. Raises Nonsense."""
    if not isinstance(answer, Mapping):
        raise Nonsense(f"{STATUS} must be a dictionary, and is {'::' if answer is None else in_q(answer)}")
    if "state" not in answer:
        raise Nonsense(f"{STATUS} has no state")
    state = answer["state"]
    if not isinstance(state, str) or state not in STATES:
        raise Nonsense(f"{STATUS} state must be one of {', '.join(STATES)}, and is {in_q(state)}")
    rows = _count(answer, "rows")
    if rows is None:
        raise Nonsense(f"{STATUS} rows must be a long (-7h) from 0, and is 0N")
    if state == State.DRAINED and rows:
        raise Nonsense(f"{STATUS} says drained and holds {rows} rows")
    first, last = _count(answer, "first_index"), _count(answer, "last_index")
    if (first is None) != (last is None) or (first or 0) > (last or 0):
        raise Nonsense(
            f"{STATUS} first_index {in_q(first)} and last_index {in_q(last)} are no window (first, last]"
        )
    kept_for = _words(answer.get("why"))
    heap = _count(answer, "heap")
    return Seen(State(state), rows, first, last, heap, *_times(answer), release_in(answer), kept_for=kept_for)


def _words(value: object) -> str:
    """Return a text in what a report may have. It is for people: what is none is left out."""
    text = value if isinstance(value, str) else ""
    return "".join(one if " " <= one <= "~" else "?" for one in text[:MOST_WORDS])


def release_in(answer: Mapping[object, object]) -> str | None:
    """Return the release of the q files. It is for people: what is none is left out, and no fault of q."""
    named = answer.get("release")
    return named if isinstance(named, str) and re.fullmatch(RELEASE_PATTERN, named) else None


def _times(answer: Mapping[object, object]) -> tuple[datetime | None, datetime | None]:
    """Return the times of the window. They are for people: what is none is left out, and no fault of q."""
    first, last = (_time(answer.get(name)) for name in ("first_time", "last_time"))
    # In whole seconds, outward: the ledger has them of each RDB.
    first, last = first and first.replace(microsecond=0), last and _up(last)
    return (None, None) if first and last and last < first else (first, last)


def _up(time: datetime) -> datetime:
    whole = time.replace(microsecond=0)
    return whole if whole == time else whole + timedelta(seconds=1)


def _time(value: object) -> datetime | None:
    return value if isinstance(value, datetime) and value.year in YEARS else None


def _count(answer: Mapping[object, object], key: str) -> int | None:
    if key not in answer:
        raise Nonsense(f"{STATUS} has no {key}")
    value = answer[key]
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise Nonsense(f"{STATUS} {key} must be a long (-7h) from 0, and is {in_q(value)}")
    return value


def in_q(value: object) -> str:
    """Describe a value in q's terms, as far as possible: decoding loses the width of numbers and symbols."""
    match value:
        case None:
            return "0N"
        case bool():
            return f"{value:d}b, a boolean (-1h)"
        case float():
            return f"{value:g}, a float (-9h)" if math.isfinite(value) else "0W" if value > 0 else "-0W"
        case int():
            return str(value)
        case str():
            return f'"{value}", text (10h or -11h)'
        case list() if len(value) == 1:
            return "a list of one: without enlist it is an atom"
        case list() | bytes():
            return f"a list of {len(value)}"
        case Mapping():
            return "a dictionary (99h)"
        case Table() | KeyedTable():
            return "a table (98h or 99h)"
    return "a time, a date or a guid"
