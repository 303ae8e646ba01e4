"""The command `status`: the numbers of one cluster, and a line for each RDB."""

import argparse
from typing import Any

import boto3

from highwater.command import Command, add_json
from highwater.deploy.rules.behind import tally
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import add_cluster, cluster_of, put, width
from highwater.operate.words.lines import paragraph, table
from highwater.operate.words.plain import clock, counted, instant, minutes
from highwater.operate.words.rdbs import holds, memory_of, state_of, with_room
from highwater.operate.words.rolls import latest
from highwater.operate.words.why import hold_words
from highwater.terminal import show

HELP = """\
Shows the numbers of one cluster: its group, its thresholds, and each RDB with its state, its
memory and what it holds. `highwater why CLUSTER` says what they mean, and what to do.

Examples:
  highwater status trades
  highwater status trades --json

Exit status: 0 done; 1 AWS or the API failed; 2 refused.
"""
HEADINGS = ("instance", "state", "memory", "room", "holds")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    add_cluster(parser)
    add_connection(parser)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Show the cluster. Raises Refused and Failed."""
    view = cluster_of(connected(args, session), args.cluster)
    if args.json:
        show(args, view)
    else:
        put(*status_lines(view, width()))
    return 0


def status_lines(view: dict[str, Any], columns: int) -> list[str]:
    """Return the numbers as lines."""
    now, group, settings = instant(view["at"]), view["group"], view["settings"]
    left = view["runway_minutes"]
    rolls = "which is reached" if left == 0 else f"in {minutes(left)}" if left else "not soon: nothing fills"
    hard = latest(view)
    facts = {
        "cluster": f"{view['cluster']}, {clock(now, now)}",
        "hosts": f"{with_room(view)}; DesiredCapacity {view['desired']}, "
        f"MinSize {group['min_size']}, MaxSize {group['max_size']}",
        "group": group["name"],
        "rolls": f"at {settings['roll_threshold']:g} %, {rolls}" + (f"; at {hard}" if hard else ""),
        "rule": f"{settings['rule']}, launches take {minutes(settings['lead_seconds'] / 60)}",
        **({"hold": hold_words(view["hold"], now)} if view["hold"] else {}),
        "alerts": ", ".join(alert["key"] for alert in view["alerts"]) or "none",
        "release": _releases(view),
    }
    lines = [line for word, text in facts.items() for line in paragraph(word.ljust(9), text, columns)]
    rows = [_row(rdb, view) for rdb in view["rdbs"]]
    lines += ["", *(table([HEADINGS, *rows], columns) if rows else ["no RDB"])]
    if view["alerts"]:
        text = f"{counted(len(view['alerts']), 'alert')}: highwater why {view['cluster']}"
        lines += ["", *paragraph("", text, columns)]
    return lines


def _releases(view: dict[str, Any]) -> str:
    """Return the releases of what runs: one word where all are of one, and an older API names none."""
    hosts = [rdb["release"] for rdb in view["rdbs"] if rdb.get("release")]
    q_files = [rdb["q_release"] for rdb in view["rdbs"] if rdb.get("q_release")]
    functions = view.get("release") or "unknown"
    if {functions, *hosts, *q_files} == {functions}:
        return functions
    parts = [f"functions {functions}"]
    parts += [f"RDBs {tally(hosts)}"] if hosts else []
    parts += [f"q files {tally(q_files)}"] if q_files else []
    return "; ".join(parts)


def _row(rdb: dict[str, Any], view: dict[str, Any]) -> tuple[str, ...]:
    room = rdb["room"]
    marks = (["on hold"] if rdb["hold"] else []) + (["asked to drain"] if rdb["drain"] else [])
    held = "; ".join([holds(rdb, instant(view["at"])), *marks])
    return (
        rdb["instance_id"],
        state_of(rdb),
        memory_of(rdb),
        "-" if room is None else "yes" if room["has"] else "no",
        held,
    )


COMMAND = Command(
    "status", "show the numbers of a cluster and its RDBs", HELP, add_options, run, needs_checkout=False
)
