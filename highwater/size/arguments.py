"""The options of `highwater size`: what may be given, and what it means. A ValueError names the option."""

import argparse
import os
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, get_args

from chalicelib.core.facts.calendar import MOST_GRACE_MINUTES
from highwater.command import add_json
from highwater.size.choice import Calendar, Choice, FeedOfDay, Market, Tried, day_of
from highwater.values import number, output, percent_or_none, session
from highwater.whatif.bounds import impossible
from highwater.whatif.given import PAPER, Rule, end_of_day, feed_of, sessions_of, traded_of
from highwater.whatif.host_types import HOST_TYPES, PRICED, HostType, of_memory

# Tried where no --type is given.
USUAL = (
    *("t3a.medium", "t3a.large", "t3a.xlarge", "t3a.2xlarge"),
    *("m6a.large", "m6a.xlarge", "m6a.2xlarge", "r6a.large", "r6a.xlarge"),
)
LONGEST_LEAD, LARGEST_GROUP = 6 * 3600, 400
MEANT = "give another --type, --max-size, --kib-per-update or --updates-per-day"


class Asked(NamedTuple):
    """What a sizing is of: its choices, its market, and why types were left out."""

    choices: list[Choice]
    market: Market
    left_out: dict[str, str]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument("--page", type=output, metavar="FILE", help="write a page with the picture here")
    parser.add_argument("--prices", action="store_true", help="show the table of types, and stop")
    parser.add_argument(
        "--feed",
        action="append",
        metavar="FILE",
        help="a day: a CSV file with the header minute,updates and lines such as 07:30,412; again for each "
        "day, in their order (the paper's day)",
    )
    parser.add_argument(
        "--session",
        type=session,
        action="append",
        default=[],
        metavar="HH:MM-HH:MM",
        help="when the market trades, by the clock of the feeds' minutes; again for each session",
    )
    for name, kind, default, metavar, text in (
        (
            "updates-per-day",
            number(1, 10**9, whole=True),
            None,
            "N",
            "scale what is traded on each day to N updates",
        ),
        (
            "kib-per-update",
            number(0.001, 1e6),
            None,
            "KIB",
            "memory of one update, a batch of rows (by the feed's column bytes, or the paper's)",
        ),
        ("type", host_type, None, "TYPE", "NAME, or NAME:GIB:USD by hand; again for each (nine usual ones)"),
        (
            "roll",
            _list(number(1, 99)),
            (85.0,),
            "P,...",
            "memory in percent at which the live RDB hands over (85)",
        ),
        ("scale", _list(percent_or_none), (0,), "P|none,...", "scale thresholds (none)"),
        ("hard", _list(percent_or_none), (None,), "P|none,...", "hard thresholds (92)"),
        ("rule", _list(_one_of(Rule)), ("demand",), "RULE,...", "demand, fixed"),
        (
            "lead",
            _list(number(1, LONGEST_LEAD, whole=True)),
            (60,),
            "S,...",
            "seconds from launch to standby (60)",
        ),
        (
            "calendar",
            _list(_one_of(Calendar)),
            None,
            "C,...",
            "off: none; or the hosts to keep between sessions: one, none (with sessions all three)",
        ),
        (
            "grace",
            number(0, MOST_GRACE_MINUTES, whole=True),
            None,
            "MINUTES",
            "from a session's end until RDBs drain (0)",
        ),
        ("end-of-day", str, None, "HH:MM", "when the day is persisted (after the last session, or 24:00)"),
        ("max-size", number(2, LARGEST_GROUP, whole=True), 40, "N", "the most hosts at once (40)"),
        (
            "cushion",
            number(0, 600),
            0.0,
            "MINUTES",
            "how early each standby must be, for a recommendation (0)",
        ),
        (
            "price-factor",
            number(0.01, 10),
            None,
            "F",
            f"prices of your region as a multiple of {PRICED}'s (1)",
        ),
        ("workers", number(1, 256, whole=True), os.cpu_count() or 1, "N", "processes (one for each CPU)"),
    ):
        more: dict[str, Any] = {"action": "append"} if name == "type" else {}
        parser.add_argument(f"--{name}", type=kind, default=default, metavar=metavar, help=text, **more)


def host_type(text: str) -> HostType:
    """Return a type of the table by its name, or one that is given as NAME:GIB:USD."""
    name, *numbers = text.split(":")
    if not numbers:
        if found := HOST_TYPES.get(name):
            return found
        near = get_close_matches(name, HOST_TYPES, n=3, cutoff=0.4)
        guess = f"the nearest are {', '.join(near)}" if near else "--prices shows them"
        raise argparse.ArgumentTypeError(
            f"{name!r} is not in the table: {guess}; or give it by hand, as {name or 'NAME'}:GIB:USD"
        )
    try:
        gib, usd = map(float, numbers)
    except ValueError:
        gib = usd = 0.0
    if not (name and 0.25 <= gib <= 32_768 and 0 < usd <= 1_000):
        raise argparse.ArgumentTypeError(
            f"must be NAME:GIB:USD, with GIB from 0.25 to 32768 and USD an hour up to 1000, not {text!r}"
        )
    return of_memory(name, gib, usd)


def asked_of(args: argparse.Namespace) -> Asked:
    """Return what is to be tried. A type that does not hold every day is left out; raises if none does."""
    sessions = sessions_of(args.session)
    if not sessions and (args.grace or args.calendar):
        name = "--grace" if args.grace else "--calendar"
        raise ValueError(f"{name}: needs the hours when the market trades: --session HH:MM-HH:MM")
    usual: tuple[Calendar, ...] = get_args(Calendar) if sessions else ("off",)
    calendars = args.calendar or usual
    if sessions and sessions[0].begin < 0 and "off" in calendars:
        if args.calendar:
            raise ValueError("--calendar off: a day that begins the evening before needs its calendar")
        calendars = usual[1:]
    market = Market(_days(args), sessions, args.grace or 0, args.max_size)
    hosts = tuple(dict.fromkeys(args.type or (HOST_TYPES[name] for name in USUAL)))
    scales = tuple(scale or None for scale in args.scale)
    tried = Tried(hosts, args.rule, scales, args.roll, args.hard, args.lead, calendars)
    choices: list[Choice] = []
    left_out: dict[str, str] = {}
    for choice in tried.choices():
        if why := _misfit(choice, market):
            left_out.setdefault(f"{choice.host.name}, roll {choice.roll:g}", why)
        else:
            choices.append(choice)
    if not choices:
        largest = max(hosts, key=lambda host: host.gib).name
        why = next(why for name, why in left_out.items() if name.startswith(f"{largest}, "))
        raise ValueError(f"no type that was tried holds every day; the largest does not: {why}")
    return Asked(choices, market, left_out)


def _days(args: argparse.Namespace) -> tuple[FeedOfDay, ...]:
    """Return the days; each knows how many updates the one before it had, and the first has its own."""
    sessions, names = sessions_of(args.session), args.feed or [PAPER]
    files = [feed_of(name, sessions) for name in names]
    traded = [traded_of(name, file.feed, sessions) for name, file in zip(names, files, strict=True)]
    days: list[FeedOfDay] = []
    for name, file, feed in zip(names, files, traded, strict=True):
        if not feed.total:
            raise ValueError(f"--feed {name}: has no updates")
        scaled = feed.scaled(args.updates_per_day) if args.updates_per_day else feed
        days.append(
            FeedOfDay(
                name="the paper's day" if name == PAPER else os.path.basename(name),
                feed=scaled,
                yesterday=days[-1].feed.total if days else scaled.total,
                kib_per_update=args.kib_per_update or file.kib_per_update,
                end_of_day=end_of_day(args.end_of_day, sessions, args.grace or 0, file.feed),
            )
        )
    return tuple(days)


def _misfit(choice: Choice, market: Market) -> str | None:
    """Return why a choice does not hold one of the days."""
    for feed in market.days:
        if why := impossible(day_of(choice, market, feed), meant=f"For {feed.name} {MEANT}."):
            return why
    return None


def _list[T](parse: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    return lambda text: tuple(parse(part) for part in text.split(","))


def _one_of(kind: Any) -> Callable[[str], str]:
    def parse(text: str) -> str:
        names: Sequence[str] = get_args(kind)
        if text not in names:
            near = get_close_matches(text, names, n=1)
            guess = f"; did you mean {near[0]}?" if near else ""
            raise argparse.ArgumentTypeError(f"must be of {', '.join(names)}, not {text!r}{guess}")
        return text

    return parse
