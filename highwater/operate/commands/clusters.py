"""The command `clusters`: every cluster in a line."""

import argparse
from datetime import UTC, datetime
from typing import Any

import boto3

from highwater.command import Command, add_json
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import listed, put, width
from highwater.operate.words.launches import because
from highwater.operate.words.lines import table
from highwater.operate.words.plain import counted, instant, minutes
from highwater.terminal import show

HELP = """\
Lists every cluster of the account and region: its hosts, the minutes until its live RDB rolls,
the alerts that stand, and the case with its reason. `*` is what is told of no one cluster.

Examples:
  highwater clusters
  highwater clusters --region eu-west-1 --profile prod
  highwater clusters --url http://127.0.0.1:8000      the day of `make serve`
  highwater clusters --json

Exit status: 0 done; 1 AWS or the API failed; 2 refused.
"""
HEADINGS = ("cluster", "hosts", "with room", "rolls in", "alerts", "why")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    add_connection(parser)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Show the list. Raises Refused and Failed."""
    lines = listed(connected(args, session))
    if args.json:
        show(args, {"clusters": lines})
    elif lines:
        put(*table([HEADINGS, *map(row, lines)], width(), right=frozenset({1, 2, 4})))
        told = [line["cluster"] for line in lines if line["alerts"] and line["cluster"] != "*"]
        if told:
            put("", f"highwater why {told[0]}   says what goes on, and what to do")
    else:
        put("There is no cluster: `make cluster` creates one.")
    return 0


def row(line: dict[str, Any]) -> tuple[str, ...]:
    """Return a cluster in words, as the HEADINGS say."""
    left = line["runway_minutes"]
    # The list has no time: the newest alert, or else the clock here, says which day it is.
    now = max((instant(alert["since"]) for alert in line["alerts"]), default=datetime.now(UTC))
    hold = "on hold; " if line["hold"] else ""
    return (
        line["cluster"],
        "-" if line["desired"] is None else f"{line['counted']} of {line['desired']}",
        str(line["with_room"]),
        "-" if left is None else minutes(left),
        counted(len(line["alerts"]), "alert") if line["alerts"] else "none",
        f"{hold}{line['code']}: {because(line['reason'], now)}",
    )


COMMAND = Command("clusters", "list the clusters", HELP, add_options, run, needs_checkout=False)
