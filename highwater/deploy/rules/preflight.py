"""Rules that are checked before anything is created. Each is pure and returns one sentence, or None."""

from collections.abc import Iterable
from typing import assert_never

from highwater.deploy.rules.facts import Bucket, ControlPlaneFacts, Image, InstanceType, Stack
from highwater.deploy.rules.stack_names import CONTROL_PLANE, removal_command
from highwater.deploy.rules.stack_status import condition_of, resumption_command
from highwater.deploy.rules.templates import Name, Parameter

VERSION_OUTPUT, FOLLOWS_OUTPUT = "HighwaterVersion", "HighwaterFollows"
# The control plane's own functions use ten at most with a few clusters.
ENOUGH_AT_A_TIME = 50


def first(sentences: Iterable[str | None]) -> str | None:
    """Return the first sentence; the ones after it may only be consequences."""
    return next((sentence for sentence in sentences if sentence), None)


def absent(named: str, what: str) -> str:
    """Refuse what does not exist."""
    return f"{named}: there is no such {what}, choose one that is."


def region_refusal(region: str | None, supported: Iterable[str]) -> str | None:
    """Refuse a region that lacks one of the services, or a missing region."""
    if region in (known := sorted(supported)):
        return None
    if region is None:
        return f"No region: give --region, one of {', '.join(known)}, or set AWS_DEFAULT_REGION."
    return f"--region {region}: is not supported, use one of {', '.join(known)}."


def value_refusal(parameter: Parameter, option: str, text: str) -> str | None:
    """Refuse a value that the template would not accept."""
    return None if parameter.accepts(text) else f"{option} {text}: must be {parameter.rule()}."


def cluster_stack_refusal(cluster: str, stack: Stack | None) -> str | None:
    """Refuse a stack of that name which is not this cluster's."""
    if stack is None or stack.parameters.get("Cluster") == cluster:
        return None
    return f"Stack {stack.name} is not of cluster {cluster}, by its parameter Cluster: choose another name."


def origin_refusal(stack: Stack | None) -> str | None:
    """Refuse a stack of 0.1.0: later ones have their version as an output, unless their creation failed."""
    if stack is None or not stack.outputs or VERSION_OUTPUT in stack.outputs:
        return None
    return (
        f"Stack {stack.name} has no output {VERSION_OUTPUT}, so it is of Highwater 0.1.0 and cannot be "
        f"upgraded: delete it with `{removal_command(stack.name)}`, then run this again."
    )


def stack_refusal(name: str, stack: Stack | None, region: str, upgrade: bool) -> str | None:
    """Refuse to create a stack that exists, to upgrade one that does not, or to change one that cannot be."""
    if stack is None:
        absent = f"Stack {name} does not exist in {region}: leave out --upgrade to create it."
        return absent if upgrade else None
    if sentence := _status_refusal(stack):
        return sentence
    if sentence := origin_refusal(stack):
        return sentence
    if not upgrade:
        return f"Stack {name} exists in {region} already: add --upgrade to change it, or choose another name."
    return None


def _status_refusal(stack: Stack) -> str | None:
    """Refuse a stack that cannot be changed. One in another condition is left to AWS to refuse."""
    where = f"Stack {stack.name} is in {stack.status}"
    match condition := condition_of(stack.status):
        case "changing":
            return changing_refusal(stack)
        case "not created" | "not deleted":
            todo = f"delete it with `{removal_command(stack.name)}`, then run this again."
            return f"{where} and cannot be changed: {todo}"
        case "stuck":
            return f"{where}: run `{resumption_command(stack.name)}`, then run this again."
        case "complete" | "rolled back" | "deleted" | "other":
            return None
        case _:
            assert_never(condition)


def changing_refusal(stack: Stack | None) -> str | None:
    """Refuse while a stack is changing: another upgrade runs."""
    if stack is None or condition_of(stack.status) != "changing":
        return None
    return f"Stack {stack.name} is in {stack.status}: wait until that is over, then run this again."


def taken_refusal(stack: Stack | None, taken: Iterable[Name]) -> str | None:
    """Refuse a name that another resource has: the stack's creation would fail halfway."""
    own = stack.resources if stack else ()
    for kind, name in taken:
        if any(resource.type == kind and resource.physical_id.endswith(name) for resource in own):
            continue
        what = kind.removeprefix("AWS::").replace("::", " ")
        return (
            f"{what} {name} exists already and belongs to no stack of this name: delete or rename it, "
            "then run this again."
        )
    return None


def control_plane_refusal(facts: ControlPlaneFacts, bucket: str, region: str, upgrade: bool) -> str | None:
    """Refuse a control plane that cannot be deployed."""
    return first(
        (
            stack_refusal(CONTROL_PLANE, facts.stack, region, upgrade),
            bucket_refusal(bucket, facts.bucket),
            taken_refusal(facts.stack, facts.taken),
            _exported_refusal(facts.exported),
        )
    )


def concurrency_warning(limit: int | None, region: str) -> str | None:
    """Warn of an account that can run few functions at a time; `limit` is None when it is unknown."""
    if limit is None or limit >= ENOUGH_AT_A_TIME:
        return None
    return (
        f"All functions of this account in {region} together may run {limit} at a time: when others use them "
        "up, reports and alarms wait. With other functions or more than a few clusters ask for more (Service "
        "Quotas, AWS Lambda, L-B99A9384, concurrent executions)."
    )


def bucket_refusal(name: str, bucket: Bucket) -> str | None:
    """Refuse a bucket that is not ours: it could hold somebody else's code."""
    match bucket:
        case "ours" | "free":
            return None
        case "not ours":
            return f"S3 bucket {name} is not this account's, or not readable: ask its owner to delete it."
        case "elsewhere":
            return f"S3 bucket {name} is in another region: delete it, then run this again."
        case _:
            assert_never(bucket)


def _exported_refusal(exported: Iterable[str]) -> str | None:
    if names := sorted(exported):
        return f"Another stack exports {', '.join(names)}: delete that stack, then run this again."
    return None


def image_refusal(image_id: str, option: str, image: Image | None, region: str) -> str | None:
    """Refuse an image from which no host can start."""
    if image is None:
        return absent(f"{option} {image_id}", f"image in {region} for this account")
    if image.state != "available":
        return f"{option} {image_id}: is {image.state}, wait until it is available or choose another."
    if image.windows:
        return f"{option} {image_id}: is for Windows, choose one for Linux."
    return None


def instance_type_refusal(
    name: str, option: str, kind: InstanceType | None, image: Image | None, zones: frozenset[str]
) -> str | None:
    """Refuse an instance type that a zone does not offer, or that cannot run the image."""
    if kind is None:
        return absent(f"{option} {name}", "instance type in this region")
    if without := sorted(zones - kind.zones):
        return f"{option} {name}: {', '.join(without)} does not offer it, choose another type or subnets."
    if image and image.architecture not in kind.architectures:
        runs = " and ".join(sorted(kind.architectures))
        return f"{option} {name}: runs {runs} and the image {image.architecture}, change one of them."
    return None
