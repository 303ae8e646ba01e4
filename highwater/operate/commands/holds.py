"""The commands `hold` and `lift`: what is on hold is not released."""

import argparse
from typing import Any

import boto3

from highwater.command import Command, add_json
from highwater.operate.acting import Wish, add_acting, carry_out
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import add_cluster, add_instance, cluster_of, instance_of
from highwater.operate.words.plain import clock, instant, plain
from highwater.operate.words.refusals import AGE, ON_HOLD
from highwater.operate.words.times import until_of
from highwater.terminal import show

HOLD_HELP = """\
Puts a cluster or one RDB on hold: what is on hold is not released and not asked to drain, until
you lift it or its time is over. A cluster on hold still launches. A hold takes the place of one
that is there, and says so.

Examples:
  highwater hold trades --reason 'audit of the day' --until 18:00
  highwater hold trades i-0123456789abcdef0 --reason 'somebody queries it' --until 3d
  highwater hold trades --reason audit --dry-run

Exit status: 0 done; 1 AWS or the API failed; 2 refused.
"""
LIFT_HELP = """\
Lifts the hold of a cluster, or of one RDB. It asks you first if an RDB is released by that at
once: one that is drained and was kept by nothing else.

Examples:
  highwater lift trades
  highwater lift trades i-0123456789abcdef0
  highwater lift trades --dry-run
  highwater lift trades --yes               in a script

Exit status: 0 done; 1 AWS or the API failed; 2 refused.
"""


def add_hold_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `hold`."""
    add_json(parser)
    add_cluster(parser)
    add_instance(parser, "one RDB, by its id or the beginning of it (default: the cluster)")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why; everybody sees it")
    parser.add_argument(
        "--until", metavar="TIME", help="its end: the next 18:00 (UTC), 2h, 3d; at most 30 days"
    )
    add_acting(parser, asks=False)
    add_connection(parser)


def add_lift_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `lift`."""
    add_json(parser)
    add_cluster(parser)
    add_instance(parser, "one RDB, by its id or the beginning of it (default: the cluster)")
    add_acting(parser, asks=True)
    add_connection(parser)


def hold(args: argparse.Namespace, session: boto3.Session) -> int:
    """Put it on hold. Raises Refused and Failed."""
    api = connected(args, session)
    view = cluster_of(api, args.cluster)
    body = {"reason": args.reason}
    if args.until:
        body["until"] = until_of("--until", args.until, instant(view["at"]))
    whom = _whom(args, view)
    if args.dry_run:
        end = f"until {clock(body['until'], instant(view['at']))}" if args.until else "without an end"
        return _show_dry(args, view, whom, f"would be on hold {end}: {args.reason}")
    wish = Wish("PUT", _path(args, whom), body, instant(view["at"]))
    return carry_out(args, api, wish, args.cluster)


def lift(args: argparse.Namespace, session: boto3.Session) -> int:
    """Lift a hold. Raises Refused and Failed."""
    api = connected(args, session)
    view = cluster_of(api, args.cluster)
    whom = _whom(args, view)
    freed = freed_by(view, whom)
    if args.dry_run:
        then = f"and {', '.join(freed)} released at once" if freed else "and nobody released by that"
        return _show_dry(args, view, whom, f"would be lifted, {then}")
    question = f"{', '.join(freed)} {'are' if len(freed) > 1 else 'is'} drained, and released at once then."
    wish = Wish("DELETE", _path(args, whom), None, instant(view["at"]), question if freed else "")
    return carry_out(args, api, wish, args.cluster)


def freed_by(view: dict[str, Any], whom: str | None) -> list[str]:
    """Return the RDBs that nothing but this hold keeps: the cluster's, or that of one RDB.

    While it stands their newest reports may be old: the next one counts.
    """
    lifted = ON_HOLD[0] if whom is None else ON_HOLD[1]
    return [
        rdb["instance_id"]
        for rdb in view["rdbs"]
        if whom in (None, rdb["instance_id"])
        and any(reason.startswith(lifted) for reason in rdb["not_released_for"])
        and all(reason.startswith((lifted, AGE)) for reason in rdb["not_released_for"])
    ]


def _whom(args: argparse.Namespace, view: dict[str, Any]) -> str | None:
    return instance_of(view, args.instance) if args.instance else None


def _path(args: argparse.Namespace, whom: str | None) -> str:
    return f"/clusters/{args.cluster}" + (f"/rdbs/{whom}" if whom else "") + "/hold"


def _show_dry(args: argparse.Namespace, view: dict[str, Any], whom: str | None, state: str) -> int:
    """Show the hold that is there, and what would become of it: the API has no dry run of holds."""
    rdb = next((one for one in view["rdbs"] if one["instance_id"] == whom), None)
    there = rdb["hold"] if rdb else view["hold"]
    now = instant(view["at"])
    said = plain(f"by {there['by']} since {there['at']}: {there['reason']}", now) if there else "none"
    show(args, {"of": whom or f"cluster {args.cluster}", "hold now": said, "state": f"dry run: {state}"})
    return 0


HOLD = Command(
    "hold",
    "keep a cluster or an RDB from being released",
    HOLD_HELP,
    add_hold_options,
    hold,
    needs_checkout=False,
)
LIFT = Command("lift", "lift a hold", LIFT_HELP, add_lift_options, lift, needs_checkout=False)
