"""The command `report`: a day of a cluster, what it cost, and what one static host would have cost."""

import argparse
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import boto3
import msgspec

from highwater.command import Command, add_json
from highwater.deploy.rules.cost import DATA, Item, estimate, of_static_host
from highwater.deploy.rules.counts import Usage
from highwater.deploy.rules.prices import AS_OF, PRICED
from highwater.operate.api import Api
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import add_cluster, cluster_of, decisions_of, put, width
from highwater.operate.words.day import DAY, DayTold, day_told, static_gib
from highwater.operate.words.day_report import Money, Report, report_lines, unknowns
from highwater.operate.words.drawn import day_chart
from highwater.operate.words.plain import GIBIBYTE, instant
from highwater.operate.words.report_page import render
from highwater.terminal import Failed, Refused, say, show
from highwater.values import number, output

HELP = f"""\
Shows a day of a cluster, from 00:00 to 24:00 UTC, as its recorded decisions tell it: hosts, hours,
GiB-hours, launches, minutes without a live RDB, alerts, and what it cost beside one host that
holds all of it. It says what it cannot know. It asks the HTTP API alone, not AWS's bill.

Prices of hosts are yours to give; the others are list prices of {PRICED} as known in
{AS_OF} (`highwater cost --prices`), times --price-factor.

Examples:
  highwater report trades                                    today, up to now
  highwater report trades --day 2026-11-23
  highwater report trades --instance-price 0.0376 --static-price 0.3008 --memory 4
  highwater report trades --day 2026-11-23 --json
  highwater report trades --day 2026-11-23 --html out/report.html

--html writes the same as a page that opens offline, with a picture of the day.

Exit status: 0 done; 1 AWS or the API failed; 2 refused.
"""
MOST, KEPT_DAYS = 10_000, 90
TICKERPLANT = "the tickerplant's host"
NUMBERS = (
    ("memory", "GIB", "memory of a host, as its type has it (default: what its RDBs report, which is less)"),
    ("instance-price", "USD", "price of a host's hour in your region"),
    ("static-price", "USD", "price of an hour of one host that holds the whole day"),
    ("log-gb", "GB", "what the tickerplant logged (10)"),
    ("price-factor", "F", f"prices of your region as a multiple of those of {PRICED} (1)"),
)


class Recorded(NamedTuple):
    """A day's decisions, the oldest first, the last one before it, and the cluster as it is at `now`."""

    view: dict[str, Any]
    begins: datetime
    now: datetime
    before: list[dict[str, Any]]
    decisions: list[dict[str, Any]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument("--html", type=output, metavar="FILE", help="write a page of the day here (none)")
    add_cluster(parser)
    parser.add_argument("--day", type=_date, metavar="DATE", help="the day, as 2026-11-23 (default: today)")
    for name, metavar, text in NUMBERS:
        parser.add_argument(f"--{name}", type=number(0.0001, 1e6), metavar=metavar, help=text)
    add_connection(parser)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Show the report. Raises Refused and Failed."""
    day = recorded(connected(args, session), args)
    report = report_of(day, args)
    if args.html:
        write_page(day, report, args)
    if args.json:
        show(args, msgspec.to_builtins(report))
    else:
        put(*report_lines(report, width()))
    return 0


def write_page(day: Recorded, report: Report, args: argparse.Namespace) -> None:
    """Write the page of a day and say where. Raises Failed."""
    chart = day_chart(day.view, day.decisions, day.before, day.begins)
    try:
        args.html.write_text(render(report, chart), encoding="utf-8")
    except OSError as error:
        raise Failed(f"--html {args.html}: cannot be written: {error.strerror}.") from error
    say(f"The page: {args.html}")


def recorded(api: Api, args: argparse.Namespace) -> Recorded:
    """Return what is on record of a day. Raises Refused for one that has not begun, or has too much."""
    view = cluster_of(api, args.cluster)
    now = instant(view["at"])
    begins = datetime.combine(args.day or now.date(), time(), UTC)
    if begins > now:
        raise Refused(f"--day {begins:%F}: has not begun; it is {now:%FT%TZ}.")
    span = {"since": f"{begins:%FT%TZ}", "until": f"{begins + DAY:%FT%TZ}"}
    decisions = list(decisions_of(api, view["cluster"], MOST + 1, **span))[::-1]
    if len(decisions) > MOST:
        raise Refused(f"--day {begins:%F}: has more than {MOST:,} decisions, which no report counts.")
    before = list(decisions_of(api, view["cluster"], 1, until=span["since"]))
    return Recorded(view, begins, now, before, decisions)


def report_of(day: Recorded, args: argparse.Namespace) -> Report:
    """Return the report of a day. Raises Refused for a day of which no decision is kept."""
    view, now = day.view, day.now
    told = _told(day)
    bytes_of_hosts = [rdb["memory_total"] for rdb in view["rdbs"] if rdb["memory_total"]]
    host_bytes = args.memory * GIBIBYTE if args.memory else max(bytes_of_hosts, default=None)
    roll = view["settings"]["roll_threshold"]
    given = {name: getattr(args, name) is not None for name in Usage.__struct_fields__ if hasattr(args, name)}
    given |= {name: getattr(args, name) is not None for name in ("memory", "static_price")}
    return Report(
        cluster=args.cluster,
        told=told,
        roll_percent=roll,
        host_gib=host_bytes / GIBIBYTE if host_bytes else None,
        gib_hours=told.host_hours * host_bytes / GIBIBYTE if host_bytes else None,
        static_gib=static_gib(told, host_bytes, roll) if host_bytes and told.took else None,
        money=money_of(told, args),
        not_known=unknowns(told, given, now),
    )


def money_of(told: DayTold, args: argparse.Namespace) -> Money:
    """Return what the day cost, by the prices that are given and those of `highwater cost`."""
    fixed = {"log_gb": args.log_gb, "price_factor": args.price_factor, "instance_price": args.instance_price}
    usage = Usage(
        rdbs=told.most_hosts,
        rdb_hours=told.host_hours,
        **{name: value for name, value in fixed.items() if value is not None},
    )
    hours = (told.ends - told.begins) / timedelta(hours=1)
    whole = told.over and args.instance_price is not None
    items = estimate(usage) if whole else []
    static = of_static_host(usage, args.static_price) if whole and args.static_price is not None else []
    return Money(
        hosts=told.host_hours * args.instance_price if args.instance_price is not None else None,
        whole=_sum(items),
        parts=_parts(items, usage),
        static_host=hours * args.static_price if args.static_price is not None else None,
        static_whole=_sum(static),
        static_parts=_parts_of_static(static),
    )


def _parts(items: list[Item], usage: Usage) -> dict[str, float]:
    """Return the lines of the bill: hosts of RDBs and the tickerplant apart, what is Highwater's together."""
    if not items:
        return {}
    lines = {item.name: item.per_day for item in items if item.name in DATA}
    lines.pop("hosts", None)
    own = sum(item.per_day for item in items if item.name not in DATA)
    return {TICKERPLANT: 24 * usage.instance_price, **lines, "Highwater itself": own}


def _parts_of_static(items: list[Item]) -> dict[str, float]:
    """Return the lines of one static host's bill, but for the host."""
    named = {TICKERPLANT if item.name == "tickerplant" else item.name: item.per_day for item in items}
    return {name: per_day for name, per_day in named.items() if name != "RDB host"}


def _sum(items: list[Item]) -> float | None:
    return sum(item.per_day for item in items) if items else None


def _told(day: Recorded) -> DayTold:
    rdbs = day.view["rdbs"]
    live = {one["instance_id"]: one["memory_percent"] or 0 for one in rdbs if one["state"] == "live"}
    told = day_told(day.before[0] if day.before else None, day.decisions, day.begins, day.now, live)
    if told is None:
        raise Refused(
            f"--day {day.begins:%F}: no decision up to then is kept; each is kept for {KEPT_DAYS} days."
        )
    return told


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-11-23") from None


COMMAND = Command(
    "report", "show a day of a cluster, and what it cost", HELP, add_options, run, needs_checkout=False
)
