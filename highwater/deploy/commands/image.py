"""The command `image`: the host image, with the reporter in it."""

import argparse
from collections.abc import Mapping
from typing import Any

from highwater.command import Command, add_json
from highwater.deploy.arguments import (
    add_dry_run,
    add_parameters,
    given_refusal,
    given_values,
    missing_refusal,
)
from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, proposing, reading
from highwater.deploy.aws.hosts import Hosts
from highwater.deploy.aws.stacks import Request, Stacks
from highwater.deploy.aws.upload import Upload, bucket_name
from highwater.deploy.packaging import template_files, wheelhouse
from highwater.deploy.rules import templates
from highwater.deploy.rules.image import ImageFacts, builder_type, image_stack_refusal, version_after
from highwater.deploy.rules.releases import image_warning
from highwater.deploy.rules.stack_names import CONTROL_PLANE, IMAGE_STACK
from highwater.terminal import refuse, say, show

HELP = """\
Builds the host image with EC2 Image Builder from a parent image of yours, as the stack
`highwater-image`. The reporter's wheel and those that it needs are uploaded to the S3 bucket
highwater-code-ACCOUNT-REGION, and installed in the image by their hashes. q and its licence are
never in it. The parent image decides the architecture, x86-64 or arm64 (Graviton). This takes
most of an hour.

Run it again with a newer parent image, or from a checkout of another release, to get another
image. Nothing that runs changes: `highwater cluster NAME --upgrade --image ami-...` uses it for
new hosts.

Examples:
  highwater image --parent ami-...
  highwater image --parent ami-... --subnet subnet-...    in an account without a default VPC
"""
# Not options: the version is counted, and the reporter is built here.
OURS = frozenset({"Version", "Vpc", "ReporterBucket", "ReporterKey"})


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options, one for each parameter of the template that people may set."""
    add_json(parser)
    parameters = templates.parameters(template_files.read_template(template_files.IMAGE_TEMPLATE))
    add_parameters(parser, _asked(parameters))
    add_dry_run(parser, "; the bucket and the upload stay")


def run(args: argparse.Namespace, session: Any) -> int:
    """Create or update the stack and show the image's id. Raises Refused and Failed."""
    here = template_files.read_template(template_files.IMAGE_TEMPLATE)
    parameters = templates.parameters(here)
    asked = _asked(parameters)
    refuse(given_refusal(args, asked))
    caller = caller_of(session)
    account, stacks = Account(session, caller), Stacks(session.client("cloudformation"))
    with reading():
        stack, control_plane = account.stack(IMAGE_STACK), account.stack(CONTROL_PLANE)
        same_template = stack is not None and (templates.parse(stacks.template(IMAGE_STACK)) == here)
    defaults = {name: p.default for name, p in parameters.items() if p.default is not None}
    built = {name: text for name, text in (stack.parameters if stack else {}).items() if name in parameters}
    values = defaults | built | given_values(args, asked)
    refuse(missing_refusal(asked, values))
    bucket = bucket_name(caller)
    with reading():
        facts = facts_of(account, Hosts(session), bucket, values)
    values["InstanceType"] = builder_type(values["InstanceType"], facts.parent)
    refuse(image_stack_refusal(values, stack, facts, bucket, caller.region))
    if warning := image_warning(control_plane):
        say(f"Warning: {warning}")
    values["Vpc"] = facts.subnet.vpc if facts.subnet else ""
    path = wheelhouse.build().wheelhouse
    with proposing():
        upload = Upload(session.client("s3"), caller, facts.bucket)
        # The key begins with its sha256, which the build checks.
        values |= {"ReporterBucket": bucket, "ReporterKey": upload.put_file(path, named=True)}
    if stack:
        values["Version"] = version_after(built, values, same_template)
    request = Request(IMAGE_STACK, template_files.IMAGE_TEMPLATE.read_text(), dict(values), stack)
    say(f"Version {values['Version']} from {values['ParentImage']}")
    # Nothing here holds data: a new parent replaces the image, and clusters name the image that they use.
    changes = stacks.change(request, lambda _: None, dry_run=args.dry_run)
    if args.dry_run:
        show(args, {"changes": [change.line() for change in changes]})
        return 0
    image_id = stacks.outputs(IMAGE_STACK)["ImageId"]
    show(args, {"ImageId": image_id}, f"make cluster CLUSTER=... VPC=... SUBNETS=... IMAGE={image_id}")
    return 0


def facts_of(account: Account, hosts: Hosts, bucket: str, values: Mapping[str, str]) -> ImageFacts:
    """Read the facts for the rules."""
    parent, subnet = hosts.image(values["ParentImage"]), values["Subnet"]
    kind = builder_type(values["InstanceType"], parent)
    return ImageFacts(
        parent=parent,
        kind=hosts.instance_types([kind]).get(kind),
        subnet=hosts.subnets([subnet]).get(subnet) if subnet else None,
        default_subnet=hosts.has_default_subnet(),
        bucket=account.bucket(bucket),
    )


def _asked(parameters: Mapping[str, templates.Parameter]) -> list[templates.Parameter]:
    return [parameter for name, parameter in parameters.items() if name not in OURS]


COMMAND = Command("image", "build the host image, with the reporter in it", HELP, add_options, run)
