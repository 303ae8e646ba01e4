"""`python -m highwater`: see `--help`."""

import argparse
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound
from botocore.session import Session

from highwater.deploy.arguments import RAW, add_where
from highwater.deploy.aws.caller import said_of
from highwater.deploy.commands import check, cluster, control_plane, cost, image, rehearse, remove, retire
from highwater.terminal import Failed, Refused, say

COMMANDS = (control_plane, image, cluster, check, retire, remove, rehearse, cost)
DONE, FAILED, REFUSED = 0, 1, 2
CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 8})

HELP = """Deploys Highwater to AWS, and takes it away again. Progress goes to stderr, the result to stdout.

  python -m highwater up                          the control plane, once per account and region (make deploy)
  python -m highwater up --upgrade                changes it to this version (make upgrade)
  python -m highwater image --parent ami-...      the host image (make image PARENT=ami-...)
  python -m highwater cluster trades --vpc vpc-... --subnets subnet-...,subnet-... --image ami-...
                                               (make cluster CLUSTER=trades VPC=... SUBNETS=... IMAGE=...)
  python -m highwater retire trades && python -m highwater remove trades

Every other command has the same name with make. Nothing asks before it acts: look with --dry-run first.

Exit status: 0 done, 1 failed in AWS, 2 refused before a stack was created or changed; make says 2 for both.
"""


def parser() -> argparse.ArgumentParser:
    """The command line; each command can be told where."""
    root = argparse.ArgumentParser(prog="python -m highwater", description=HELP, formatter_class=RAW)
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add(commands)
    for command in commands.choices.values():
        add_where(command)
    return root


def main(argv: list[str] | None = None) -> int:
    """Runs a command and says why it ended, if it did not end well."""
    args = parser().parse_args(argv)
    core = Session(profile=args.profile)
    core.set_default_client_config(CONFIG)
    try:
        return int(args.run(args, boto3.Session(botocore_session=core, region_name=args.region)))
    except ProfileNotFound as error:
        return _ended(args, REFUSED, f"{error}: choose another with --profile or AWS_PROFILE.")
    except Refused as refused:
        return _ended(args, REFUSED, str(refused))
    except Failed as failed:
        return _ended(args, FAILED, str(failed))
    except (ClientError, BotoCoreError) as error:
        return _ended(args, FAILED, f"{said_of(error)} What AWS was asked for before that goes on there.")
    except KeyboardInterrupt:
        return _ended(
            args, FAILED, "Interrupted. What AWS was asked for goes on there: look, then run this again."
        )


def _ended(args: argparse.Namespace, status: int, reason: str) -> int:
    say(reason)
    if getattr(args, "json", False):
        sys.stdout.write(json.dumps({"refused" if status == REFUSED else "failed": reason}) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
