"""The names of the stacks, and the commands that create, upgrade and delete each. Pure."""

import re

CONTROL_PLANE = "highwater"
IMAGE_STACK = "highwater-image"
RESERVED = frozenset({"image"})  # highwater-image is the stack of the host image


def name_refusal(cluster: str) -> str | None:
    """Refuse a name that cannot be part of a stack's name, or that is reserved."""
    if cluster in RESERVED:
        return (
            f"CLUSTER {cluster}: {stack_name(cluster)} is the stack of the host image, choose another name."
        )
    if not re.fullmatch("[A-Za-z0-9-]+", cluster):
        return f"CLUSTER {cluster}: must be letters, digits and hyphens, as it is part of the stack's name."
    return None


def stack_name(cluster: str) -> str:
    """Name the stack of a cluster."""
    return f"{CONTROL_PLANE}-{cluster}"


def creation_command(stack: str) -> str:
    """Name the command that creates a stack."""
    return "make deploy" if stack == CONTROL_PLANE else f"make cluster CLUSTER={_cluster_of(stack)} ..."


def upgrade_command(stack: str) -> str:
    """Name the command that brings a stack to this release."""
    return (
        "make upgrade"
        if stack == CONTROL_PLANE
        else f"make cluster CLUSTER={_cluster_of(stack)} ARGS=--upgrade"
    )


def _cluster_of(stack: str) -> str:
    return stack.removeprefix(f"{CONTROL_PLANE}-")


def removal_command(stack: str) -> str:
    """Name the command that deletes a stack, with what would prevent that."""
    if stack == CONTROL_PLANE:
        return "make remove ARGS=--control-plane"
    if stack == IMAGE_STACK:
        return f"aws cloudformation delete-stack --stack-name {stack}"
    return f"make remove CLUSTER={_cluster_of(stack)}"
