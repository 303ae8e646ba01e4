"""What cannot work, found before anything is created: each check is pure and returns one sentence or None."""

import re
from collections.abc import Iterable

from highwater.deploy.rules.facts import Bucket, ControlPlaneFacts, Image, InstanceType, Stack
from highwater.deploy.rules.templates import Name, Parameter
from highwater.terminal import Refused

CONTROL_PLANE = "highwater"
IMAGE_STACK = "highwater-image"
RESERVED = frozenset({"image"})  # highwater-image is the stack of the host image
FAILED_CREATION = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"})


def first(sentences: Iterable[str | None]) -> str | None:
    """The first sentence there is: what comes after it may only follow from it."""
    return next((sentence for sentence in sentences if sentence), None)


def region_refusal(region: str | None, supported: Iterable[str]) -> str | None:
    """A region in which one of the services is missing, or none at all."""
    if region in (known := sorted(supported)):
        return None
    if region is None:
        return f"No region: give --region, one of {', '.join(known)}, or set AWS_DEFAULT_REGION."
    return f"--region {region}: is not supported, use one of {', '.join(known)}."


def value_refusal(parameter: Parameter, option: str, text: str) -> str | None:
    """A value that the template would not take."""
    return None if parameter.accepts(text) else f"{option} {text}: must be {parameter.rule()}."


def name_refusal(cluster: str) -> str | None:
    """A name of which no stack can be made, or whose stack is another thing."""
    if cluster in RESERVED:
        return f"NAME {cluster}: {stack_name(cluster)} is the stack of the host image, choose another name."
    if not re.fullmatch("[A-Za-z0-9-]+", cluster):
        return f"NAME {cluster}: must be letters, digits and hyphens, as it is part of the stack's name."
    return None


def stack_name(cluster: str) -> str:
    """The stack of a cluster."""
    return f"{CONTROL_PLANE}-{cluster}"


def cluster_stack_refusal(cluster: str, stack: Stack | None) -> str | None:
    """A stack of that name which is not this cluster's."""
    if stack is None or stack.parameters.get("Cluster") == cluster:
        return None
    return f"Stack {stack.name} is not of cluster {cluster}, by its parameter Cluster: choose another name."


def creation_command(stack: str) -> str:
    """How a stack of this name is created."""
    return "make deploy" if stack == CONTROL_PLANE else f"make cluster CLUSTER={_cluster_of(stack)} ..."


def upgrade_command(stack: str) -> str:
    """How a stack is brought to this version."""
    return (
        "make upgrade"
        if stack == CONTROL_PLANE
        else f"make cluster CLUSTER={_cluster_of(stack)} ARGS=--upgrade"
    )


def _cluster_of(stack: str) -> str:
    return stack.removeprefix(f"{CONTROL_PLANE}-")


def removal_command(stack: str) -> str:
    """How a stack is deleted with all that hinders it."""
    if stack == CONTROL_PLANE:
        return "make remove ARGS=--control-plane"
    if stack == IMAGE_STACK:
        return f"aws cloudformation delete-stack --stack-name {stack}"
    return f"make remove CLUSTER={_cluster_of(stack)}"


def refuse(sentence: str | None) -> None:
    """Raises Refused with the sentence, if there is one."""
    if sentence:
        raise Refused(sentence)


def stack_refusal(name: str, stack: Stack | None, region: str, upgrade: bool) -> str | None:
    """A stack that is there and should not be, or the other way round, or that cannot be changed now."""
    if stack is None:
        absent = f"Stack {name} does not exist in {region}: leave out --upgrade to create it."
        return absent if upgrade else None
    if stack.status.endswith("_IN_PROGRESS"):
        return f"Stack {name} is in {stack.status}: wait until that is over, then run this again."
    if stack.status in FAILED_CREATION:
        return (
            f"Stack {name} is in {stack.status} and cannot be changed: delete it with "
            f"`{removal_command(name)}`, then run this again."
        )
    if stack.status == "UPDATE_ROLLBACK_FAILED":
        return (
            f"Stack {name} is in {stack.status}: run `aws cloudformation continue-update-rollback "
            f"--stack-name {name}`, then run this again."
        )
    if not upgrade:
        return f"Stack {name} exists in {region} already: add --upgrade to change it, or choose another name."
    return None


def taken_refusal(stack: Stack | None, taken: Iterable[Name]) -> str | None:
    """A name that exists outside of the stack: its creation would fail halfway."""
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
    """Why the control plane cannot be deployed."""
    return first(
        (
            stack_refusal(CONTROL_PLANE, facts.stack, region, upgrade),
            bucket_refusal(bucket, facts.bucket),
            taken_refusal(facts.stack, facts.taken),
            _exported_refusal(facts.exported),
        )
    )


def bucket_refusal(name: str, bucket: Bucket) -> str | None:
    """A bucket of somebody else's could hand us somebody else's code."""
    if bucket == "not ours":
        return f"S3 bucket {name} is not this account's, or not readable: ask its owner to delete it."
    if bucket == "elsewhere":
        return f"S3 bucket {name} is in another region: delete it, then run this again."
    return None


def _exported_refusal(exported: Iterable[str]) -> str | None:
    if names := sorted(exported):
        return f"Another stack exports {', '.join(names)}: delete that stack, then run this again."
    return None


def image_refusal(image_id: str, option: str, image: Image | None, region: str) -> str | None:
    """An image from which no host can start."""
    if image is None:
        return (
            f"{option} {image_id}: there is no such image in {region} for this account, choose one that is."
        )
    if image.state != "available":
        return f"{option} {image_id}: is {image.state}, wait until it is available or choose another."
    if image.windows:
        return f"{option} {image_id}: is for Windows, choose one for Linux."
    return None


def instance_type_refusal(
    name: str, option: str, kind: InstanceType | None, image: Image | None, zones: frozenset[str]
) -> str | None:
    """An instance type that is not there in each of the zones, or that cannot run the image."""
    if kind is None:
        return f"{option} {name}: there is no such instance type in this region, choose one that is."
    if without := sorted(zones - kind.zones):
        return f"{option} {name}: {', '.join(without)} does not offer it, choose another type or subnets."
    if image and image.architecture not in kind.architectures:
        runs = " and ".join(sorted(kind.architectures))
        return f"{option} {name}: runs {runs} and the image {image.architecture}, change one of them."
    return None
