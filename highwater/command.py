"""A command of `highwater`: its name, its help, its options, and the function that carries it out."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

RAW = argparse.RawDescriptionHelpFormatter


class Parser(argparse.ArgumentParser):
    """Refuses bad arguments with one sentence."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, f"{self.prog}: {message}; see `{self.prog} --help`\n")


@dataclass(frozen=True)
class Command:
    """One command. `run` gets the arguments and a boto3 session, and returns the exit status."""

    name: str
    summary: str
    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Any], int]
    # The files of the project that is deployed; without them an installed wheel can only look and remove.
    needs_checkout: bool = True

    def parser(self) -> Parser:
        """Make the command line of this command."""
        parser = Parser(prog=f"highwater {self.name}", description=self.help, formatter_class=RAW)
        self.add_options(parser)
        parser.add_argument("--region", help="the AWS region (default: AWS_DEFAULT_REGION, or the profile's)")
        parser.add_argument(
            "--profile", help="a profile of ~/.aws/config (default: AWS_PROFILE, or the default profile)"
        )
        return parser


def add_json(parser: argparse.ArgumentParser) -> None:
    """Let the result be printed for a program."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
