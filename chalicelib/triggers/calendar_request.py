"""The body of a request to put a calendar: sessions with their zone, kept as UTC instants."""

import msgspec

from chalicelib.contract.report import Time
from chalicelib.core.facts.calendar import Calendar, GraceMinutes, Overnight, Session
from chalicelib.core.facts.wake_ups import Asking
from chalicelib.triggers.times import in_utc


class SessionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One session of a calendar: at `end` it is over."""

    start: Time
    end: Time


class CalendarRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of a request to put a calendar."""

    sessions: tuple[SessionRequest, ...]
    grace_minutes: GraceMinutes = 60
    overnight: Overnight = "one"
    dry_run: bool = False

    def calendar(self, asking: Asking) -> Calendar:
        """Return the calendar that somebody asks for. Raises BadInput naming the session and the rule."""
        sessions = [
            Session(in_utc(f"sessions[{n}].start", wish.start), in_utc(f"sessions[{n}].end", wish.end))
            for n, wish in enumerate(self.sessions)
        ]
        calendar = Calendar.of(sessions, self.grace_minutes, self.overnight)
        return msgspec.structs.replace(calendar, by=asking.requested_by, at=asking.at)
