"""The command `cost`: estimates what Highwater costs a day and a month. AWS is not asked."""

import argparse
import json
import sys
from collections.abc import Callable

import boto3
import msgspec
from rich.console import Console
from rich.table import Table

from highwater.command import Command, add_json
from highwater.deploy.rules.cost import DAYS, Usage, estimate
from highwater.deploy.rules.prices import AS_OF
from highwater.terminal import Refused

HELP = f"""\
Estimates the most that the control plane and its clusters can cost, by list prices of us-east-1
as known in {AS_OF}. They were not read from AWS's price lists: verify them before you rely
on the sum. highwater/deploy/rules/prices.py names the list of each. AWS is not asked.

Not counted: free tiers but for three dashboards, NAT gateways, endpoints and traffic of your
network (between zones about $0.02 a GB), the HTTP API's requests, CPU above the baseline of T3
hosts without --cpu-percent and, without --instance-price, hosts.

Examples:
  highwater cost                   one cluster with six RDBs all day
  highwater cost --clusters 0      the control plane alone
  highwater cost --rdb-hours 83.6 --instance-price 0.0376
                                   a day like that of make run, with its hosts
  highwater cost --region eu-west-1 --price-factor 1.1
                                   in a region that is ten per cent dearer, as you found
"""
PRICED = "us-east-1"
# What a cluster's template allows, and the most clusters that a sweep is measured with.
MOST_RDBS, MOST_CLUSTERS = 400, 1000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    for name, kind, most, metavar, text in (
        ("clusters", int, MOST_CLUSTERS, "N", "clusters, all alike (1)"),
        ("rdbs", int, MOST_RDBS, "N", "RDBs of a cluster, when there are most of them (6)"),
        ("rdb-hours", float, 24 * MOST_RDBS, "H", "hours of all RDBs of a cluster in a day (24 for each)"),
        ("log-gb", float, 1e6, "GB", "what a tickerplant logs in a day (10)"),
        ("instance-price", float, 1000, "USD", "price of a host's hour in your region: adds the hosts"),
        ("cpu-percent", float, 100, "P", "average CPU of T3 hosts: adds what is above their baseline of 20"),
        ("price-factor", float, 10, "F", f"prices of your region as a multiple of those of {PRICED} (1)"),
    ):
        parser.add_argument(f"--{name}", type=_number(kind, most), metavar=metavar, help=text)


def run(args: argparse.Namespace, _session: boto3.Session) -> int:
    """Print the estimate. Raises Refused for hours that no day has, and for a region without prices."""
    if args.region not in (None, PRICED) and args.price_factor is None:
        raise Refused(
            f"--region: the prices are those of {PRICED}. Give --price-factor, what those of {args.region} "
            "are of them: compare some in AWS's price list."
        )
    given = {name: value for name in Usage.__struct_fields__ if (value := getattr(args, name)) is not None}
    most = 24 * given.get("rdbs", 6)
    usage = Usage(**{"rdb_hours": most, **given})
    if usage.rdb_hours > most:
        raise Refused(f"--rdb-hours: must be at most 24 for each of the {usage.rdbs} RDBs, {most} in all.")
    items = estimate(usage)
    sums = {part: sum(i.per_day for i in items if i.part == part) for part in ("control plane", "clusters")}
    if args.json:
        result = {
            "as_of": AS_OF,
            "prices": PRICED,
            "currency": "USD",
            "usage": usage,
            "items": items,
            "per_day": sums,
        }
        sys.stdout.write(json.dumps(msgspec.to_builtins(result), indent=2) + "\n")
        return 0
    factor = f" times {usage.price_factor:g}" if usage.price_factor != 1 else ""
    title = f"Estimate in USD, unverified prices of {PRICED}{factor}, {AS_OF}"
    table = Table("part", "item", title=title)
    for heading in ("per day", "per month"):
        table.add_column(heading, justify="right")
    for part, name, per_day in (
        *((item.part, item.name, item.per_day) for item in items),
        *((part, "sum", total) for part, total in sums.items()),
        ("together", "", sum(sums.values())),
    ):
        style = "bold" if name in ("sum", "") else ""
        table.add_row(part, name, f"{per_day:.4f}", f"{per_day * DAYS:.2f}", style=style)
    Console().print(table)
    return 0


def _number(kind: type[int] | type[float], most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = -1
        if not 0 <= value <= most:
            sort = "whole number" if kind is int else "number"
            raise argparse.ArgumentTypeError(f"{text!r} is not a {sort} from 0 to {most:,g}")
        return value

    return read


COMMAND = Command(
    "cost", "estimate the cost of a day and a month", HELP, add_options, run, needs_checkout=False
)
