"""What is given of a day on a command line, checked together. A ValueError names the argument."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from highwater.market.feed import Feed, paper
from highwater.market.sessions import (
    DAY_SECONDS,
    BadSessions,
    Session,
    beginning_of,
    clock,
    in_order,
)
from highwater.whatif.feed_file import FeedFile, read_feed
from highwater.whatif.trading_day import ALARM, HARD

PAPER = "paper"
Rule = Literal["demand", "fixed"]


def sessions_of(given: Sequence[Session]) -> tuple[Session, ...]:
    """Return the sessions of a day in its order."""
    try:
        return in_order(given)
    except BadSessions as error:
        raise ValueError(f"--session {error}") from error


def feed_of(name: str, sessions: Sequence[Session]) -> FeedFile:
    """Return the feed of a file, or the paper's."""
    if name == PAPER:
        return FeedFile(paper())
    try:
        return read_feed(Path(name), over_midnight=beginning_of(sessions) < 0)
    except OSError as error:
        raise ValueError(f"--feed {name}: cannot be read: {error.strerror}") from error


def traded_of(name: str, feed: Feed, sessions: Sequence[Session]) -> Feed:
    """Return what of a feed comes within the sessions, from when the day begins."""
    if not sessions:
        return feed
    traded = feed.during(sessions, beginning_of(sessions))
    if not traded.total:
        raise ValueError(f"--session {', '.join(map(str, sessions))}: --feed {name} has no update then")
    return traded


def end_of_day(given: str | None, sessions: Sequence[Session], grace: int, feed: Feed) -> int:
    """Return the end of the day in seconds from midnight: every update is published before it."""
    last = DAY_SECONDS + beginning_of(sessions)
    if given is None:
        end = sessions[-1].end + 60 * grace if sessions else DAY_SECONDS
        if end > last:
            raise ValueError(f"--grace {grace}: the day ends at {clock(last)}, before that is over")
        return end
    end = seconds_of("--end-of-day", given)
    if sessions:
        first = sessions[-1].end
        if not first <= end <= last:
            within = f"from {clock(first)}, when the last session ends, to {clock(last)}"
            raise ValueError(f"--end-of-day {given}: must be {within}")
    elif lost := feed.total - feed.published(end):
        raise ValueError(
            f"--end-of-day {given}: the feed has {lost:,} updates from then to "
            f"{clock(60 * len(feed.minutes))}, which no RDB would take. Give the time when it ends, or with "
            "--session the hours when it trades, over midnight too"
        )
    return end


def scale_of(given: float | None, rule: Rule, roll: float) -> float | None:
    """Return the scale threshold, if there is one."""
    scale = ALARM if given is None and rule == "fixed" else given
    least = ALARM if scale is None else scale
    if not 0 < least < roll < 100:
        raise ValueError(f"--scale {least:g} and --roll {roll:g}: must be 0 < scale < roll < 100")
    return scale


def hard_of(given: float | None, rule: Rule, roll: float) -> float | None:
    """Return the hard threshold, if there is one; 0 stands for none."""
    if given is None:
        return HARD if rule == "demand" and roll < HARD else None
    if given and not roll < given < 100:
        raise ValueError(f"--hard {given:g}: must be above --roll {roll:g} and below 100, or none")
    return given or None


def seconds_of(name: str, time: str) -> int:
    """Return a time of day in seconds."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", time, re.ASCII):
        raise ValueError(f"{name} {time}: must be HH:MM from 00:00 to 24:00")
    hours, minutes = map(int, time.split(":"))
    return hours * 3600 + minutes * 60
