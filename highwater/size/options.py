"""The options of `highwater size`: the days, the choices to try, and what decides between them."""

import argparse
import os
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from chalicelib.core.facts.calendar import MOST_GRACE_MINUTES
from highwater.command import add_json
from highwater.operate.connection import add_connection
from highwater.operate.looking import cluster_name
from highwater.size.choice import Calendar
from highwater.values import MEMORY, add_arguments, number, output, percent_or_none, session
from highwater.whatif.given import Rule
from highwater.whatif.host_types import HOST_TYPES, PRICED, HostType, of_memory

# CloudWatch keeps a point of each minute for 15 days.
USUAL_DAYS, MOST_DAYS = 5, 14
LONGEST_LEAD, LARGEST_GROUP = 6 * 3600, 400


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument("--page", type=output, metavar="FILE", help="write a page with the picture here")
    parser.add_argument("--prices", action="store_true", help="show the table of types, and stop")
    _add_days(parser)
    _add_choices(parser)
    parser.add_argument(
        "--max-size",
        type=number(2, LARGEST_GROUP, whole=True),
        default=40,
        metavar="N",
        help="the most hosts at once (40)",
    )
    parser.add_argument(
        "--cushion",
        type=number(0, 600),
        default=0.0,
        metavar="MINUTES",
        help="how early each standby must be, for a recommendation (0)",
    )
    parser.add_argument(
        "--price-factor",
        type=number(0.01, 10),
        metavar="F",
        help=f"prices of your region as a multiple of {PRICED}'s (1)",
    )
    parser.add_argument(
        "--workers",
        type=number(1, 256, whole=True),
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes (one for each CPU)",
    )


def _add_days(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--feed",
        action="append",
        metavar="FILE",
        help="a day: a CSV file with the header minute,updates and lines such as 07:30,412; again for each "
        "day, in their order (the paper's day)",
    )
    source.add_argument(
        "--cluster",
        type=cluster_name,
        metavar="CLUSTER",
        help="the last whole days of a cluster, by its own metrics, in UTC",
    )
    parser.add_argument(
        "--days",
        type=number(1, MOST_DAYS, whole=True),
        metavar="N",
        help=f"with --cluster: how many days before today, up to {MOST_DAYS} ({USUAL_DAYS})",
    )
    parser.add_argument(
        "--host-gib",
        type=number(0.25, 32_768),
        metavar="GIB",
        help="with --cluster: memory of the hosts of those days (that of hosts that run now)",
    )
    add_connection(parser)
    parser.add_argument(
        "--session",
        type=session,
        action="append",
        default=[],
        metavar="HH:MM-HH:MM",
        help="when the market trades, by the clock of the feeds' minutes; again for each session",
    )
    parser.add_argument(
        "--grace",
        type=number(0, MOST_GRACE_MINUTES, whole=True),
        metavar="MINUTES",
        help="from a session's end until RDBs drain (0)",
    )
    parser.add_argument(
        "--end-of-day", metavar="HH:MM", help="when the day is persisted (after the last session, or 24:00)"
    )
    parser.add_argument(
        "--updates-per-day",
        type=number(1, 10**9, whole=True),
        metavar="N",
        help="scale what is traded on each day to N updates",
    )
    parser.add_argument(
        "--kib-per-update",
        type=number(0.001, 1e6),
        metavar="KIB",
        help="memory of one update, a batch of rows (by the feed's column bytes, or the paper's)",
    )
    add_arguments(parser, [MEMORY])


def _add_choices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--type",
        type=host_type,
        action="append",
        metavar="TYPE",
        help="NAME, or NAME:GIB:USD by hand; again for each (nine usual ones)",
    )
    for name, parse, default, metavar, text in (
        ("roll", number(1, 99), 85.0, "P", "memory in percent at which the live RDB hands over (85)"),
        ("scale", percent_or_none, 0, "P|none", "scale thresholds (none)"),
        ("hard", percent_or_none, None, "P|none", "hard thresholds (92)"),
        ("rule", _one_of(Rule), "demand", "RULE", "demand, fixed"),
        ("lead", number(1, LONGEST_LEAD, whole=True), 60, "S", "seconds from launch to standby (60)"),
    ):
        parser.add_argument(
            f"--{name}", type=_list(parse), default=(default,), metavar=f"{metavar},...", help=text
        )
    parser.add_argument(
        "--calendar",
        type=_list(_one_of(Calendar)),
        metavar="C,...",
        help="off: none; or the hosts to keep between sessions: one, none (with sessions all three)",
    )


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
