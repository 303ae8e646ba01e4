"""The command `image`: builds the host image from a parent image, as a stack of its own."""

import argparse
from collections.abc import Mapping
from typing import Any

from deploy import templates
from deploy.account import Account
from deploy.arguments import add_parameters, command, given, given_refusal, missing_refusal
from deploy.caller import caller_of, reading
from deploy.hosts import Hosts
from deploy.preflight import (
    IMAGE_STACK,
    first,
    image_refusal,
    instance_type_refusal,
    refuse,
    stack_refusal,
)
from deploy.stacks import Request, Stacks
from deploy.terminal import say, show

HELP = """\
The host image, built by EC2 Image Builder from a parent image of yours, as the stack `highwater-image`.
It takes most of an hour. Run it again with a newer parent for a newer image; `cluster --upgrade` takes it.

  python -m deploy image --parent ami-0a1b
"""
VERSION = "Version"


def add(subparsers: Any) -> None:
    """The command, with an option for each parameter of the template but the version, which is counted."""
    parser = command(subparsers, "image", "build the host image", HELP)
    add_parameters(parser, (p for p in _parameters().values() if p.name != VERSION))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, session: Any) -> int:
    """Creates or updates the stack; the image's id is the result. Raises Refused and Failed."""
    parameters = _parameters()
    said = given(args, parameters.values())
    refuse(given_refusal(args, parameters.values()))
    caller = caller_of(session)
    with reading():
        stack, hosts = Account(session, caller).stack(IMAGE_STACK), Hosts(session)
    defaults = {name: p.default for name, p in parameters.items() if p.default is not None}
    built = {name: text for name, text in (stack.parameters if stack else {}).items() if name in parameters}
    values = defaults | built | said
    refuse(missing_refusal(parameters.values(), values))
    with reading():
        parent = hosts.image(values["ParentImage"])
        kind = hosts.instance_types([values["InstanceType"]]).get(values["InstanceType"])
    refuse(
        first(
            (
                stack_refusal(IMAGE_STACK, stack, caller.region, upgrade=stack is not None),
                image_refusal(values["ParentImage"], "--parent", parent, caller.region),
                instance_type_refusal(values["InstanceType"], "--instance-type", kind, parent, frozenset()),
            )
        )
    )
    if stack:
        values[VERSION] = version_after(built, values)
    say(f"Building version {values[VERSION]} from {values['ParentImage']} in {caller.region}")
    stacks = Stacks(session.client("cloudformation"))
    request = Request(IMAGE_STACK, templates.IMAGE_TEMPLATE.read_text(), dict(values), stack)
    # Nothing is kept here: a new parent replaces the image, and clusters name the image that they use.
    stacks.change(request, lambda _: None, dry_run=False)
    image_id = stacks.outputs(IMAGE_STACK)["ImageId"]
    show(args, {"ImageId": image_id}, f"make cluster CLUSTER=... VPC=... SUBNETS=... IMAGE={image_id}")
    return 0


def version_after(built: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """The version of the image that is wanted: the next one, unless the same was built last."""
    if all(built.get(name) == value for name, value in wanted.items() if name != VERSION):
        return built[VERSION]
    major, minor, patch = built[VERSION].split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


def _parameters() -> dict[str, templates.Parameter]:
    return templates.parameters(templates.read_template(templates.IMAGE_TEMPLATE))
