"""The command `rehearse`: tests on real AWS the rules that Highwater's safety relies on."""

import argparse
import re
import sys
import time
import uuid
from collections.abc import Callable

import boto3

from chalicelib.adapters.clients import AWS_ERRORS
from highwater.command import Command
from highwater.deploy.aws.caller import caller_of, reading
from highwater.deploy.aws.hosts import Hosts
from highwater.deploy.rehearsal.throwaway import Throwaway
from highwater.deploy.rehearsal.trials import INSTANCES, Rehearsal, Row
from highwater.deploy.rules.rehearsal import INSTANCE_TYPE, RehearsalFacts, rehearsal_refusal
from highwater.terminal import Failed, refuse, say

HELP = f"""\
Tests on real AWS what Highwater otherwise knows from documents and captures: what EC2 Auto
Scaling refuses, which instance it terminates, and what a terminating hook holds.

It creates a launch template and an Auto Scaling group of its own, with {INSTANCES} instances
{INSTANCE_TYPE} for about a quarter of an hour, which costs a few cents. The subnet needs no way out;
any image for x86_64 will do, such as Amazon Linux. The group has no highwater: tag, so no
control plane sees it, and no cluster is touched. At the end everything is deleted again, also
after an error and after Ctrl-C; what could not be deleted is listed.

Example:
  highwater rehearse subnet-0123456789abcdef0 ami-0123456789abcdef0

Exit status: 0 when every row is as expected; 1 when a row is DIFFERENT or something was left
behind; 2 for bad input.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("subnet", type=_id("subnet"), metavar="SUBNET", help="where the instances start")
    parser.add_argument("image", type=_id("ami"), metavar="IMAGE", help="what they start from")


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Rehearse, and clean up whatever happens. Raises Refused."""
    caller, hosts = caller_of(session), Hosts(session)
    with reading():
        facts = RehearsalFacts(
            subnet=hosts.subnets([args.subnet]).get(args.subnet),
            image=hosts.image(args.image),
            kind=hosts.instance_types([INSTANCE_TYPE]).get(INSTANCE_TYPE),
        )
    refuse(rehearsal_refusal(args.subnet, args.image, facts, caller.region))
    name = f"highwater-rehearsal-{uuid.uuid4().hex[:8]}"
    return perform(Throwaway(session, name, args.subnet, args.image, time.sleep))


def perform(group: Throwaway) -> int:
    """Run all rows, clean up, and return the exit status."""
    say(f"creating {group.name}; if this is killed, delete it with:\n{by_hand(group.name)}")
    rows = []
    try:
        try:
            for row in Rehearsal(group).rows():
                rows.append(row)
                sys.stdout.write(row_text(len(rows), row))
                sys.stdout.flush()
            good = all(row.same for row in rows)
        except KeyboardInterrupt:
            say("interrupted")
            good = False
        except (Failed, *AWS_ERRORS) as error:
            say(f"It ended early: {error}")
            good = False
        say("cleaning up")
        left = group.clean_up()
    except KeyboardInterrupt:
        good, left = False, (f"group and launch template {group.name}: interrupted while cleaning up",)
    if left:
        say("LEFT BEHIND:\n" + "".join(f"  {thing}\n" for thing in left) + by_hand(group.name))
    else:
        say("everything was deleted")
    return 0 if good and not left else 1


def row_text(number: int, row: Row) -> str:
    """Format a row for a terminal."""
    verdict = "same" if row.same else "DIFFERENT"
    return f"{number} {verdict:<10} {row.tried}\n  expected: {row.expected}\n  seen:     {row.seen}\n"


def by_hand(name: str) -> str:
    """List the commands that delete what a rehearsal creates."""
    group = f"--auto-scaling-group-name {name}"
    return (
        f"  aws autoscaling update-auto-scaling-group {group} --min-size 0 --deletion-protection none \\\n"
        "    --instance-lifecycle-policy 'RetentionTriggers={TerminateHookAbandon=terminate}'\n"
        f"  aws autoscaling delete-auto-scaling-group {group} --force-delete\n"
        f"  aws ec2 delete-launch-template --launch-template-name {name}"
    )


def _id(kind: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(rf"{kind}-[0-9a-f]{{8,17}}", text):
            raise argparse.ArgumentTypeError(f"{text!r} is not an id like {kind}-0123456789abcdef0")
        return text

    return read


COMMAND = Command(
    "rehearse",
    "test on real AWS the rules that Highwater relies on (a few cents)",
    HELP,
    add_options,
    run,
    needs_checkout=False,
)
