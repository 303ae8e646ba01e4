"""The command `release`: lets one RDB go, if the gate has nothing against it."""

import argparse

import boto3

from highwater.command import Command, add_json
from highwater.operate import wishes
from highwater.operate.acting import add_acting, carry_out, show_plan
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import add_cluster, add_instance, cluster_of, instance_of

HELP = """\
Asks for the release of one RDB. A standby is asked to drain first. Everybody else is terminated
only if the gate has nothing against it; there is no force. What stands against it is said:
docs/safety.md, The gate, explains each reason. It asks you first, since a host that is gone does
not come back.

Examples:
  highwater release trades i-0123456789abcdef0 --dry-run
  highwater release trades i-0123456789abcdef0
  highwater release trades i-0123456789abcdef0 --yes      in a script

Exit status: 0 done; 1 AWS or the API failed; 2 refused, with every reason.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    add_cluster(parser)
    add_instance(parser, "the RDB, by its id or the beginning of it", needed=True)
    add_acting(parser, asks=True)
    add_connection(parser)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Ask for the release. Raises Refused and Failed."""
    api = connected(args, session)
    view = cluster_of(api, args.cluster)
    whom = instance_of(view, args.instance)
    wish, plan = wishes.release(api, view, whom)
    if args.dry_run:
        return show_plan(args, plan)
    return carry_out(args, api, wish, args.cluster)


COMMAND = Command(
    "release", "let one RDB go that is proven empty", HELP, add_options, run, needs_checkout=False
)
