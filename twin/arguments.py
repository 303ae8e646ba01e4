"""The arguments of a day: what may be given, and what it means."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from twin.aws.delivery import Faults
from twin.day.day import Options
from twin.market.feed import from_csv, paper
from twin.market.rdb import SIZES

LONGEST_LEAD = 6 * 3600
LONGEST_DELAY = 3600


def number(low: float, high: float, *, whole: bool = False) -> Callable[[str], float]:
    """A parser of numbers from `low` to `high`; argparse names the argument when it refuses."""

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
    """A file to write, its folder made now: a day takes a minute, and must not fail at its end."""
    path = Path(text)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a"):
            pass
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot be written: {error}") from error
    return path


def add_cluster(day: argparse.ArgumentParser) -> None:
    """The cluster and its feed."""
    percent, count = number(0, 100), number(1, 10**9, whole=True)
    day.add_argument("--size", choices=SIZES, default="medium", help="host size (%(default)s)")
    day.add_argument(
        "--scale",
        type=percent,
        default=60,
        metavar="PERCENT",
        help="memory at which the next RDB is launched (%(default)s)",
    )
    day.add_argument(
        "--roll",
        type=percent,
        default=85,
        metavar="PERCENT",
        help="memory at which the live RDB hands over (%(default)s)",
    )
    day.add_argument(
        "--lead",
        type=number(1, LONGEST_LEAD, whole=True),
        default=60,
        metavar="SECONDS",
        help="from launch to standby (%(default)s)",
    )
    day.add_argument(
        "--feed",
        default="paper",
        metavar="paper|FILE",
        help="a CSV file with the header minute,updates and lines such as 07:30,412 (%(default)s)",
    )
    day.add_argument("--updates-per-day", type=count, metavar="N", help="scale the feed to N updates")
    day.add_argument(
        "--kib-per-update",
        type=number(0.001, 1e6),
        metavar="X",
        help="memory that one update takes (the paper's for that size)",
    )
    day.add_argument(
        "--end-of-day", default="24:00", metavar="HH:MM", help="when RDBs are emptied (%(default)s)"
    )


def add_messages(day: argparse.ArgumentParser) -> None:
    """What happens to messages."""
    share = number(0, 1)
    day.add_argument(
        "--only",
        choices=("alarm", "report", "sweep"),
        help="withhold the wake-ups of the other two, and with alarm and sweep every report but `drained`",
    )
    day.add_argument(
        "--loss",
        type=share,
        default=0,
        metavar="SHARE",
        help="of messages that are lost, 0 to 1 (%(default)s)",
    )
    day.add_argument(
        "--duplicates",
        type=share,
        default=0,
        metavar="SHARE",
        help="of messages that come twice, 0 to 1 (%(default)s)",
    )
    day.add_argument(
        "--delay",
        type=number(0, LONGEST_DELAY),
        default=0,
        metavar="SECONDS",
        help="messages are up to so much late, and so out of order (%(default)s)",
    )
    day.add_argument(
        "--seed",
        type=number(0, 2**31, whole=True),
        default=0,
        metavar="N",
        help="the same seed, the same day (%(default)s)",
    )


def options_of(args: argparse.Namespace) -> Options:
    """The options of a day. Raises ValueError naming the argument, or the line of the feed's file."""
    if not 0 < args.scale < args.roll < 100:
        raise ValueError(f"--scale {args.scale:g} and --roll {args.roll:g}: must be 0 < scale < roll < 100")
    feed = paper() if args.feed == "paper" else from_csv(Path(args.feed))
    return Options(
        size=args.size,
        scale=args.scale,
        roll=args.roll,
        lead=args.lead,
        feed=feed.scaled(args.updates_per_day) if args.updates_per_day else feed,
        feed_name=Path(args.feed).name,
        kib_per_update=args.kib_per_update,
        end_of_day=_seconds_of_day(args.end_of_day),
        only=args.only,
        faults=Faults(args.loss, args.duplicates, args.delay, args.seed),
    )


def _seconds_of_day(text: str) -> int:
    hours, _, minutes = text.partition(":")
    if (
        len(text) != 5
        or not (hours + minutes).isdecimal()
        or int(minutes) > 59
        or int(hours + minutes) > 2400
    ):
        raise ValueError(f"--end-of-day {text}: must be HH:MM from 00:00 to 24:00")
    return int(hours) * 3600 + int(minutes) * 60
