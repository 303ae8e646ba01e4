"""The sessions of an exchange, with its holidays and half days, by the library exchange_calendars."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from chalicelib.core.facts.calendar import Session
from highwater.terminal import Refused

# The newest close is known from the first day on.
DAYS_BACK, DAYS_AHEAD = 7, 400
NEAREST = 5


def sessions_of_exchange(name: str, now: datetime) -> tuple[Session, ...]:
    """Return the sessions of an exchange for the next 400 days, or as far as its holidays are known.

    Raises Refused, with the nearest names for an exchange that is not known.
    """
    library = _library()
    start, end = (now - timedelta(days=DAYS_BACK)).date(), (now + timedelta(days=DAYS_AHEAD)).date()
    try:
        calendar = library.get_calendar(name, start=str(start), end=str(end))
    except library.errors.InvalidCalendarName as error:
        raise Refused(f"No exchange is called {name}{_nearest(library, name)}.") from error
    except ValueError:
        # Its holidays are not known for so long: the library's own end is as far as they are.
        calendar = library.get_calendar(name, start=str(start))
    return tuple(_sessions(calendar))


def _library() -> Any:
    try:
        return import_module("exchange_calendars")
    except ImportError as error:
        raise Refused(
            "--exchange needs the library exchange_calendars: run `.venv/bin/pip install -e '.[calendar]'` "
            "in the checkout, or give the sessions with --file."
        ) from error


def _nearest(library: Any, name: str) -> str:
    names = library.get_calendar_names(include_aliases=True)
    nearest = get_close_matches(name.upper(), names, n=NEAREST, cutoff=0.5)
    return f"; the nearest are {', '.join(nearest)}" if nearest else ": they have names such as XNYS"


def _sessions(calendar: Any) -> Iterator[Session]:
    """Yield its sessions; a day with a break at noon has two."""
    for day in calendar.schedule.itertuples(index=False):
        opens, closes = day.open.to_pydatetime(), day.close.to_pydatetime()
        if day.break_start != day.break_start:  # pandas' NaT: it has none
            yield Session(opens, closes)
        else:
            yield Session(opens, day.break_start.to_pydatetime())
            yield Session(day.break_end.to_pydatetime(), closes)
