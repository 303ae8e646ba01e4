"""The command `console`: a page on this machine, as long as the command runs."""

import argparse
from contextlib import suppress

import boto3

from highwater.command import Command
from highwater.console.answers import Answers
from highwater.console.server import Server
from highwater.operate.connection import add_connection, connected
from highwater.operate.looking import add_cluster, cluster_of, listed, put
from highwater.terminal import Refused, say
from highwater.values import number

HELP = """\
Serves a page on 127.0.0.1: the clusters, one of them live, each day's decisions, and what operators
may ask for, each with its dry run first. The page goes through this command, which signs with your
credentials; nothing is hosted anywhere. Only the address that is printed opens it, and only until
Ctrl-C. What is asked for through the page is said here, too.

Examples:
  highwater console
  highwater console trades                               opens this cluster
  highwater console --url http://127.0.0.1:8000          the day of `make serve`
  highwater console --port 8765                          for `ssh -L 8765:127.0.0.1:8765 HOST`

Exit status: 0 done, by Ctrl-C; 1 AWS or the API failed before the page was there; 2 refused.
"""
HIGHEST_PORT = 65535


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_cluster(parser, needed=False)
    parser.add_argument(
        "--port",
        metavar="PORT",
        type=number(0, HIGHEST_PORT, whole=True),
        default=0,
        help="the port here (default: any free one)",
    )
    add_connection(parser)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Serve until Ctrl-C. Raises Refused and Failed if the API cannot be asked."""
    api = connected(args, session)
    if args.cluster:
        cluster_of(api, args.cluster)
    else:
        listed(api)
    try:
        server = Server(args.port, Answers(api, args.cluster))
    except OSError as error:
        raise Refused(f"--port {args.port}: {error.strerror}: choose another.") from error
    with server:
        put(server.address)
        say("Open it in a browser on this machine: it acts with your credentials. Ctrl-C ends it.")
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    return 0


COMMAND = Command(
    "console", "serve a page that shows clusters and acts", HELP, add_options, run, needs_checkout=False
)
