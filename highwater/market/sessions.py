"""The sessions of a trading day, in its order: a day may begin the evening before."""

import re
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

DAY_SECONDS = 24 * 3600
FORM = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)", re.ASCII)
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


class BadSessions(ValueError):
    """Sessions that no day has; the message names them."""


class Session(NamedTuple):
    """A stretch of trading, in seconds from the midnight at which the day's date begins.

    They are negative on the evening before.
    """

    begin: int
    end: int

    def __str__(self) -> str:
        """Return it as it is given, HH:MM-HH:MM."""
        return f"{clock(self.begin)}-{clock(self.end)}"


def clock(seconds: int) -> str:
    """Return a time of day, HH:MM; 24:00 is the end of the day."""
    minutes = seconds // 60
    return "24:00" if seconds == DAY_SECONDS else f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def session_of(text: str) -> Session:
    """Return a session that is given as HH:MM-HH:MM. Raises BadSessions.

    One that ends at an earlier time of day than it begins ends on the next day.
    """
    if not (parts := FORM.fullmatch(text)):
        raise BadSessions(f"must be HH:MM-HH:MM in UTC, such as 09:30-16:00, not {text!r}")
    for time in parts.groups():
        if not (TIME.fullmatch(time) or time == "24:00"):
            raise BadSessions(f"{text}: there is no {time}, the day is from 00:00 to 24:00")
    begin, end = (int(time[:2]) * 3600 + int(time[3:]) * 60 for time in parts.groups())
    if begin == DAY_SECONDS:
        raise BadSessions(f"{text}: begins at 24:00, which is 00:00 of the next day")
    if begin == end:
        raise BadSessions(f"{text}: ends when it begins; a session of the whole day is 00:00-24:00")
    return Session(begin, end if end > begin else end + DAY_SECONDS)


def in_order(given: Sequence[Session]) -> tuple[Session, ...]:
    """Return sessions of a day one after the other, as they were given. Raises BadSessions.

    Each begins after the one before it. If that leads over midnight, the day begins the evening before.
    """
    for one, other in combinations(given, 2):
        if both := _overlap(one, other):
            raise BadSessions(f"{one} and {other}: overlap from {clock(both.begin)} to {clock(both.end)}")
    placed: list[Session] = []
    for begin, end in given:
        after = placed[-1].end if placed else 0
        days = max(0, -((begin - after) // DAY_SECONDS)) * DAY_SECONDS
        placed.append(Session(begin + days, end + days))
    if placed and placed[-1].end - placed[0].begin > DAY_SECONDS:
        raise BadSessions(f"{', '.join(map(str, given))}: must be in the order of one day of 24 hours")
    back = DAY_SECONDS if placed and placed[-1].end > DAY_SECONDS else 0
    return tuple(Session(begin - back, end - back) for begin, end in placed)


def beginning_of(sessions: Sequence[Session]) -> int:
    """Return when the day of these sessions begins, in seconds from midnight; it has 24 hours.

    It is midnight. For a day that trades over midnight it is the middle of the pause before that.
    """
    if not sessions or sessions[0].begin >= 0:
        return 0
    pause = DAY_SECONDS - (sessions[-1].end - sessions[0].begin)
    return sessions[0].begin - pause // 120 * 60


def _overlap(one: Session, other: Session) -> Session | None:
    """Return what two sessions have in common on the clock."""
    for shift in (-DAY_SECONDS, 0, DAY_SECONDS):
        begin, end = max(one.begin, other.begin + shift), min(one.end, other.end + shift)
        if begin < end:
            return Session(begin, end)
    return None
