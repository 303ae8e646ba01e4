"""The command `highwater`: see `highwater --help`."""

import errno
import os
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from io import TextIOWrapper

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound
from botocore.session import Session

from highwater import __version__
from highwater.checkout import checkout_refusal
from highwater.command import Command
from highwater.completion import completion
from highwater.console import command as console
from highwater.deploy.aws.caller import error_sentence
from highwater.deploy.commands import build, check, cluster, cost, deploy, image, rehearse, remove, retire
from highwater.operate.commands import (
    alerts,
    calendar,
    capacity,
    clusters,
    command,
    decisions,
    holds,
    release,
    report,
    status,
    watch,
    why,
    windows,
)
from highwater.size import command as size
from highwater.terminal import Failed, Refused, say, show

PURPOSES = {
    "Before you deploy": (size.COMMAND, cost.COMMAND, rehearse.COMMAND),
    "First day": (deploy.COMMAND, image.COMMAND, cluster.COMMAND),
    "Looking": (
        why.COMMAND,
        clusters.COMMAND,
        status.COMMAND,
        alerts.COMMAND,
        windows.COMMAND,
        decisions.COMMAND,
        command.COMMAND,
        watch.COMMAND,
        report.COMMAND,
        console.COMMAND,
    ),
    "Acting": (
        capacity.RAISE,
        capacity.LOWER,
        holds.HOLD,
        holds.LIFT,
        release.COMMAND,
        calendar.COMMAND,
    ),
    "Testing what is there": (check.COMMAND,),
    "Taking it away": (retire.COMMAND, remove.COMMAND),
    "Building without AWS": (build.PACKAGE, build.WHEEL),
    "Typing less": (completion(lambda: COMMANDS.values()),),
}
COMMANDS: dict[str, Command] = {one.name: one for commands in PURPOSES.values() for one in commands}
DONE, FAILED, REFUSED = 0, 1, 2
CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 8})

FIRST_STEPS = """Highwater scales a kdb+ realtime database over small EC2 hosts. First steps:

  make run                           watch a simulated trading day; no AWS account is needed
  highwater size                     find instance type and thresholds for your own days
  highwater cost                     estimate what it would cost you
  highwater rehearse SUBNET IMAGE    test on real AWS the rules that Highwater relies on (a few cents)
  highwater deploy --dry-run         show what the control plane would create in your account
  highwater why CLUSTER              once it runs: what goes on, why, and what to do

`highwater --help` lists every command, `highwater COMMAND --help` explains one with examples."""

OVERVIEW = """usage: highwater COMMAND ...
       highwater --help | --version

Deploys Highwater to AWS, operates its clusters, and takes it away again.
{commands}
`highwater COMMAND --help` explains a command, with examples. For each command there is a make target of the
same name; `make upgrade` is `highwater deploy --upgrade`.

`deploy`, `image`, `cluster` and all that acts on a cluster take --dry-run to show what would change.
`lower`, `release` and `lift` ask before what can't be taken back; a script must give --yes.
Progress goes to stderr and the result to stdout, with --json as JSON.

Looking and acting go through the HTTP API: signed with your credentials at the address of the stack
highwater, or at --url, or at the address in HIGHWATER_URL.

Exit status: 0 done; 1 AWS or the API failed, `check` or `rehearse` found something wrong, or no choice of
`size` holds every day; 2 refused, with nothing changed, or no command was given. make returns 2 for each
failure.
"""
# What commands were called, or are called by make.
RENAMED = {"up": "deploy", "upgrade": "deploy --upgrade"}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status; say why when it did not succeed."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal that lacks a letter of somebody's reason shows its number.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = _met(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Who reads has seen enough, as `head` has.
        _write_to_nobody()
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _write_to_nobody()
        say(f"The result is not whole: {error.strerror} where it is written.")
    return FAILED


def _write_to_nobody() -> None:
    """Python writes what is left of the result at its end, and would fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _met(argv: list[str]) -> int:
    match argv:
        case []:
            say(FIRST_STEPS)
            return REFUSED
        case ["-h" | "--help" | "help", *_]:
            sys.stdout.write(OVERVIEW.format(commands="\n".join(_listed())))
            return DONE
        case ["--version", *_]:
            sys.stdout.write(f"highwater {__version__}\n")
            return DONE
        case [name, *words]:
            if name in COMMANDS:
                return _carried_out(COMMANDS[name], words)
            nearest = RENAMED.get(name) or next(iter(get_close_matches(name, COMMANDS, n=1)), "")
            guess = f"; did you mean {nearest}?" if nearest else "."
            say(f"There is no command {name}{guess} `highwater --help` lists all commands.")
    return REFUSED


def _listed() -> Iterator[str]:
    for purpose, commands in PURPOSES.items():
        yield f"\n{purpose}:"
        yield from (f"  {one.name:<10} {one.summary}" for one in commands)
    yield ""


def _carried_out(command: Command, words: list[str]) -> int:
    if command.needs_checkout and (sentence := checkout_refusal(command.name)):
        say(sentence)
        return REFUSED
    args = command.parser().parse_args(words)
    try:
        core = Session(profile=args.profile)
        core.set_default_client_config(CONFIG)
        return command.run(args, boto3.Session(botocore_session=core, region_name=args.region))
    except ProfileNotFound as error:
        status, reason = REFUSED, f"{error}: choose another with --profile or AWS_PROFILE."
    except Refused as refused:
        status, reason = REFUSED, str(refused)
    except Failed as failed:
        status, reason = FAILED, str(failed)
    except (ClientError, BotoCoreError) as error:
        status, reason = FAILED, f"{error_sentence(error)} What AWS was asked for before that continues."
    except KeyboardInterrupt:
        status, reason = FAILED, "Interrupted. What AWS was asked for continues: look, then run this again."
    say(reason)
    if getattr(args, "json", False):
        show(args, {"refused" if status == REFUSED else "failed": reason})
    return status


if __name__ == "__main__":
    sys.exit(main())
