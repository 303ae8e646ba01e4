"""The commands `package` and `up`: the functions' package, and the stack that runs them."""

import argparse
import copy
import json
from typing import Any

import yaml

from highwater.deploy.arguments import command
from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, proposing, reading
from highwater.deploy.aws.stacks import Request, Stacks
from highwater.deploy.aws.upload import Upload, bucket_name
from highwater.deploy.packaging import package
from highwater.deploy.rules import templates
from highwater.deploy.rules.changes import loss_refusal
from highwater.deploy.rules.facts import Caller, ControlPlaneFacts
from highwater.deploy.rules.preflight import CONTROL_PLANE, control_plane_refusal, refuse
from highwater.terminal import Refused, say, show

UP_HELP = """The control plane of one region: functions, queues, topics, the ledger and the HTTP API, as the
stack `highwater`. It is packaged, uploaded to the S3 bucket highwater-code-ACCOUNT-REGION, and what would
change is shown before it is changed; it does not ask, so look with --dry-run first. It serves every cluster
of the account in that region. `make deploy` and `make upgrade` call it.

  python -m highwater up --region eu-west-1
  python -m highwater up --region eu-west-1 --dry-run      shows what would change; uploads all the same
  python -m highwater up --region eu-west-1 --upgrade
"""

PACKAGE_HELP = """\
Builds dist/deployment.zip and dist/control-plane.yaml, the same bytes each time, without AWS.

  python -m highwater package
"""


def add(subparsers: Any) -> None:
    """The two commands."""
    built = command(subparsers, "package", "build what is deployed into dist/", PACKAGE_HELP)
    built.set_defaults(run=run_package)
    up = command(subparsers, "up", "create or upgrade the control plane", UP_HELP)
    up.add_argument("--upgrade", action="store_true", help="change the control plane that is there")
    up.add_argument(
        "--dry-run",
        action="store_true",
        help="show what would change, and change nothing; the bucket and the upload stay",
    )
    up.set_defaults(run=run_up)


def run_package(args: argparse.Namespace, _: Any) -> int:
    """Builds; names, sizes and digests are the result."""
    built = _built()
    digests = built.digests()
    show(
        args,
        {
            str(path.relative_to(package.ROOT)): f"{path.stat().st_size:,} bytes, sha256 {digests[path.name]}"
            for path in built
        },
    )
    return 0


def run_up(args: argparse.Namespace, session: Any) -> int:
    """Creates or upgrades the stack. Raises Refused and Failed."""
    caller = caller_of(session)
    built = _built()
    template = templates.read_template(built.template)
    with reading():
        account = Account(session, caller)
        facts = facts_of(account, caller, template)
        logs_role = None if _keeps_logs_role(facts) else api_logs_role(account)
    refuse(control_plane_refusal(facts, bucket_name(caller), caller.region, args.upgrade))
    with proposing():
        upload = Upload(session.client("s3"), caller, facts.bucket)
        code = f"s3://{bucket_name(caller)}/{upload.put_file(built.archive)}"
        key = upload.put(yaml.dump(with_code(template, code)).encode(), ".yaml")
    stacks = Stacks(session.client("cloudformation"))
    address = f"https://{bucket_name(caller)}.s3.{caller.region}.amazonaws.com/{key}"
    request = Request(CONTROL_PLANE, address, {"ApiLogsRole": logs_role}, facts.stack)
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
    """Reads what `preflight` must know."""
    stack = account.stack(CONTROL_PLANE)
    exported = account.exports()
    return ControlPlaneFacts(
        stack=stack,
        bucket=account.bucket(bucket_name(caller)),
        taken=account.taken(templates.names(template, caller.pseudo_parameters)),
        exported=frozenset(
            name
            for name in templates.exports(template)
            if name in exported and exported[name] != (stack.id if stack else "")
        ),
    )


def api_logs_role(account: Account) -> str:
    """Whether the stack must create the one role per account and region with which API Gateway logs."""
    return "exists" if account.api_logs_role_exists() else "create"


def with_code(template: templates.Template, code: str) -> dict[str, Any]:
    """The template with each function's code at its address in S3."""
    located: dict[str, Any] = copy.deepcopy(dict(template))
    for resource in located["Resources"].values():
        if resource.get("Type") == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = code
    plain: dict[str, Any] = json.loads(json.dumps(located))
    return plain


def _keeps_logs_role(facts: ControlPlaneFacts) -> bool:
    """An upgrade keeps what was decided: a stack that made the role would delete it."""
    return facts.stack is not None and "ApiLogsRole" in facts.stack.parameters


def _built() -> package.Package:
    say("Packaging")
    try:
        return package.build()
    except RuntimeError as error:
        raise Refused(f"The package cannot be built: {error}") from error
