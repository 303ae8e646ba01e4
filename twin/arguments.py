"""The arguments of a day: what may be given, and what it means."""

import argparse
import math
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, get_args

from twin.aws.delivery import Faults
from twin.day.bounds import impossible
from twin.day.day import Only, Options
from twin.day.feed_file import read_feed
from twin.market.feed import Feed, paper
from twin.market.rdb import SIZES
from twin.market.sessions import (
    DAY_SECONDS,
    BadSessions,
    Session,
    beginning_of,
    clock,
    in_order,
    session_of,
)

LONGEST_LEAD = 6 * 3600
LONGEST_DELAY = 3600
# What the cluster's template allows.
SMALLEST_GROUP, LARGEST_GROUP = 2, 400

# Name, parser, default, placeholder, help.
Argument = tuple[str, Callable[[str], Any], Any, str | None, str]


def number(low: float, high: float, *, whole: bool = False) -> Callable[[str], float]:
    """Return a parser of numbers from `low` to `high`; argparse names the argument when it refuses."""

    def parse(text: str) -> float:
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            kind = "whole number" if whole else "number"
            raise argparse.ArgumentTypeError(f"must be a {kind} from {low:g} to {high:g}, not {text!r}")
        return value

    return parse


def output(text: str) -> Path:
    """Return a file to write, its folder made now: a day takes a minute, and must not fail at its end.

    A run that is refused leaves no empty file, and one that is there stays as it is.
    """
    path = Path(text)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        there = path.exists()
        with path.open("a"):
            pass
        if not there:
            path.unlink()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot be written: {error}") from error
    return path


def session(text: str) -> Session:
    """Return a session; argparse names the argument when it is refused."""
    try:
        return session_of(text)
    except BadSessions as error:
        raise argparse.ArgumentTypeError(str(error)) from error


PERCENT, SHARE, SEED = number(0, 100), number(0, 1), number(0, 2**31, whole=True)
SESSION = (
    "when the market trades, in UTC, such as 09:30-16:00, or 22:00-21:00 over midnight; again for each "
    "session, in the order of the day. The feed's updates outside are left out, and the day ends when the "
    "last session does (all day)"
)
FEED = "the paper's day, or a CSV file with the header minute,updates and lines such as 07:30,412"
DAY: tuple[Argument, ...] = (
    ("--scale", PERCENT, 60, "PERCENT", "memory of the host at which the next one is launched"),
    ("--roll", PERCENT, 85, "PERCENT", "memory of the host at which the live RDB hands over"),
    (
        "--lead",
        number(1, LONGEST_LEAD, whole=True),
        60,
        "SECONDS",
        "from the launch of a host to its standby",
    ),
    ("--feed", str, "paper", "paper|FILE", FEED),
    ("--updates-per-day", number(1, 10**9, whole=True), None, "N", "scale what is traded to N updates"),
    (
        "--kib-per-update",
        number(0.001, 1e6),
        None,
        "KIB",
        "memory of one update, a batch of rows (the paper's for that size)",
    ),
    (
        "--end-of-day",
        str,
        None,
        "HH:MM",
        "when RDBs drain and the live one empties itself, in UTC (when the last session ends, or 24:00)",
    ),
    ("--until", str, None, "HH:MM", "end the run at this time, in UTC; without it 45 minutes after the day"),
    (
        "--max-size",
        number(SMALLEST_GROUP, LARGEST_GROUP, whole=True),
        40,
        "N",
        "MaxSize of the group: the most hosts at once",
    ),
    ("--loss", SHARE, 0, "SHARE", "of messages that are lost, from 0 to 1"),
    ("--duplicates", SHARE, 0, "SHARE", "of messages that come twice, from 0 to 1"),
    (
        "--delay",
        number(0, LONGEST_DELAY),
        0,
        "SECONDS",
        "the most that a message is late, and so out of order",
    ),
    ("--seed", SEED, 0, "N", "the same seed, the same day"),
)


def add_arguments(parser: argparse.ArgumentParser, arguments: Iterable[Argument]) -> None:
    """Add arguments, each with its default in its help."""
    for name, kind, default, metavar, text in arguments:
        shown = text if default is None else f"{text} (%(default)s)"
        parser.add_argument(name, type=kind, default=default, metavar=metavar, help=shown)


def add_day(parser: argparse.ArgumentParser) -> None:
    """Add the cluster, its feed and what happens to messages."""
    parser.add_argument(
        "--size", choices=SIZES, default="medium", help="each host is a t3a of this size (%(default)s)"
    )
    add_arguments(parser, DAY)
    parser.add_argument(
        "--session", type=session, action="append", default=[], metavar="HH:MM-HH:MM", help=SESSION
    )
    parser.add_argument(
        "--only",
        choices=get_args(Only),
        help="let only this kind of event wake the control plane; drained reports and events of EC2 Auto "
        "Scaling always do",
    )


def options_of(args: argparse.Namespace) -> Options:
    """Return the options of a day. Raises ValueError naming the argument, or the line of the feed's file."""
    if not 0 < args.scale < args.roll < 100:
        raise ValueError(f"--scale {args.scale:g} and --roll {args.roll:g}: must be 0 < scale < roll < 100")
    sessions = _sessions(args.session)
    feed = _feed(args.feed, sessions)
    traded = feed.during(sessions, beginning_of(sessions)) if sessions else feed
    end_of_day = _end_of_day(args.end_of_day, sessions, feed)
    if sessions and not traded.total:
        raise ValueError(f"--session {', '.join(map(str, sessions))}: --feed {args.feed} has no update then")
    feed_of_day = traded.scaled(args.updates_per_day) if args.updates_per_day else traded
    options = Options(
        size=args.size,
        scale=args.scale,
        roll=args.roll,
        lead=args.lead,
        feed=feed_of_day,
        feed_name=Path(args.feed).name,
        kib_per_update=args.kib_per_update,
        end_of_day=end_of_day,
        until=_seconds("--until", args.until) if args.until else None,
        only=args.only,
        faults=Faults(args.loss, args.duplicates, args.delay, args.seed),
        max_size=args.max_size,
        sessions=sessions,
        outside=round((feed.total - traded.total) * feed_of_day.total / traded.total) if traded.total else 0,
    )
    if why := impossible(options):
        raise ValueError(why)
    return options


def _sessions(given: list[Session]) -> tuple[Session, ...]:
    try:
        return in_order(given)
    except BadSessions as error:
        raise ValueError(f"--session {error}") from error


def _feed(name: str, sessions: tuple[Session, ...]) -> Feed:
    if name == "paper":
        return paper()
    try:
        return read_feed(Path(name), over_midnight=beginning_of(sessions) < 0)
    except OSError as error:
        raise ValueError(f"--feed {name}: cannot be read: {error.strerror}") from error


def _end_of_day(given: str | None, sessions: tuple[Session, ...], feed: Feed) -> int:
    """Return the end of the day in seconds from midnight: every update is published before it."""
    if given is None:
        return sessions[-1].end if sessions else DAY_SECONDS
    end = _seconds("--end-of-day", given)
    if sessions:
        first, last = sessions[-1].end, DAY_SECONDS + beginning_of(sessions)
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


def _seconds(name: str, time: str) -> int:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", time, re.ASCII):
        raise ValueError(f"{name} {time}: must be HH:MM from 00:00 to 24:00")
    hours, minutes = map(int, time.split(":"))
    return hours * 3600 + minutes * 60
