"""Calendars: why one is not put or removed."""

from collections.abc import Iterator

from chalicelib.core.facts.calendar import MINUTE, Calendar
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.wake_ups import RemoveCalendar, SetCalendar


def against_calendar(situation: Situation, command: SetCalendar | RemoveCalendar) -> tuple[str, ...]:
    """Return every reason against putting or removing a calendar.

    What this version cannot read is left as it is (rule 12), and one command never undoes a younger one
    (rule 9).
    """
    kept, removed, reasons = situation.kept, situation.ledger.calendar_removed, list[str]()
    if kept.unreadable:
        reasons.append(kept.unreadable)
    if kept.calendar and kept.calendar.at > command.at:
        reasons.append(
            f"asked for at {command.at:%FT%TZ}, and since then, at {kept.calendar.at:%FT%TZ}, "
            f"{kept.calendar.by} has put another calendar"
        )
    elif removed and removed.at > command.at:
        reasons.append(
            f"asked for at {command.at:%FT%TZ}, and since then, at {removed.at:%FT%TZ}, "
            f"{removed.requested_by} has removed the calendar (command {removed.command_id})"
        )
    if isinstance(command, SetCalendar):
        reasons += _against_sessions(situation, command.calendar)
    return tuple(reasons)


def replaced_calendar(situation: Situation, command: SetCalendar | RemoveCalendar) -> str:
    """Return what a calendar replaces, or that there is none to remove; empty if there is nothing to say."""
    kept = situation.kept.calendar
    match command:
        case SetCalendar():
            if kept is None:
                return ""
            by = f", put by {kept.by} at {kept.at:%FT%TZ}" if kept.by else ""
            return f"it replaces another, which reached until {kept.reaches:%FT%TZ}{by}"
        case RemoveCalendar():
            return "" if kept else "nothing was removed: there was no calendar"


def _against_sessions(situation: Situation, calendar: Calendar) -> Iterator[str]:
    if calendar.reaches <= situation.now:
        yield f"its last session is over since {calendar.reaches:%FT%TZ}"
    if calendar.overnight == "none":
        if situation.group.min_size > 0:
            yield f"overnight none needs MinSize 0, and MinSize is {situation.group.min_size}"
        # With no RDB nobody else would say that updates wait.
        if not situation.hears_tickerplant:
            minutes = situation.settings.memory_fresh // MINUTE
            yield f"overnight none needs a tickerplant that reports, and none did for {minutes} minutes"
