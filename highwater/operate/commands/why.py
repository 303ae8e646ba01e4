"""The command `why`: what goes on in a cluster or with one RDB, why, and what to do."""

import argparse

import boto3
import msgspec

from highwater.command import Command, add_json
from highwater.operate.api import Api, Forbidden, Unknown
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import (
    add_cluster,
    add_instance,
    cluster_of,
    decisions_of,
    instance_of,
    line_of,
    put,
    whole_id,
    width,
)
from highwater.operate.words.page import Page, lines_of
from highwater.operate.words.why import page_of, undecided_page
from highwater.operate.words.why_rdb import gone_page, rdb_page
from highwater.terminal import show

HELP = """\
Says in one screen what goes on in a cluster, why, and what to do: which RDB is live and how long
until it rolls, who comes next, why a host is launched or none is, the alerts that stand, and per
RDB what it holds and why it is not released. With an instance it says all that of one RDB, also
of one that is gone, by its whole id. Nothing is changed by looking.

Examples:
  highwater why trades
  highwater why trades i-0123456789abcdef0     why this one is not released
  highwater why trades i-0123                  any beginning that is its alone
  highwater why trades --json

Exit status: 0 done, whatever it says; 1 AWS or the API failed; 2 refused.
"""
DECISIONS = 30


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    add_cluster(parser)
    add_instance(parser, "an RDB, by its id or the beginning of it")
    add_connection(parser)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Show the page. Raises Refused and Failed."""
    page = page_for(connected(args, session), args.cluster, args.instance)
    if args.json:
        show(args, msgspec.to_builtins(page))
    else:
        put(*lines_of(page, width()))
    return 0


def page_for(api: Api, cluster: str, instance: str | None) -> Page:
    """Ask the API, and return the page of a cluster, or of one RDB."""
    try:
        view = cluster_of(api, cluster)
    except Unknown as unknown:
        return _undecided(api, cluster, unknown)
    if instance is None:
        return page_of(view, list(decisions_of(api, cluster, DECISIONS)))
    try:
        found = instance_of(view, instance)
    except Unknown:
        gone = whole_id(instance)
        told = list(decisions_of(api, cluster, DECISIONS, instance_id=gone)) if gone else []
        if gone is None or not told:
            raise
        return gone_page(view, gone, told)
    told = list(decisions_of(api, cluster, DECISIONS, instance_id=found))
    there = any(rdb["instance_id"] == found and rdb["lifecycle"] for rdb in view["rdbs"])
    return rdb_page(view, found, told) if there else gone_page(view, found, told)


def _undecided(api: Api, cluster: str, unknown: Unknown) -> Page:
    """Return the page of a cluster that the API lists, though it decides nothing for it."""
    try:
        line = line_of(api, cluster)
    except Forbidden:
        line = None
    if line is None:
        raise unknown
    return undecided_page(line, list(decisions_of(api, cluster, DECISIONS)))


COMMAND = Command(
    "why", "say what goes on in a cluster, why, and what to do", HELP, add_options, run, needs_checkout=False
)
