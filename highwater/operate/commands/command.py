"""The command `command`: what became of something that an operator asked for."""

import argparse
import re
from typing import Any

import boto3

from highwater.command import Command, add_json
from highwater.operate.acting import noted
from highwater.operate.api import Api, Unknown
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import cluster_name, listed
from highwater.operate.words.plain import clock, instant, plain
from highwater.terminal import Refused, show

EXAMPLE = "248e988a50ae4c9eaf96fa77caf02e66"
HELP = """\
Shows what became of a command: of what `raise`, `lower`, `hold`, `lift`, `release` and `calendar`
asked for. With --follow it waits until the command was carried out or refused, a minute at most,
and the exit status says which.

Examples:
  highwater command 248e988a50ae4c9eaf96fa77caf02e66
  highwater command 248e988a50ae4c9eaf96fa77caf02e66 --follow
  highwater command 248e988a50ae4c9eaf96fa77caf02e66 --cluster trades --json

Exit status: 0 done, or it still waits; 1 AWS or the API failed, with --follow also if the command
did; 2 refused, with --follow also if the command was.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument("id", metavar="ID", type=_id, help="the command_id of an answer")
    parser.add_argument(
        "--cluster", metavar="CLUSTER", type=cluster_name, help="its cluster (default: every one is asked)"
    )
    parser.add_argument("--follow", action="store_true", help="wait until it is decided")
    add_connection(parser)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Show the command. Raises Refused and Failed."""
    api = connected(args, session)
    path, shown = found(api, args.id, args.cluster)
    if args.follow:
        shown = api.followed(path)
    if args.json:
        show(args, shown)
        return 0
    now = instant(shown["command"]["at"])
    lines = {
        "asked": plain(shown["asked"], now),
        "state": shown["state"],
        **(noted(shown, now) or {"reasons": [plain(reason, now) for reason in shown["reasons"]]}),
        "outcome": [plain(text, now) for text in shown["outcome"]],
    }
    if shown["decision"]:
        lines["decided"] = clock(shown["decision"][: -len("-000000000000")], now)
    show(args, {name: value for name, value in lines.items() if value})
    return 0


def found(api: Api, command_id: str, cluster: str | None) -> tuple[str, dict[str, Any]]:
    """Return the path of a command and what is known of it, asking each cluster if none is given."""
    names = [cluster] if cluster else [line["cluster"] for line in listed(api) if line["cluster"] != "*"]
    for name in names:
        path = f"/clusters/{name}/commands/{command_id}"
        try:
            return path, api.get(path)
        except Unknown:
            continue
    raise Refused(f"ID {command_id}: {' and '.join(names) or 'no cluster'} has no such command.")


def _id(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{32}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no command_id such as {EXAMPLE}")
    return text


COMMAND = Command("command", "show what became of a command", HELP, add_options, run, needs_checkout=False)
