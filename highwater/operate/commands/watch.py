"""The command `watch`: a cluster on a live screen, or a line at each look where there is no terminal."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import boto3
from rich.console import Console
from rich.live import Live
from rich.text import Text

from highwater.command import Command
from highwater.operate.api import Api
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import add_cluster, cluster_of, decisions_of, put, size
from highwater.operate.words.lines import cut
from highwater.operate.words.screen import MOST_DECISIONS, one_line, screen
from highwater.terminal import Failed, harmless
from highwater.values import number

HELP = """\
Shows one cluster on a live screen of 80 columns and 24 lines or more: the memory of each RDB with
the roll threshold, who comes next, what is launched, the alerts that stand, the newest decisions.
Ctrl-C ends it. Where stdout is no terminal it prints a line at each look.

Examples:
  highwater watch trades
  highwater watch trades --every 2
  highwater watch trades --times 1          one look, for a script
  highwater watch trades --every 60 >> trades.log

Exit status: 0 done, also by Ctrl-C; 1 AWS or the API failed at the first look; 2 refused.
"""
EVERY = 5
NUMBER = number(1, 3600, whole=True)
Paint = Callable[[list[str]], None]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_cluster(parser)
    parser.add_argument(
        "--every", metavar="SECONDS", type=NUMBER, default=EVERY, help="between looks (default: %(default)s)"
    )
    parser.add_argument("--times", metavar="N", type=NUMBER, help="how many looks (default: until Ctrl-C)")
    add_connection(parser)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Show the cluster until the person has seen enough. Raises Refused and Failed at the first look."""
    api = connected(args, session)
    shown = _look(api, args.cluster)
    looks = 1
    with suppress(KeyboardInterrupt), _painting() as paint:
        paint(shown)
        while args.times is None or looks < args.times:
            api.sleep(args.every)
            looks += 1
            try:
                shown = _look(api, args.cluster)
            except Failed as failed:
                # What was seen last stays, and says that it is old.
                shown = [cut(f"NO ANSWER: {failed}", size()[0]), *shown[1:]]
            paint(shown)
    return 0


def _look(api: Api, cluster: str) -> list[str]:
    view = cluster_of(api, cluster)
    if not sys.stdout.isatty():
        return [one_line(view)]
    columns, rows = size()
    return screen(view, list(decisions_of(api, cluster, MOST_DECISIONS)), columns, rows - 1)


@contextmanager
def _painting() -> Iterator[Paint]:
    """Give what shows a look: in the place of the one before on a terminal, else below it."""
    if not sys.stdout.isatty():
        yield lambda lines: put(lines[0])
        return
    with Live(console=Console(file=sys.stdout), screen=True, auto_refresh=False) as live:
        yield lambda lines: live.update(Text(harmless("\n".join(lines))), refresh=True)


COMMAND = Command("watch", "show a cluster live", HELP, add_options, run, needs_checkout=False)
