"""`rehearse`: shows on real AWS what Highwater's safety rests on, on a group that lives for this alone."""

import argparse
import re
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import boto3

from chalicelib.adapters.clients import AWS_ERRORS
from highwater.deploy.arguments import RAW
from highwater.deploy.aws.caller import caller_of, reading
from highwater.deploy.aws.hosts import Hosts
from highwater.deploy.rehearsal.throwaway import INSTANCE_TYPE, Throwaway
from highwater.deploy.rehearsal.trials import INSTANCES, Rehearsal, Row
from highwater.deploy.rules.image_preflight import rehearsal_refusal
from highwater.deploy.rules.preflight import refuse
from highwater.terminal import Failed, say

HELP = f"""Shows on real AWS what Highwater otherwise knows from documents and captures: what EC2 Auto Scaling
refuses, whom it ends, and what a terminating hook holds.

  python -m highwater rehearse subnet-... ami-...

It makes a launch template and a group of its own, {INSTANCES} instances {INSTANCE_TYPE}
for about a quarter of an hour: some cents. The subnet needs no way out; the image is any for x86_64, such as
Amazon Linux. The group has no highwater: tag, so that no control plane sees it, and no cluster is touched.
Everything is taken away again at the end, also after an error and after Ctrl-C; what cannot be is named.

Exit status: 0 when all is as expected, 1 when a row is DIFFERENT or something was left, 2 for bad input.
"""


def add(subparsers: Any) -> None:
    """Adds the subcommand."""
    parser = subparsers.add_parser(
        "rehearse",
        help="show EC2 Auto Scaling's rules on real AWS, on a throwaway group (some cents)",
        description=HELP,
        formatter_class=RAW,
    )
    parser.add_argument("subnet", type=_id("subnet"), metavar="SUBNET", help="where the instances start")
    parser.add_argument("image", type=_id("ami"), metavar="IMAGE", help="what they start from")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Rehearses, and cleans up whatever happens. Raises Refused."""
    caller, hosts = caller_of(session), Hosts(session)
    with reading():
        subnet = hosts.subnets([args.subnet]).get(args.subnet)
        image = hosts.image(args.image)
        kind = hosts.instance_types([INSTANCE_TYPE]).get(INSTANCE_TYPE)
    refuse(rehearsal_refusal(args.subnet, args.image, subnet, image, kind, caller.region))
    name = f"highwater-rehearsal-{uuid.uuid4().hex[:8]}"
    return perform(Throwaway(session, name, args.subnet, args.image, time.sleep))


def perform(group: Throwaway) -> int:
    """All rows, then the cleaning up; the exit status."""
    say(f"making {group.name}; if this is killed, take it away so:\n{by_hand(group.name)}")
    rows = []
    try:
        try:
            for row in Rehearsal(group).rows():
                rows.append(row)
                sys.stdout.write(shown(len(rows), row))
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
        say("everything was taken away")
    return 0 if good and not left else 1


def shown(number: int, row: Row) -> str:
    """A row for a terminal."""
    verdict = "same" if row.same else "DIFFERENT"
    return f"{number} {verdict:<10} {row.tried}\n  expected: {row.expected}\n  seen:     {row.seen}\n"


def by_hand(name: str) -> str:
    """The commands that take away what a rehearsal makes."""
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
