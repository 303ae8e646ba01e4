"""The commands `wheel` and `image`: the reporter's wheel, and the host image that it is baked into."""

import argparse
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from highwater.deploy.arguments import add_parameters, command, given, given_refusal, missing_refusal
from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, proposing, reading
from highwater.deploy.aws.hosts import Hosts
from highwater.deploy.aws.stacks import Request, Stacks
from highwater.deploy.aws.upload import Upload, bucket_name
from highwater.deploy.packaging import wheel
from highwater.deploy.packaging.package import ROOT
from highwater.deploy.rules import templates
from highwater.deploy.rules.image_preflight import ImageFacts, image_stack_refusal
from highwater.deploy.rules.preflight import IMAGE_STACK, refuse
from highwater.terminal import Refused, say, show

IMAGE_HELP = """\
The host image, built by EC2 Image Builder from a parent image of yours, as the stack `highwater-image`. The
reporter's wheel is built, uploaded to the S3 bucket highwater-code-ACCOUNT-REGION and baked into it. It takes
most of an hour. Run it again with a newer parent, or of a newer version of Highwater, for a newer image;
`cluster --upgrade` takes it.

  python -m highwater image --parent ami-...
  python -m highwater image --parent ami-... --subnet subnet-...     in an account without a default VPC
"""

WHEEL_HELP = """\
Builds into dist/ what runs beside an RDB: the reporter and the q files, without AWS. `image` does so itself;
this is for an image of your own.

  python -m highwater wheel
"""
# Not asked for: the version is counted, and the reporter is built.
OURS = frozenset({"Version", "ReporterBucket", "ReporterKey"})


def add(subparsers: Any) -> None:
    """The two commands; `image` with an option for each parameter of the template that is asked for."""
    built = command(subparsers, "wheel", "build the reporter's wheel into dist/", WHEEL_HELP)
    built.set_defaults(run=run_wheel)
    parser = command(subparsers, "image", "build the host image", IMAGE_HELP)
    add_parameters(parser, _asked())
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="show what would change, and build no image; the bucket and the upload stay",
    )
    parser.set_defaults(run=run_image)


def run_wheel(args: argparse.Namespace, _: Any) -> int:
    """Builds; name, size and digest are the result."""
    path = _built()
    content = path.read_bytes()
    show(args, {str(path.relative_to(ROOT)): f"{len(content):,} bytes, sha256 {sha256(content).hexdigest()}"})
    return 0


def run_image(args: argparse.Namespace, session: Any) -> int:
    """Creates or updates the stack; the image's id is the result. Raises Refused and Failed."""
    parameters, asked = _parameters(), _asked()
    refuse(given_refusal(args, asked))
    caller = caller_of(session)
    account, stacks = Account(session, caller), Stacks(session.client("cloudformation"))
    with reading():
        stack = account.stack(IMAGE_STACK)
        same_template = stack is not None and (
            templates.parse(stacks.template(IMAGE_STACK)) == templates.read_template(templates.IMAGE_TEMPLATE)
        )
    defaults = {name: p.default for name, p in parameters.items() if p.default is not None}
    built = {name: text for name, text in (stack.parameters if stack else {}).items() if name in parameters}
    values = defaults | built | given(args, asked)
    refuse(missing_refusal(asked, values))
    bucket = bucket_name(caller)
    with reading():
        facts = facts_of(account, Hosts(session), bucket, values)
    refuse(image_stack_refusal(values, stack, facts, bucket, caller.region))
    path = _built()
    with proposing():
        upload = Upload(session.client("s3"), caller, facts.bucket)
        # Under its own name too: pip takes no wheel of another.
        values |= {"ReporterBucket": bucket, "ReporterKey": upload.put_file(path, named=True)}
    if stack:
        values["Version"] = version_after(built, values, same_template)
    request = Request(IMAGE_STACK, templates.IMAGE_TEMPLATE.read_text(), dict(values), stack)
    say(f"Version {values['Version']} from {values['ParentImage']}")
    # Nothing is kept here: a new parent replaces the image, and clusters name the image that they use.
    changes = stacks.change(request, lambda _: None, dry_run=args.dry_run)
    if args.dry_run:
        show(args, {"changes": [change.line() for change in changes]})
        return 0
    image_id = stacks.outputs(IMAGE_STACK)["ImageId"]
    show(args, {"ImageId": image_id}, f"make cluster CLUSTER=... VPC=... SUBNETS=... IMAGE={image_id}")
    return 0


def facts_of(account: Account, hosts: Hosts, bucket: str, values: Mapping[str, str]) -> ImageFacts:
    """Reads what `image_preflight` must know."""
    kind, subnet = values["InstanceType"], values["Subnet"]
    return ImageFacts(
        parent=hosts.image(values["ParentImage"]),
        kind=hosts.instance_types([kind]).get(kind),
        subnet=hosts.subnets([subnet]).get(subnet) if subnet else None,
        default_subnet=hosts.has_default_subnet(),
        bucket=account.bucket(bucket),
    )


def version_after(built: Mapping[str, str], wanted: Mapping[str, str], same_template: bool) -> str:
    """The version of the image that is wanted: the next one, unless the same was built last."""
    if same_template and all(built.get(name) == value for name, value in wanted.items() if name != "Version"):
        return built["Version"]
    major, minor, patch = built["Version"].split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


def _built() -> Path:
    say("Building the reporter's wheel")
    try:
        return wheel.build()
    except RuntimeError as error:
        raise Refused(f"The wheel cannot be built: {error}") from error


def _parameters() -> dict[str, templates.Parameter]:
    return templates.parameters(templates.read_template(templates.IMAGE_TEMPLATE))


def _asked() -> tuple[templates.Parameter, ...]:
    return tuple(parameter for parameter in _parameters().values() if parameter.name not in OURS)
