"""The command `alerts`: what stands, since when, and what to do."""

import argparse
from typing import Any

import boto3

from highwater.command import Command, add_json
from highwater.operate.api import Unknown
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import add_cluster, cluster_of, line_of, put, width
from highwater.operate.words.cases import advice_of, urgent_first
from highwater.operate.words.lines import paragraph
from highwater.operate.words.names import names_of, undecided_names
from highwater.operate.words.plain import clock, instant, plain
from highwater.terminal import show

HELP = """\
Shows the alerts that stand in a cluster, the most urgent first: each as it was told, since when,
and what to do. docs/safety.md, Alerts, has all that there are.

Examples:
  highwater alerts trades
  highwater alerts trades --json

Exit status: 0 done, whether alerts stand or not; 1 AWS or the API failed; 2 refused.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    add_cluster(parser)
    add_connection(parser)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Show the alerts. Raises Refused and Failed."""
    api = connected(args, session)
    try:
        view = cluster_of(api, args.cluster)
        names = names_of(view)
    except Unknown:
        line = line_of(api, args.cluster)
        if line is None:
            raise
        view, names = line, undecided_names(line)
    standing = urgent_first(view["alerts"])
    alerts = [{**alert, "todo": advice_of(alert, names, standing)} for alert in standing]
    if args.json:
        show(args, {"cluster": args.cluster, "alerts": alerts})
    else:
        put(*(alert_lines(alerts, width()) or [f"No alert stands in {args.cluster}."]))
        if alerts:
            put(
                "",
                *paragraph("", f"highwater why {args.cluster}   says what to do about all of them", width()),
            )
    return 0


def alert_lines(alerts: list[dict[str, Any]], columns: int) -> list[str]:
    """Return alerts as lines, with an empty one between two."""
    lines: list[str] = []
    for alert in alerts:
        since = instant(alert["since"])
        lines += [*([""] if lines else []), f"{alert['key']}, since {clock(since, since)}"]
        lines += paragraph("    ", plain(alert["text"], since), columns)
        lines += paragraph("    to do: ", alert["todo"], columns) if alert["todo"] else []
    return lines


COMMAND = Command(
    "alerts", "show the alerts that stand, and what to do", HELP, add_options, run, needs_checkout=False
)
