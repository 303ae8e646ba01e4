"""What a sizing is of, from its options, checked together. A ValueError names the option."""

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple, get_args

from highwater.market.sessions import Session
from highwater.size.choice import Calendar, Choice, FeedOfDay, Market, Tried, day_of
from highwater.whatif.bounds import impossible
from highwater.whatif.feed_file import FeedFile
from highwater.whatif.given import PAPER, end_of_day, feed_of, sessions_of, traded_of
from highwater.whatif.host_types import HOST_TYPES

# Tried where no --type is given.
USUAL = (
    *("t3a.medium", "t3a.large", "t3a.xlarge", "t3a.2xlarge"),
    *("m6a.large", "m6a.xlarge", "m6a.2xlarge", "r6a.large", "r6a.xlarge"),
)
MEANT = "give another --type, --max-size, --kib-per-update or --updates-per-day"


class Asked(NamedTuple):
    """What a sizing is of: its choices, its market, and why types were left out."""

    choices: list[Choice]
    market: Market
    left_out: dict[str, str]


class Given(NamedTuple):
    """Days in their order with what they are called, when they trade, and why others were left out."""

    days: Sequence[tuple[str, FeedFile]]
    sessions: tuple[Session, ...] = ()
    grace: int | None = None
    left_out: Mapping[str, str] = {}


def files_of(args: argparse.Namespace) -> Given:
    """Return the days of files, or the paper's. Raises ValueError for one that has no updates then."""
    sessions, names = sessions_of(args.session), args.feed or [PAPER]
    files = [feed_of(name, sessions) for name in names]
    for name, file in zip(names, files, strict=True):
        if not traded_of(name, file.feed, sessions).total:
            raise ValueError(f"--feed {name}: has no updates")
    return Given(list(zip(_said(names), files, strict=True)), sessions, args.grace)


def asked_of(args: argparse.Namespace, given: Given | None = None) -> Asked:
    """Return what is to be tried, on days that are given or of files.

    A type that does not hold every day is left out; raises if none does.
    """
    given = given or files_of(args)
    sessions = given.sessions
    if not sessions and (given.grace or args.calendar):
        name = "--grace" if given.grace else "--calendar"
        raise ValueError(f"{name}: needs the hours when the market trades: --session HH:MM-HH:MM")
    usual: tuple[Calendar, ...] = get_args(Calendar) if sessions else ("off",)
    calendars = args.calendar or usual
    if sessions and sessions[0].begin < 0 and "off" in calendars:
        if args.calendar:
            raise ValueError("--calendar off: a day that begins the evening before needs its calendar")
        calendars = usual[1:]
    market = Market(_days(args, given), sessions, given.grace or 0, args.max_size, args.memory)
    hosts = tuple(dict.fromkeys(args.type or (HOST_TYPES[name] for name in USUAL)))
    scales = tuple(scale or None for scale in args.scale)
    tried = Tried(hosts, args.rule, scales, args.roll, args.hard, args.lead, calendars)
    choices: list[Choice] = []
    left_out = dict(given.left_out)
    for choice in tried.choices():
        if why := misfit(choice, market):
            left_out.setdefault(f"{choice.host.name}, roll {choice.roll:g}", why)
        else:
            choices.append(choice)
    if not choices:
        largest = max(hosts, key=lambda host: host.gib).name
        why = next(why for name, why in left_out.items() if name.startswith(f"{largest}, "))
        raise ValueError(f"no type that was tried holds every day; the largest does not: {why}")
    return Asked(choices, market, left_out)


def _days(args: argparse.Namespace, given: Given) -> tuple[FeedOfDay, ...]:
    """Return the days; each knows how many updates the one before it had, and the first has its own."""
    days: list[FeedOfDay] = []
    for name, file in given.days:
        feed = traded_of(name, file.feed, given.sessions)
        scaled = feed.scaled(args.updates_per_day) if args.updates_per_day else feed
        days.append(
            FeedOfDay(
                name=name,
                feed=scaled,
                yesterday=days[-1].feed.total if days else scaled.total,
                kib_per_update=args.kib_per_update or file.kib_per_update,
                end_of_day=end_of_day(args.end_of_day, given.sessions, given.grace or 0, file.feed),
            )
        )
    return tuple(days)


def _said(names: list[str]) -> list[str]:
    """Return what days are called: by their files without folders, unless two of these are alike."""
    short = [os.path.basename(name) for name in names]
    known = short if len({*short}) == len({*names}) else names
    return ["the paper's day" if name == PAPER else said for name, said in zip(names, known, strict=True)]


def misfit(choice: Choice, market: Market) -> str | None:
    """Return why a choice does not hold one of the days."""
    for feed in market.days:
        if why := impossible(day_of(choice, market, feed), meant=f"For {feed.name} {MEANT}."):
            return why
    return None
