"""The command `windows`: which RDB holds which updates, and where clients reach it."""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import boto3

from highwater.command import Command, add_json
from highwater.operate.api import Unknown
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import add_cluster, cluster_of, put, width
from highwater.operate.words.lines import paragraph, table
from highwater.operate.words.plain import ago, clock, counted, instant, number
from highwater.operate.words.times import span_of
from highwater.terminal import show

HELP = """\
Shows which RDB holds which updates, by its own newest report: all windows, or those that the
updates of a time range may be in. Where the windows of a cluster whose tickerplant reports do not
tile, the updates that no RDB holds, or two, are named below.

Examples:
  highwater windows trades
  highwater windows trades --from 10:00 --to 11:00      the last 10:00 UTC, and 11:00 after it
  highwater windows trades --from 2h --json

Exit status: 0 done, whether windows tile or not; 1 AWS or the API failed; 2 refused.
"""
HEADINGS = ("instance", "state", "updates", "came", "q at")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    add_cluster(parser)
    parser.add_argument(
        "--from", metavar="TIME", dest="begin", help="what came from then on: 09:00, 2h, 2026-11-23T09:00:00Z"
    )
    parser.add_argument("--to", metavar="TIME", dest="end", help="what came until then")
    add_connection(parser)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Show the windows. Raises Refused and Failed."""
    api = connected(args, session)
    span = {}
    if args.begin or args.end:
        span = span_of(args.begin, args.end, instant(cluster_of(api, args.cluster)["at"]))
    try:
        found = api.get(f"/clusters/{args.cluster}/windows", **span)
    except Unknown:
        cluster_of(api, args.cluster)  # says which name is the nearest
        raise
    if args.json:
        show(args, found)
    else:
        put(*lines_of(found, width(), span))
    return 0


def lines_of(found: dict[str, Any], columns: int, span: Mapping[str, str]) -> list[str]:
    """Return the table, what was asked for, the tickerplant, and what does not tile."""
    now = instant(found["at"])
    rows = [_row(window, now) for window in found["windows"]]
    shown = table([HEADINGS, *rows], columns) if rows else ["No RDB holds anything of that."]
    notes = [
        _asked(found["windows"], span, now),
        _unanswered(found["windows"]),
        _heard(found["windows"], now),
        _tickerplant(found["tickerplant"], now),
        *_breaks(found, now),
    ]
    return [*shown, "", *(line for note in notes if note for line in paragraph("", note, columns))]


def _row(window: dict[str, Any], now: datetime) -> tuple[str, ...]:
    return (
        window["instance_id"],
        window["state"],
        _updates(window),
        _came(window, now),
        f"{window['host']}:{window['port']}" if window["host"] else "not known",
    )


def _updates(window: dict[str, Any]) -> str:
    first, last = number(window["first_index"] + 1), number(window["last_index"])
    if window["state"] == "live":
        return f"{first} on"
    if window["first_index"] == window["last_index"]:
        return "none"
    said = "" if window["state"] != "unknown" else ", it said"
    return f"{first} to {last}{said}"


def _came(window: dict[str, Any], now: datetime) -> str:
    first, last = (window[name] and clock(window[name], now) for name in ("first_time", "last_time"))
    if first and last:
        return f"{first.removesuffix(' UTC')} to {last}"
    if first:
        return f"{first} on"
    return f"until {last}" if last else "not known"


def _asked(windows: Sequence[dict[str, Any]], span: Mapping[str, str], now: datetime) -> str:
    """Say which range was asked for, with its day, and that who does not say when is shown in any case."""
    if not span:
        return ""
    ends = [f"{name} {clock(span[name], now)}" for name in ("from", "to") if name in span]
    text = f"Asked for: what came {' '.join(ends)}."
    untimed = any(not (one["first_time"] or one["last_time"]) for one in windows)
    return f"{text} RDBs that do not say when theirs came are shown for every range." if untimed else text


def _unanswered(windows: Iterable[dict[str, Any]]) -> str:
    silent = [window["instance_id"] for window in windows if window["state"] == "unknown"]
    if not silent:
        return ""
    return f"The q of {', '.join(silent)} does not answer: nobody knows whether it holds what it said before."


def _heard(windows: Iterable[dict[str, Any]], now: datetime) -> str:
    # Of one that has rolled no repetition is kept: how old its report is says nothing.
    kept = (window["reported_at"] for window in windows if window["state"] != "rolled")
    oldest = min(kept, default=None)
    return f"By reports of which the oldest came {ago(oldest, now)}." if oldest else ""


def _tickerplant(known: dict[str, Any] | None, now: datetime) -> str:
    if known is None:
        return "No tickerplant of the cluster reports, so nobody checks that the windows tile."
    updates, waiting = counted(known["updates"], "update"), known["waiting"]
    wait = f", of which {number(waiting)} wait for a live RDB" if waiting else ""
    return f"The tickerplant had {updates}{wait}, {ago(known['reported_at'], now)}."


def _breaks(found: dict[str, Any], now: datetime) -> Iterator[str]:
    for each in found["breaks"] or ():
        updates = f"updates {number(each['first_index'] + 1)} to {number(each['last_index'])}"
        told = "" if each["told"] else "; it is told if it lasts"
        earlier, later = each["rdbs"]
        held = (
            f"no RDB holds the {updates}, between {earlier} and {later}"
            if each["kind"] == "gap"
            else f"{earlier} and {later} both hold the {updates}"
        )
        yield f"{each['kind'].upper()}: {held}, since {clock(each['since'], now)}{told}."


COMMAND = Command(
    "windows", "show which RDB holds which updates", HELP, add_options, run, needs_checkout=False
)
