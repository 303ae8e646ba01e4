"""The item of a calendar: what it says, its version, and the text of another in its place.

A calendar is one fact: who puts another replaces it whole, with what of it is unknown here. A newer schema is
refused (rule 12).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from chalicelib.adapters.documents import Undecodable, text_of
from chalicelib.core.facts.calendar import NO_CALENDAR, Calendar, KeptCalendar


class CalendarRead(NamedTuple):
    """One read of the item; `version` is 0 where there is none."""

    kept: KeptCalendar = NO_CALENDAR
    version: int = 0

    @classmethod
    def of(cls, cluster: str, item: Mapping[str, Any] | None) -> "CalendarRead":
        """Return what an item says; one that cannot be read is nobody's trouble but the calendar's own."""
        if item is None:
            return cls()
        try:
            version = int(item["version"]["N"])
            text = text_of(cluster, item, "calendar")
            calendar = _decoded(cluster, text) if text else None
        except Undecodable as error:
            return cls(KeptCalendar(unreadable=str(error)))
        except (KeyError, TypeError, ValueError) as error:
            return cls(KeptCalendar(unreadable=f"the calendar of {cluster} has no version: {error!r}"))
        return cls(KeptCalendar(calendar), version)


def calendar_text(calendar: Calendar | None) -> str:
    """Return a calendar as text; one that is removed is blank."""
    return "" if calendar is None else msgspec.json.encode(calendar).decode()


def _decoded(cluster: str, text: str) -> Calendar:
    try:
        return msgspec.json.decode(text, type=Calendar)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Undecodable(f"the calendar of {cluster} cannot be decoded: {error}") from error
