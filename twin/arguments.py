"""The arguments of a day: what may be given, and what it means."""

import argparse
import math
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, get_args

from twin.aws.delivery import Faults
from twin.day.day import Only, Options
from twin.day.feed_file import read_feed
from twin.market.feed import paper
from twin.market.rdb import SIZES

LONGEST_LEAD = 6 * 3600
LONGEST_DELAY = 3600

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


PERCENT, SHARE, SEED = number(0, 100), number(0, 1), number(0, 2**31, whole=True)
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
    ("--updates-per-day", number(1, 10**9, whole=True), None, "N", "scale the feed to N updates"),
    (
        "--kib-per-update",
        number(0.001, 1e6),
        None,
        "KIB",
        "memory of one update, a batch of rows (the paper's for that size)",
    ),
    ("--end-of-day", str, "24:00", "HH:MM", "when RDBs drain and the live one empties itself, in UTC"),
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
        "--only",
        choices=get_args(Only),
        help="let only this kind of event wake the control plane; drained reports and events of EC2 Auto "
        "Scaling always do",
    )


def options_of(args: argparse.Namespace) -> Options:
    """Return the options of a day. Raises ValueError naming the argument, or the line of the feed's file."""
    if not 0 < args.scale < args.roll < 100:
        raise ValueError(f"--scale {args.scale:g} and --roll {args.roll:g}: must be 0 < scale < roll < 100")
    feed = paper() if args.feed == "paper" else read_feed(Path(args.feed))
    return Options(
        size=args.size,
        scale=args.scale,
        roll=args.roll,
        lead=args.lead,
        feed=feed.scaled(args.updates_per_day) if args.updates_per_day else feed,
        feed_name=Path(args.feed).name,
        kib_per_update=args.kib_per_update,
        end_of_day=_seconds("--end-of-day", args.end_of_day),
        until=_seconds("--until", args.until) if args.until else None,
        only=args.only,
        faults=Faults(args.loss, args.duplicates, args.delay, args.seed),
    )


def _seconds(name: str, time: str) -> int:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", time, re.ASCII):
        raise ValueError(f"{name} {time}: must be HH:MM from 00:00 to 24:00")
    hours, minutes = map(int, time.split(":"))
    return hours * 3600 + minutes * 60
