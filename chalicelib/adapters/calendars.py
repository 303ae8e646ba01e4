"""The item of a calendar, as it was read: what it says, its version, and what of it is unknown here."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.adapters.documents import Undecodable, decoded_calendar, encoded_calendar, text_of
from chalicelib.core.facts.calendar import NO_CALENDAR, KeptCalendar


class CalendarRead(NamedTuple):
    """One read of the item; `version` is 0 where there is none."""

    kept: KeptCalendar = NO_CALENDAR
    version: int = 0
    beyond: Mapping[str, Any] = {}

    @classmethod
    def of(cls, cluster: str, item: Mapping[str, Any] | None) -> "CalendarRead":
        """Return what an item says; one that cannot be read is nobody's trouble but the calendar's own."""
        if item is None:
            return cls()
        try:
            version = int(item["version"]["N"])
            text = text_of(cluster, item, "calendar")
            calendar, beyond = decoded_calendar(cluster, text) if text else (None, {})
        except Undecodable as error:
            return cls(KeptCalendar(unreadable=str(error)))
        except (KeyError, TypeError, ValueError) as error:
            return cls(KeptCalendar(unreadable=f"the calendar of {cluster} has no version: {error!r}"))
        return cls(KeptCalendar(calendar), version, beyond)

    def text_of(self, kept: KeptCalendar) -> str:
        """Return the text of another calendar in its place."""
        return encoded_calendar(kept.calendar, self.beyond)
