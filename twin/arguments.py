"""The arguments of a day: what may be given, and what it means."""

import argparse
from pathlib import Path
from typing import get_args

from chalicelib.core.facts.calendar import MOST_GRACE_MINUTES, Overnight
from highwater.market.feed import Feed
from highwater.market.rdb import SIZES
from highwater.market.sessions import Session
from highwater.values import MEMORY, SEED, Argument, add_arguments, number, percent_or_none, session
from highwater.whatif.bounds import impossible
from highwater.whatif.given import (
    end_of_day,
    feed_of,
    hard_of,
    scale_of,
    seconds_of,
    sessions_of,
    traded_of,
)
from twin.aws.delivery import Faults
from twin.day.options import Only, Options

LONGEST_LEAD = 6 * 3600
LONGEST_DELAY = 3600
# What the cluster's template allows.
SMALLEST_GROUP, LARGEST_GROUP = 2, 400

PERCENT, SHARE = number(0, 100), number(0, 1)
SESSION = (
    "when the market trades, by the clock of the feed's minutes, which the day takes for UTC: 09:30-16:00 "
    "where a file has New York's, or 22:00-21:00 over midnight; again for each session, in the order of the "
    "day. The feed's updates outside are left out, and the day ends when the last session does (all day)"
)
FEED = "the paper's day, or a CSV file with the header minute,updates and lines such as 07:30,412"
MARKET: tuple[Argument, ...] = (
    (
        "--scale",
        PERCENT,
        None,
        "PERCENT",
        "memory of the host at which the next one is launched in any case (none; 60 with --rule fixed)",
    ),
    ("--roll", PERCENT, 85, "PERCENT", "memory of the host at which the live RDB hands over"),
    (
        "--hard",
        percent_or_none,
        None,
        "PERCENT|none",
        "memory up to which the live RDB goes on while nobody stands by (92; none with --rule fixed)",
    ),
    (
        "--yesterday",
        number(0, 10**9, whole=True),
        None,
        "N",
        "the updates of the day before, by which demand keeps a reserve; 0 is a first day (the day's own)",
    ),
    (
        "--lead",
        number(1, LONGEST_LEAD, whole=True),
        60,
        "SECONDS",
        "from the launch of a host to its standby",
    ),
    ("--feed", str, "paper", "paper|FILE", FEED),
    ("--updates-per-day", number(1, 10**9, whole=True), None, "N", "scale what is traded to N updates"),
    ("--volume", number(0.001, 1000), None, "N", "scale what is traded to N times as many updates (1)"),
    (
        "--kib-per-update",
        number(0.001, 1e6),
        None,
        "KIB",
        "memory of one update, a batch of rows (the paper's for that size)",
    ),
    MEMORY,
    (
        "--grace",
        number(0, MOST_GRACE_MINUTES, whole=True),
        None,
        "MINUTES",
        "from the end of a session until RDBs that have rolled are to drain (0; of `highwater calendar` 60)",
    ),
    (
        "--end-of-day",
        str,
        None,
        "HH:MM",
        "when the day is persisted, and all RDBs but the live one drain, in UTC (when the last session and "
        "its grace end, or 24:00)",
    ),
    (
        "--max-size",
        number(SMALLEST_GROUP, LARGEST_GROUP, whole=True),
        40,
        "N",
        "MaxSize of the group: the most hosts at once",
    ),
)
RUN: tuple[Argument, ...] = (
    ("--until", str, None, "HH:MM", "end the run at this time, in UTC; without it 45 minutes after the day"),
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


def add_market(parser: argparse.ArgumentParser) -> None:
    """Add the cluster and its feed."""
    parser.set_defaults(only=None, **{name.lstrip("-"): default for name, _, default, *_ in RUN})
    parser.add_argument(
        "--size", choices=SIZES, default="medium", help="each host is a t3a of this size (%(default)s)"
    )
    add_arguments(parser, MARKET)
    parser.add_argument(
        "--session", type=session, action="append", default=[], metavar="HH:MM-HH:MM", help=SESSION
    )
    parser.add_argument(
        "--overnight",
        choices=get_args(Overnight),
        default="one",
        help="hosts to keep between sessions; with none, the first comes back before the open (%(default)s)",
    )
    parser.add_argument(
        "--rule",
        choices=("demand", "fixed"),
        default="demand",
        help="launch the next host by demand, or at the scale threshold alone (%(default)s)",
    )


def add_day(parser: argparse.ArgumentParser) -> None:
    """Add the cluster, its feed and what happens to messages."""
    add_market(parser)
    add_arguments(parser, RUN)
    parser.add_argument(
        "--only",
        choices=get_args(Only),
        help="let only this kind of event wake the control plane; drained reports and events of EC2 Auto "
        "Scaling always do",
    )


def options_of(args: argparse.Namespace) -> Options:
    """Return the options of a day. Raises ValueError naming the argument, or the line of the feed's file."""
    scale = scale_of(args.scale, args.rule, args.roll)
    sessions = sessions_of(args.session)
    file = feed_of(args.feed, sessions)
    grace = _grace(args, sessions)
    end = end_of_day(args.end_of_day, sessions, grace, file.feed)
    traded = traded_of(args.feed, file.feed, sessions)
    updates = _updates(args, traded)
    feed_of_day = traded.scaled(updates) if updates else traded
    left_out = file.feed.total - traded.total
    options = Options(
        size=args.size,
        scale=scale,
        roll=args.roll,
        hard=hard_of(args.hard, args.rule, args.roll),
        rule=args.rule,
        yesterday=args.yesterday,
        lead=args.lead,
        feed=feed_of_day,
        feed_name=Path(args.feed).name,
        kib_per_update=args.kib_per_update or file.kib_per_update,
        columns=args.memory,
        end_of_day=end,
        until=seconds_of("--until", args.until) if args.until else None,
        only=args.only,
        faults=Faults(args.loss, args.duplicates, args.delay, args.seed),
        max_size=args.max_size,
        sessions=sessions,
        grace=grace,
        overnight=args.overnight,
        outside=round(left_out * feed_of_day.total / traded.total) if traded.total else 0,
    )
    if why := impossible(options):
        raise ValueError(why)
    return options


def _updates(args: argparse.Namespace, traded: Feed) -> int | None:
    """Return how many updates the day was given, as a number or as so many times what is traded, if any."""
    total: int | None = args.updates_per_day
    volume: float | None = args.volume
    if volume is None:
        return total
    if total:
        raise ValueError("--volume: does not go with --updates-per-day, which says the number itself")
    return round(traded.total * volume)


def _grace(args: argparse.Namespace, sessions: tuple[Session, ...]) -> int:
    if sessions:
        return args.grace or 0
    for name, given in (("--grace", args.grace), ("--overnight", args.overnight == "none")):
        if given:
            raise ValueError(f"{name}: needs the hours when the market trades: --session HH:MM-HH:MM")
    return 0
