"""The commands `raise` and `lower`: more hosts, or fewer."""

import argparse
import re
from collections.abc import Callable
from typing import Any

import boto3

from highwater.command import Command, add_json
from highwater.operate import wishes
from highwater.operate.acting import add_acting, carry_out, dry_run, show_plan
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import add_cluster, cluster_of
from highwater.operate.words.plain import counted, instant
from highwater.operate.words.times import until_of
from highwater.terminal import Refused, refuse
from highwater.values import number

RAISE_HELP = """\
Asks for more hosts, and keeps so many until a time: by default to the end of the session, or of
the day in UTC. It does not wait for a pause between launches. `highwater lower` takes it back.

Examples:
  highwater raise trades                         one more
  highwater raise trades --by 2 --until 16:30    two more, until the next 16:30 UTC
  highwater raise trades --to 5 --until 2h       at least five, for two hours
  highwater raise trades --dry-run

Exit status: 0 done; 1 AWS or the API failed; 2 refused, with every reason.
"""
LOWER_HELP = """\
Asks for fewer hosts: the newest standbys are asked to drain, and each is terminated once it has
proven that it is empty. No RDB that holds data is touched. It asks you first, since a host that
is gone does not come back.

Examples:
  highwater lower trades                    one fewer
  highwater lower trades --to 2 --dry-run
  highwater lower trades --by 2 --yes       in a script

Exit status: 0 done; 1 AWS or the API failed; 2 refused, with every reason.
"""
COUNT = number(1, 1000, whole=True)


def add_raise_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `raise`."""
    _add_options(parser, "more", "lower", asks=False)
    parser.add_argument("--until", metavar="TIME", help="keep them until then: the next 16:30 (UTC), 2h, 3d")


def add_lower_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `lower`."""
    _add_options(parser, "fewer", "raise", asks=True)


def raise_(args: argparse.Namespace, session: boto3.Session) -> int:
    """Ask for more hosts. Raises Refused and Failed."""
    api = connected(args, session)
    view = cluster_of(api, args.cluster)
    if args.to is not None:
        refuse(_not_more(args, view))
    body = _body(args, 1)
    if args.until:
        body["until"] = until_of("--until", args.until, instant(view["at"]))
    wish = wishes.capacity(view, body)
    if args.dry_run:
        return show_plan(args, dry_run(api, wish))
    return carry_out(args, api, wish, args.cluster)


def lower(args: argparse.Namespace, session: boto3.Session) -> int:
    """Ask for fewer hosts. Raises Refused and Failed."""
    api = connected(args, session)
    view = cluster_of(api, args.cluster)
    if args.to is not None and args.to >= (desired := view["desired"] or 0):
        raise Refused(f"--to {args.to}: is not fewer than the {desired} that are wanted now.")
    wish, plan = wishes.fewer(api, view, _body(args, -1))
    if args.dry_run:
        return show_plan(args, plan)
    return carry_out(args, api, wish, args.cluster)


def _add_options(parser: argparse.ArgumentParser, which: str, other: str, *, asks: bool) -> None:
    add_json(parser)
    add_cluster(parser)
    how = parser.add_mutually_exclusive_group()
    # Without a default here: argparse takes an option that is given as its default for one that is not given.
    how.add_argument("--by", metavar="N", type=_change(other), help=f"how many {which} (default: 1)")
    how.add_argument("--to", metavar="N", type=COUNT, help="how many there should be")
    add_acting(parser, asks=asks)
    add_connection(parser)


def _body(args: argparse.Namespace, sign: int) -> dict[str, Any]:
    return {"change": sign * (args.by or 1)} if args.to is None else {"desired": args.to}


def _not_more(args: argparse.Namespace, view: dict[str, Any]) -> str | None:
    """Refuse a number by which standbys would drain: that is `lower`, which asks first."""
    drains = sum(rdb["drain"] is not None and rdb["room"] is not None for rdb in view["rdbs"])
    stay = max(0, (view["desired"] or 0) - drains)
    if args.to >= stay:
        return None
    return (
        f"--to {args.to}: is fewer than the {counted(stay, 'host')} that stay now; fewer are asked for with "
        f"`highwater lower {args.cluster} --to {args.to}`."
    )


def _change(other: str) -> Callable[[str], float]:
    """Return what reads how many; one below zero is a wish for the other command."""

    def read(text: str) -> float:
        if re.fullmatch(r"-\d+", text):
            raise argparse.ArgumentTypeError(
                f"{text!r} is below zero: `highwater {other} CLUSTER --by {text[1:]}` does that"
            )
        return COUNT(text)

    return read


RAISE = Command("raise", "ask for more hosts", RAISE_HELP, add_raise_options, raise_, needs_checkout=False)
LOWER = Command("lower", "ask for fewer hosts", LOWER_HELP, add_lower_options, lower, needs_checkout=False)
