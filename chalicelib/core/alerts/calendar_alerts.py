"""The calendar as operators must know it: it cannot be read, is over, soon will be, or cannot be kept."""

from datetime import timedelta

from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.calendar import TOLD_BEFORE
from chalicelib.core.facts.situation import Situation


def calendar_alert(situation: Situation) -> Alert | None:
    """Return the alert about the calendar, the worst if there is more to say."""
    kept, now = situation.kept, situation.now
    if kept.unreadable:
        text = (
            f"{kept.unreadable}; nothing is done by it, as if there were none; run the version of Highwater "
            "that wrote it, or delete the item"
        )
        return Alert.of("calendar", text, cause="unreadable")
    calendar = kept.calendar
    if calendar is None:
        return None
    if calendar.reaches <= now:
        text = (
            f"the calendar is over since {calendar.reaches:%FT%TZ}, and nothing is done by it any more; put "
            "the next one, or remove it"
        )
        return Alert.of("calendar", text, cause="over")
    if calendar.overnight == "none" and situation.group.min_size > 0:
        text = (
            f"the calendar wants no RDB overnight, but MinSize is {situation.group.min_size}: one is kept; "
            "set MinSize to 0, or put the calendar with overnight one"
        )
        return Alert.of("calendar", text, cause="min-size")
    if calendar.overnight == "none" and not situation.hears_tickerplant:
        text = (
            "the calendar wants no RDB overnight, but no tickerplant of the cluster reports, which would say "
            "that updates wait: one RDB is kept; look on the tickerplant's host, at its reporter and its "
            "clock, or put the calendar with overnight one"
        )
        return Alert.of("calendar", text, cause="tickerplant")
    if calendar.reaches - now < TOLD_BEFORE:
        left = _in_words(calendar.reaches - now)
        text = f"the calendar ends at {calendar.reaches:%FT%TZ}, in {left}; put the next one before that"
        return Alert.of("calendar", text, cause="ends")
    return None


def _in_words(left: timedelta) -> str:
    if left.days > 1:
        return f"{left.days} days"
    hours = left // timedelta(hours=1)
    return f"{hours} hours" if hours > 1 else "less than 2 hours"
