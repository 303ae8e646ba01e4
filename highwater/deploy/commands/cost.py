"""The command `cost`: estimates what Highwater costs a day and a month. AWS is not asked."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import msgspec
from rich.console import Console
from rich.table import Table

from highwater.command import Command, add_json
from highwater.deploy.rules.cost import (
    DAYS,
    Item,
    estimate,
    of_static_host,
    usd_per_month,
    usd_per_rdb_month,
)
from highwater.deploy.rules.counts import Counts, Usage, counts_of
from highwater.deploy.rules.prices import AS_OF, PRICED, PRICES
from highwater.terminal import Refused
from highwater.values import number

HELP = f"""\
Estimates the most that the control plane and its clusters can cost, by list prices of {PRICED}
as known in {AS_OF}. They were not read from AWS's price lists: verify them before you rely
on the sum. --prices shows the table, each line with its source. AWS is not asked.

Not counted: free tiers but for three dashboards, NAT gateways, endpoints, the HTTP API's
requests, API Gateway's detailed metrics (they are off), CPU above the baseline of T3 hosts
without --cpu-percent and, without --instance-price, hosts.

Examples:
  highwater cost                   one cluster with six RDBs all day
  highwater cost --clusters 0      the control plane alone
  highwater cost --day out/day.json
                                   a simulated day (twin day --json out/day.json), by its counts
  highwater cost --rdb-hours 81.9 --instance-price 0.0376 --static-price 0.3008
                                   a day like that of make run, beside one host that holds it all
  highwater cost --region eu-west-1 --price-factor 1.1
                                   in a region that is ten per cent dearer, as you found
"""
# What a cluster's template allows, and the most clusters that a sweep is measured with.
MOST_RDBS, MOST_CLUSTERS = 400, 1000
DAY_HAS = ("hosts", "instance_hours", "log_gb", "counted")
# Of a cluster's counts, what no day counts: it is that of the formula. And hours that a day counts as well.
BY_FORMULA, HOURS = {"bytes_read"}, {"standby_hours", "rolled_hours"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument("--prices", action="store_true", help="show the table of prices, with their sources")
    parser.add_argument("--day", type=Path, metavar="FILE", help="take the numbers from the JSON of a day")
    for name, kind, most, metavar, text in (
        ("clusters", int, MOST_CLUSTERS, "N", "clusters, all alike (1)"),
        ("rdbs", int, MOST_RDBS, "N", "RDBs of a cluster, when there are most of them (6)"),
        ("rdb-hours", float, 24 * MOST_RDBS, "H", "hours of all RDBs of a cluster in a day (24 for each)"),
        ("standby-hours", float, 24 * MOST_RDBS, "H", "hours of them for which RDBs stand by (minutes each)"),
        ("log-gb", float, 1e6, "GB", "what a tickerplant logs in a day (10)"),
        ("instance-price", float, 1000, "USD", "price of a host's hour in your region: adds the hosts"),
        (
            "static-price",
            float,
            1000,
            "USD",
            "price of an hour of one host for the whole day: adds its side",
        ),
        ("cpu-percent", float, 100, "P", "average CPU of T3 hosts: adds what is above their baseline of 20"),
        ("price-factor", float, 10, "F", f"prices of your region as a multiple of those of {PRICED} (1)"),
    ):
        parser.add_argument(f"--{name}", type=number(0, most, whole=kind is int), metavar=metavar, help=text)


def check_region(args: argparse.Namespace) -> None:
    """Raise Refused for a region that has no prices here, and no factor that gives them."""
    if args.region not in (None, PRICED) and args.price_factor is None:
        raise Refused(
            f"--region: the prices are those of {PRICED}. Give --price-factor, what those of {args.region} "
            "are of them: compare some in AWS's price list."
        )


def run(args: argparse.Namespace, _session: boto3.Session) -> int:
    """Print the estimate. Raises Refused for hours that no day has, and for a region without prices."""
    check_region(args)
    if args.prices:
        return _show_prices(as_json=args.json)
    day = _day_of(args.day) if args.day else None
    given = {name: value for name in Usage.__struct_fields__ if (value := getattr(args, name)) is not None}
    usage = _usage_of(day, given)
    formula = counts_of(usage)
    counts = msgspec.structs.replace(formula, **_counted(day)) if day else formula
    items = estimate(usage, counts)
    static = of_static_host(usage, args.static_price) if args.static_price is not None else []
    if args.json:
        result = {
            "as_of": AS_OF,
            "prices": PRICED,
            "currency": "USD",
            "usage": usage,
            "counts": counts,
            "formula": formula,
            "items": items,
            "per_day": _sums(items),
            "usd_per_month": usd_per_month(items),
            "usd_per_rdb_month": usd_per_rdb_month(items, usage),
            "static_host": static,
        }
        sys.stdout.write(json.dumps(msgspec.to_builtins(result), indent=2) + "\n")
        return 0
    _show(items, static, usage)
    if day:
        Console().print(f"Counts are those of {args.day}; by the formula: {', '.join(sorted(BY_FORMULA))}.")
    return 0


def _show(items: list[Item], static: list[Item], usage: Usage) -> None:
    factor = f" times {usage.price_factor:g}" if usage.price_factor != 1 else ""
    table = Table("part", "item", title=f"Estimate in USD, unverified prices of {PRICED}{factor}, {AS_OF}")
    for heading in ("per day", "per month"):
        table.add_column(heading, justify="right")
    sums = _sums(items)
    for part, name, per_day in (
        *((item.part, item.name, item.per_day) for item in items),
        *((part, "sum", total) for part, total in sums.items()),
        ("together", "", sum(sums.values())),
        *(("one static host", item.name, item.per_day) for item in static),
        *([("one static host", "sum", sum(item.per_day for item in static))] if static else []),
    ):
        style = "bold" if name in ("sum", "") else ""
        table.add_row(part, name, f"{per_day:.4f}", f"{per_day * DAYS:.2f}", style=style)
    Console().print(table)
    own, rest = usd_per_month(items).values()
    said = f"Highwater itself {own:.2f}, the rest of the clusters {rest:.2f} USD a month."
    if (share := usd_per_rdb_month(items, usage)) is not None:
        said += f"\nHighwater itself, an RDB: {share:.2f} USD a month."
    Console().print(said)


def _sums(items: list[Item]) -> dict[str, float]:
    return {part: sum(i.per_day for i in items if i.part == part) for part in ("control plane", "clusters")}


def _usage_of(day: Mapping[str, Any] | None, given: Mapping[str, Any]) -> Usage:
    """Return what is to be priced: what is given stands over what a day has. Raises Refused."""
    if day:
        known = {
            "rdbs": day["hosts"],
            "rdb_hours": day["instance_hours"],
            "standby_hours": day["counted"]["standby_hours"],
            "log_gb": day["log_gb"],
        }
        given = {**known, **given}
    most = 24 * given.get("rdbs", 6)
    usage = Usage(**{"rdb_hours": most, **given})
    if usage.rdb_hours > most:
        raise Refused(f"--rdb-hours: must be at most 24 for each of the {usage.rdbs} RDBs, {most} in all.")
    return usage


def _counted(day: Mapping[str, Any]) -> dict[str, float]:
    """Return what a day counted, by the names of Counts."""
    return {name: float(count) for name, count in day["counted"].items() if name not in HOURS}


def _day_of(file: Path) -> Mapping[str, Any]:
    """Return the JSON of a day. Raises Refused, also where it does not count exactly what is priced."""
    try:
        day = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise Refused(f"--day: {file} cannot be read as JSON: {error}") from error
    missing = [name for name in DAY_HAS if not isinstance(day, dict) or name not in day]
    if missing:
        raise Refused(f"--day: {file} is not the JSON of `python -m twin day`: it has no {missing[0]}")
    wanted = {*Counts.__struct_fields__} - BY_FORMULA | HOURS
    counted = day["counted"] if isinstance(day["counted"], dict) else {}
    if different := sorted(wanted ^ counted.keys()):
        raise Refused(
            f"--day: {file} is of another version: "
            f"it and the estimate do not both count {', '.join(different)}"
        )
    return dict(day)


def _show_prices(*, as_json: bool) -> int:
    if as_json:
        table = {name: price._asdict() for name, price in PRICES.items()}
        result = {"as_of": AS_OF, "region": PRICED, "currency": "USD", "prices": table}
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
        return 0
    shown = Table("price", "USD", "of one", "offer", "page that says the same", title=f"{PRICED}, {AS_OF}")
    for name, price in PRICES.items():
        shown.add_row(name, f"{price.usd:.10g}", price.unit, price.offer, price.page or "none compared")
    Console().print(shown)
    return 0


COMMAND = Command(
    "cost", "estimate the cost of a day and a month", HELP, add_options, run, needs_checkout=False
)
