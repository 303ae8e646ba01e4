"""The command `deploy`: the stack of the control plane."""

import argparse
import json
from typing import Any

import yaml

from highwater.command import Command, add_json
from highwater.deploy.arguments import add_dry_run
from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, proposing, reading
from highwater.deploy.aws.running import all_running
from highwater.deploy.aws.stacks import Request, Stacks
from highwater.deploy.aws.upload import Upload, bucket_name
from highwater.deploy.packaging import package, template_files
from highwater.deploy.rules import templates
from highwater.deploy.rules.behind import release_lines
from highwater.deploy.rules.changes import loss_refusal
from highwater.deploy.rules.facts import Caller, ControlPlaneFacts
from highwater.deploy.rules.preflight import concurrency_warning, control_plane_refusal
from highwater.deploy.rules.releases import control_plane_release_refusal
from highwater.deploy.rules.stack_names import CONTROL_PLANE
from highwater.terminal import refuse, say, show

HELP = """\
Creates the control plane of one region as the stack `highwater`: functions, queues, topics,
the ledger and the HTTP API. It serves every cluster of the account in that region.

The code is packaged, and uploaded to the S3 bucket highwater-code-ACCOUNT-REGION. Each change
of the stack is shown and then made, without a question: use --dry-run to look first.

An upgrade brings it to the release of this checkout, one up or one back. It shows the releases of
all that runs first: docs/upgrading.md says what is refused, and how to go back.

Examples:
  highwater deploy --region eu-west-1 --dry-run    show what would be created
  highwater deploy --region eu-west-1              create the control plane
  highwater deploy --region eu-west-1 --upgrade    bring it to the release of this checkout
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument("--upgrade", action="store_true", help="change the control plane that exists")
    add_dry_run(parser, "; the bucket and the upload stay")


def run(args: argparse.Namespace, session: Any) -> int:
    """Create or upgrade the stack. Raises Refused and Failed."""
    caller = caller_of(session)
    built = package.build()
    template = template_files.read_template(built.template)
    with reading():
        account = Account(session, caller)
        facts = facts_of(account, caller, template)
        logs_role = "exists" if account.api_logs_role_exists() else "create"
        at_a_time = account.concurrency()
        clusters = all_running(session, account, facts.stack)
    for line in release_lines(facts.stack, clusters):
        say(line)
    refuse(control_plane_refusal(facts, bucket_name(caller), caller.region, args.upgrade))
    refuse(control_plane_release_refusal(facts.stack, clusters, facts.dropped))
    if warning := concurrency_warning(at_a_time, caller.region):
        say(f"Warning: {warning}")
    with proposing():
        upload = Upload(session.client("s3"), caller, facts.bucket)
        code = f"s3://{bucket_name(caller)}/{upload.put_file(built.archive)}"
        key = upload.put(yaml.dump(with_code(template, code)).encode(), ".yaml")
    stacks = Stacks(session.client("cloudformation"))
    address = f"https://{bucket_name(caller)}.s3.{caller.region}.amazonaws.com/{key}"
    # An upgrade keeps what was decided: a stack that created the role would delete it.
    kept = facts.stack is not None and "ApiLogsRole" in facts.stack.parameters
    request = Request(CONTROL_PLANE, address, {"ApiLogsRole": None if kept else logs_role}, facts.stack)
    changes = stacks.change(request, loss_refusal, dry_run=args.dry_run)
    if args.dry_run:
        show(args, {"changes": [change.line() for change in changes]})
        return 0
    show(
        args,
        stacks.outputs(CONTROL_PLANE),
        "make cluster CLUSTER=trades VPC=vpc-... SUBNETS=subnet-...,subnet-... IMAGE=ami-... "
        f"ARGS='--region {caller.region}'",
    )
    return 0


def facts_of(account: Account, caller: Caller, template: templates.Template) -> ControlPlaneFacts:
    """Read the facts for `preflight`."""
    stack = account.stack(CONTROL_PLANE)
    exported, wanted = account.exports(), templates.exports(template)
    return ControlPlaneFacts(
        stack=stack,
        bucket=account.bucket(bucket_name(caller)),
        taken=account.taken(templates.names(template, caller.pseudo_parameters)),
        exported=frozenset(
            name for name in wanted if name in exported and exported[name] != (stack.id if stack else "")
        ),
        dropped=frozenset(
            name for name, owner in exported.items() if stack and owner == stack.id and name not in wanted
        ),
    )


def with_code(template: templates.Template, code: str) -> dict[str, Any]:
    """Set each function's code to its address in S3."""
    located: dict[str, Any] = json.loads(json.dumps(template))
    for resource in located["Resources"].values():
        if resource.get("Type") == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = code
    return located


COMMAND = Command("deploy", "create the control plane, or bring it to this release", HELP, add_options, run)
