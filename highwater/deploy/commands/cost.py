"""`cost`: what Highwater costs a day and a month. Nothing is read from AWS."""

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import msgspec
from rich.console import Console
from rich.table import Table

from highwater.deploy.arguments import command
from highwater.deploy.cost.bill import Item, costs
from highwater.deploy.cost.sizing import Holdings, Sizing
from highwater.deploy.packaging.package import MERGE, ROOT
from highwater.deploy.rules.templates import CLUSTER_TEMPLATE, read_template
from highwater.terminal import Refused

CHALICE_CONFIG = ROOT / ".chalice" / "config.json"
CODE = ROOT / "chalicelib"
NARROWEST = 110

HELP = """The cost of the control plane and what clusters add to it: a formula over list prices of us-east-1.
deploy/prices.py says where each price is from; verify them before you rely on the sum. AWS is not asked.

  python -m highwater cost                                  one cluster with six RDBs all day
  python -m highwater cost --clusters 0                     the control plane alone
  python -m highwater cost --rdb-hours 83.6 --instance-price 0.0376
                                                         a day like that of make run, with its hosts

No free tier is taken off, but three dashboards: an account has used the others up. Counted is the most that
can be: each wake-up leads to a reconcile of its own, and each reconcile asks for all RDBs of its cluster. How
long a call takes is assumed (deploy/sizing.py) until it is measured on AWS. Not counted: NAT gateways,
endpoints and traffic of your network, API Gateway's metrics by method and, without --instance-price, hosts.
"""


def add(subparsers: Any) -> None:
    """Adds the subcommand."""
    parser = command(subparsers, "cost", "what it costs a day and a month, by list prices", HELP)
    count, amount = _number(int, "a whole number of at least 0"), _number(float, "a number of at least 0")
    default = Sizing()

    def option(name: str, kind: Callable[[str], float], value: float | None, metavar: str, text: str) -> None:
        shown = "" if value is None else " (%(default)s)"
        parser.add_argument(f"--{name}", type=kind, default=value, metavar=metavar, help=text + shown)

    option("clusters", count, default.clusters, "N", "clusters, all alike")
    option("rdbs", count, default.rdbs, "N", "RDBs of a cluster, when there are most of them")
    option("rdb-hours", amount, None, "H", "hours of all RDBs of a cluster in a day (24 for each)")
    option("log-gb", amount, default.log_gb, "GB", "what a tickerplant logs in a day")
    option("log-days", count, default.log_days, "N", "days that you keep those logs")
    option("volume-gib", amount, default.volume_gib, "GIB", "the root volume of a host")
    option("api-requests", count, default.api_requests, "N", "requests to the HTTP API in a day")
    option("instance-price", amount, None, "USD", "price of a host's hour: adds the hosts to the bill")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, _session: boto3.Session) -> int:
    """Prints the bill. Raises Refused for hours that a day does not have."""
    sizing, holds = sizing_of(args), holdings()
    bill = costs(sizing, holds)
    if args.json:
        sys.stdout.write(json.dumps(as_data(sizing, bill), indent=2) + "\n")
        return 0
    console = Console()
    if not console.is_terminal:
        console.width = NARROWEST
    console.print(table(bill))
    return 0


def sizing_of(args: argparse.Namespace) -> Sizing:
    """The options as a sizing. Raises Refused."""
    hours = 24.0 * args.rdbs if args.rdb_hours is None else args.rdb_hours
    if hours > 24 * args.rdbs:
        raise Refused(
            f"--rdb-hours: must be at most 24 for each of the {args.rdbs} RDBs, {24 * args.rdbs} in all."
        )
    return Sizing(
        clusters=args.clusters,
        rdbs=args.rdbs,
        rdb_hours=hours,
        log_gb=args.log_gb,
        log_days=args.log_days,
        volume_gib=args.volume_gib,
        api_requests=args.api_requests,
        instance_price=args.instance_price,
    )


def holdings() -> Holdings:
    """What the templates, the configuration and the code in this tree hold that is paid for."""
    config = json.loads(CHALICE_CONFIG.read_text())
    plane, cluster = read_template(MERGE)["Resources"], read_template(CLUSTER_TEMPLATE)["Resources"]
    counted = {
        name for path in CODE.rglob("*.py") for name in re.findall(r'\bcount\("(\w+)"', path.read_text())
    }
    return Holdings(
        memory_gb=config["lambda_memory_size"] / 1024,
        traced=config["xray"],
        log_days=plane["Logs"]["Properties"]["RetentionInDays"],
        keys=len(_of_type(plane, "AWS::KMS::Key")),
        dashboards=len(_of_type(plane, "AWS::CloudWatch::Dashboard")),
        own_metrics=len(counted),
        alarmed=sum(map(_watched, _of_type(plane, "AWS::CloudWatch::Alarm"))),
        alarmed_a_cluster=sum(map(_watched, _of_type(cluster, "AWS::CloudWatch::Alarm"))),
    )


def as_data(sizing: Sizing, bill: tuple[Item, ...]) -> dict[str, Any]:
    """The bill for `--json`; USD."""
    items = [{**msgspec.to_builtins(item), "per_month": item.per_month} for item in bill]
    sums = {part: _sum(bill, part) for part in ("control plane", "clusters")}
    return {"sizing": msgspec.to_builtins(sizing), "items": items, "per_day": sums, "currency": "USD"}


def table(bill: tuple[Item, ...]) -> Table:
    """The bill for a terminal: each part with its sum, then both."""
    shown = Table(title="Highwater by list prices of us-east-1, to be verified, in USD")
    shown.add_column("item", no_wrap=True)
    shown.add_column("a day is", overflow="fold")
    shown.add_column("per day", justify="right", no_wrap=True)
    shown.add_column("per month", justify="right", no_wrap=True)
    for part, title in (("control plane", "the control plane"), ("clusters", "the clusters add")):
        items = [item for item in bill if item.part == part]
        for item in items:
            shown.add_row(item.name, item.formula, f"{item.per_day:.4f}", f"{item.per_month:.2f}")
        _add_sum(shown, title, sum(item.per_day for item in items), sum(item.per_month for item in items))
    _add_sum(shown, "together", sum(item.per_day for item in bill), sum(item.per_month for item in bill))
    return shown


def _add_sum(shown: Table, title: str, per_day: float, per_month: float) -> None:
    shown.add_section()
    shown.add_row(title, "", f"{per_day:.4f}", f"{per_month:.2f}", style="bold", end_section=True)


def _sum(bill: tuple[Item, ...], part: str) -> float:
    return sum(item.per_day for item in bill if item.part == part)


def _of_type(resources: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [resource["Properties"] for resource in resources.values() if resource.get("Type") == kind]


def _watched(alarm: Mapping[str, Any]) -> int:
    """The metrics of an alarm; a query's are as many as there are RDBs, and the bill counts those."""
    return 1 if "MetricName" in alarm else sum("MetricStat" in query for query in alarm["Metrics"])


def _number(kind: type[int] | type[float], rule: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = -1
        if not 0 <= value < 1e9:
            raise argparse.ArgumentTypeError(f"{text!r} is not {rule}")
        return value

    return read
