"""The command `rehearse`: tests on real AWS the rules that Highwater's safety relies on."""

import argparse
import json
import re
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import boto3
import msgspec

from chalicelib.adapters.clients import AWS_ERRORS
from chalicelib.proof.verifier import fetch
from highwater.command import Command, add_json
from highwater.deploy.aws.caller import caller_of, reading
from highwater.deploy.aws.hosts import Hosts
from highwater.deploy.rehearsal.belongings import Belongings
from highwater.deploy.rehearsal.site import Row, Site
from highwater.deploy.rehearsal.trials import rehearse
from highwater.deploy.rules.rehearsal import INSTANCE_TYPE, RehearsalFacts, rehearsal_refusal
from highwater.deploy.rules.steps import INSTANCES
from highwater.terminal import Failed, refuse, say

HELP = f"""\
Tests on real AWS what Highwater otherwise knows from documents and captures: what EC2 Auto
Scaling refuses, which instance it terminates, what a terminating hook holds, and what
DynamoDB, SQS, CloudWatch, STS and IAM do where their documents are silent.

It creates a launch template and an Auto Scaling group of its own, with {INSTANCES} instances
{INSTANCE_TYPE} for about a quarter of an hour, and a table, a queue, an alarm and a role, which
costs a few cents together. The subnet needs no way out; any image for x86_64 will do, such
as Amazon Linux. The group has no highwater: tag, so no control plane sees it, and no cluster
is touched. At the end everything is deleted again, also after an error and after Ctrl-C;
what could not be deleted is listed with the command that deletes it.

Examples:
  highwater rehearse subnet-0123456789abcdef0 ami-0123456789abcdef0
  highwater rehearse subnet-0123456789abcdef0 ami-0123456789abcdef0 --json

Exit status: 0 when every row is as expected; 1 when a row is DIFFERENT or something was left
behind; 2 for bad input.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
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
    site = Site(
        session=session,
        caller=caller,
        name=f"highwater-rehearsal-{uuid.uuid4().hex[:8]}",
        sleep=time.sleep,
        now=lambda: datetime.now(UTC),
        fetch=fetch,
        belongings=Belongings(),
    )
    return perform(rehearse(site, args.subnet, args.image), site.belongings, as_json=args.json)


def perform(rows: Iterator[Row], belongings: Belongings, *, as_json: bool = False) -> int:
    """Run all steps, clean up, and return the exit status."""
    seen: list[Row] = []
    left: tuple[str, ...] = ()
    good = False
    try:
        for row in rows:
            seen.append(row)
            if not as_json:
                sys.stdout.write(row_text(len(seen), row))
                sys.stdout.flush()
        good = all(row.same for row in seen)
    except KeyboardInterrupt:
        say("interrupted")
    except (Failed, *AWS_ERRORS) as error:
        say(f"It ended early: {error}")
    finally:
        say("cleaning up")
        left = belongings.give_back()
    say("LEFT BEHIND:\n" + "\n".join(left) if left else "everything was deleted")
    good = good and not left
    if as_json:
        result = {"good": good, "rows": msgspec.to_builtins(seen), "left": list(left)}
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0 if good else 1


def row_text(number: int, row: Row) -> str:
    """Format a row for a terminal."""
    verdict = "same" if row.same else "DIFFERENT"
    breaks = "" if row.same else f"  breaks:   {row.breaks}\n"
    return (
        f"{number:>2} {verdict:<9} {row.step}: {row.tried}\n"
        f"  expected: {row.expected}\n  seen:     {row.seen}\n{breaks}"
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
