"""`highwater-rdb`: see `--help`."""

import argparse
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn

from .commands import as_json, check, failed, passwords, report, run, say, status
from .host.config import CONFIG, FROM_ENVIRONMENT, BadConfig, load

HELP = f"""Reports the state of this host's RDB to Highwater, and asks q to drain when it should.

  highwater-rdb check    find out what is wrong with this host, and what to do; start here
  highwater-rdb status   show q's status, the memory, the last report, and whether a drain is requested
  highwater-rdb report   send one report now, due or not
  highwater-rdb run      report until stopped; the service highwater-reporter runs this
  highwater-rdb passwords
                         keep HIGHWATER_Q_PASSWORDS, a file, as the secret HIGHWATER_Q_SECRET is;
                         the service highwater-passwords runs this, and needs no other setting

Settings come from {CONFIG}, which may be missing, or from --config FILE. These environment
variables override them: {", ".join(FROM_ENVIRONMENT.values())}.
On a host that the cluster's stack launched, /etc/highwater/cluster.env sets them:

  set -a; . /etc/highwater/cluster.env; highwater-rdb check

Exit status: 0; 1 if something is wrong; 2 for invalid arguments or settings that cannot be used.
"""

# The shell's status for a command that a closed pipe ended.
SIGPIPED = 141


class Parser(argparse.ArgumentParser):
    """Refuses bad arguments with one sentence."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, f"highwater-rdb: {message}; see highwater-rdb --help\n")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    args = _parser().parse_args(argv)
    done: int
    if args.run is passwords:
        done = passwords()
        return done
    try:
        config, wrong = load(args.config)
    except BadConfig as error:
        if args.run is status and args.json:
            say(as_json(None, None, None, None, error.args))
        for text in error.args:
            failed(text)
        return 2
    try:
        done = args.run(args, config, wrong)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone. What is still buffered must not be written when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SIGPIPED
    return done


def _parser() -> Parser:
    parser = Parser(
        prog="highwater-rdb", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"highwater-rdb {_version()}")
    commands = parser.add_subparsers(
        required=True, metavar="check|status|report|run|passwords", parser_class=Parser
    )
    for command in (check, status, report, run, passwords):
        one = commands.add_parser(command.__name__, help=str(command.__doc__), description=command.__doc__)
        one.set_defaults(run=command)
        if command is passwords:
            continue
        one.add_argument("--config", type=Path, metavar="FILE", help=f"the settings, instead of {CONFIG}")
        if command is status:
            one.add_argument("--json", action="store_true", help="for a program to read")
    return parser


def _version() -> str:
    try:
        return version("highwater-rdb")
    except PackageNotFoundError:
        return "of a source tree"


if __name__ == "__main__":
    sys.exit(main())
