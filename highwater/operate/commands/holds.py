"""The commands `hold` and `lift`: what is on hold is not released."""

import argparse
from typing import Any

import boto3

from highwater.command import Command, add_json
from highwater.operate import wishes
from highwater.operate.acting import Wish, add_acting, carry_out
from highwater.operate.api import Api
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import add_cluster, add_instance, cluster_of, instance_of
from highwater.operate.words.plain import instant
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
    until = until_of("--until", args.until, instant(view["at"])) if args.until else None
    return _shown_or_done(args, api, *wishes.hold(view, _whom(args, view), args.reason, until))


def lift(args: argparse.Namespace, session: boto3.Session) -> int:
    """Lift a hold. Raises Refused and Failed."""
    api = connected(args, session)
    view = cluster_of(api, args.cluster)
    return _shown_or_done(args, api, *wishes.lift(view, _whom(args, view)))


def _whom(args: argparse.Namespace, view: dict[str, Any]) -> str | None:
    return instance_of(view, args.instance) if args.instance else None


def _shown_or_done(args: argparse.Namespace, api: Api, wish: Wish, shown: dict[str, str]) -> int:
    if not args.dry_run:
        return carry_out(args, api, wish, args.cluster)
    show(args, shown)
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
