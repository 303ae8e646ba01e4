"""What an image cannot be built from, and what a rehearsal cannot start with. Pure, as `preflight`."""

from collections.abc import Mapping
from dataclasses import dataclass

from highwater.deploy.rehearsal.throwaway import INSTANCE_TYPE
from highwater.deploy.rules.facts import Bucket, Image, InstanceType, Stack, Subnet
from highwater.deploy.rules.preflight import (
    IMAGE_STACK,
    bucket_refusal,
    first,
    image_refusal,
    instance_type_refusal,
    stack_refusal,
)

REHEARSED = "x86_64"


@dataclass(frozen=True)
class ImageFacts:
    """What is there of what the image is built from, and on. What is not there is absent."""

    parent: Image | None
    kind: InstanceType | None
    subnet: Subnet | None
    default_subnet: bool
    bucket: Bucket


def image_stack_refusal(
    values: Mapping[str, str], stack: Stack | None, facts: ImageFacts, bucket: str, region: str
) -> str | None:
    """Why the image cannot be built."""
    zones = frozenset({facts.subnet.zone}) if facts.subnet else frozenset[str]()
    return first(
        (
            stack_refusal(IMAGE_STACK, stack, region, upgrade=stack is not None),
            image_refusal(values["ParentImage"], "--parent", facts.parent, region),
            _builder_subnet_refusal(values["Subnet"], facts, region),
            instance_type_refusal(values["InstanceType"], "--instance-type", facts.kind, facts.parent, zones),
            bucket_refusal(bucket, facts.bucket),
        )
    )


def _builder_subnet_refusal(subnet: str, facts: ImageFacts, region: str) -> str | None:
    if subnet and facts.subnet is None:
        return f"--subnet {subnet}: there is no such subnet in {region}, choose one that is."
    if not subnet and not facts.default_subnet:
        return (
            f"There is no default VPC in {region}: name a subnet with a way to the internet, "
            "--subnet subnet-... (make: ARGS='--subnet subnet-...')."
        )
    return None


def rehearsal_refusal(
    subnet_id: str,
    image_id: str,
    subnet: Subnet | None,
    image: Image | None,
    kind: InstanceType | None,
    region: str,
) -> str | None:
    """Why a rehearsal could not start its instances there, from that."""
    if subnet is None:
        return f"SUBNET {subnet_id}: there is no such subnet in {region}, choose one that is."
    if refusal := image_refusal(image_id, "IMAGE", image, region):
        return refusal
    if image and image.architecture != REHEARSED:
        return f"IMAGE {image_id}: is for {image.architecture}, choose one for {REHEARSED}."
    if kind is None or subnet.zone not in kind.zones:
        return (
            f"SUBNET {subnet_id}: {subnet.zone} does not offer {INSTANCE_TYPE}, choose one in another zone."
        )
    return None
