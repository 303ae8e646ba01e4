"""The command `decisions`: what was decided, why, and what AWS answered; the newest last."""

import argparse
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, get_args

import boto3

from chalicelib.core.decision import DecisionCode
from highwater.command import Command, add_json
from highwater.operate.api import Api, Unknown
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import add_cluster, cluster_of, decisions_of, instance_of, put, whole_id, width
from highwater.operate.words.decided import sentence_of
from highwater.operate.words.lines import paragraph
from highwater.operate.words.plain import clock, instant
from highwater.operate.words.times import since_of
from highwater.terminal import Failed, say, show
from highwater.values import number

HELP = """\
Shows what was decided for a cluster, and why: the decisions that acted, that took a command, that
ignored something, or whose case changed. The newest is the last. With --follow it goes on with
each new one, until Ctrl-C, also while the API does not answer.

Examples:
  highwater decisions trades
  highwater decisions trades --code raise --since 09:00      since the last 09:00 UTC
  highwater decisions trades --instance i-0123456789abcdef0 --most 100
  highwater decisions trades --since 2h --json
  highwater decisions trades --follow --json                 one JSON object a line

Exit status: 0 done; 1 AWS or the API failed at the first look; 2 refused.
"""
MOST, AT_MOST = 20, 10_000
FOLLOW_EVERY = 3


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    add_cluster(parser)
    codes = get_args(DecisionCode)
    parser.add_argument(
        "--code", metavar="CASE", choices=codes, help=f"only those of this case: {', '.join(codes)}"
    )
    parser.add_argument("--instance", metavar="INSTANCE", help="only those that name this RDB")
    parser.add_argument(
        "--since", metavar="TIME", help="only from then on: the last 09:00 (UTC), 2h, 2026-11-23T09:00:00Z"
    )
    parser.add_argument("--before", metavar="TIME", help="only before then")
    parser.add_argument(
        "--most",
        metavar="N",
        type=number(1, AT_MOST, whole=True),
        default=MOST,
        help="how many (default: %(default)s)",
    )
    parser.add_argument("--follow", action="store_true", help="go on with each new one, until Ctrl-C")
    add_connection(parser)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Show the decisions. Raises Refused and Failed."""
    api = connected(args, session)
    filters = _filters(api, args)
    try:
        found = list(decisions_of(api, args.cluster, args.most, **filters))[::-1]
    except Unknown:
        cluster_of(api, args.cluster)  # says which name is the nearest
        raise
    if not args.follow:
        if args.json:
            show(args, {"decisions": found})
        else:
            put(*(decision_lines(found, width()) or ["No decision fits."]))
        return 0
    day = None
    with suppress(KeyboardInterrupt):
        for decision in _followed(api, args, filters, found):
            put(*([json.dumps(decision)] if args.json else decision_lines([decision], width(), day)))
            day = instant(decision["at"]).date()
    return 0


def decision_lines(decisions: list[dict[str, Any]], columns: int, day: date | None = None) -> list[str]:
    """Return a paragraph for each decision, with the date where it is another than before; `day` is that."""
    lines = []
    for decision in decisions:
        at = instant(decision["at"])
        if at.date() != day:
            lines.append(f"{at:%a %-d %b %Y}, UTC")
            day = at.date()
        lines += paragraph(f"{clock(at, at, seconds=True)}  ", sentence_of(decision, at), columns)
    return lines


def _filters(api: Api, args: argparse.Namespace) -> dict[str, Any]:
    filters: dict[str, Any] = {"code": args.code}
    if not (args.since or args.before or args.instance):
        return filters
    try:
        view = api.get(f"/clusters/{args.cluster}")
    except Unknown:
        # It may be listed though nothing is decided for it, and its decisions are there.
        view = {"cluster": args.cluster, "at": f"{datetime.now(UTC):%FT%TZ}", "rdbs": []}
    for option, name in (("since", "since"), ("before", "until")):
        if text := getattr(args, option):
            filters[name] = since_of(f"--{option}", text, instant(view["at"]))
    if args.instance:
        filters["instance_id"] = _instance(view, args.instance)
    return filters


def _instance(view: dict[str, Any], given: str) -> str:
    """Return the id that is meant; one that is gone is known by its whole id."""
    try:
        return instance_of(view, given)
    except Unknown:
        if (gone := whole_id(given)) is None:
            raise
        return gone


def _followed(
    api: Api, args: argparse.Namespace, filters: dict[str, Any], found: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield what is there, and then each new decision, until the caller has enough.

    It goes on while the API does not answer: whoever follows has not seen enough by that.
    """
    answers = True
    seen, since = {decision["id"] for decision in found}, filters.get("since")
    yield from found
    while True:
        if found:
            since = found[-1]["at"]
        api.sleep(FOLLOW_EVERY)
        try:
            newest = list(decisions_of(api, args.cluster, AT_MOST, **{**filters, "since": since}))[::-1]
        except Failed as failed:
            if answers:
                say(f"NO ANSWER: {failed}")
            answers = False
            continue
        answers = True
        new = [decision for decision in newest if decision["id"] not in seen]
        seen |= {decision["id"] for decision in new}
        found = new or found
        yield from new


COMMAND = Command("decisions", "show what was decided, and why", HELP, add_options, run, needs_checkout=False)
