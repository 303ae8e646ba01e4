"""Rules for the host image. Pure, as `preflight`."""

from collections.abc import Mapping
from dataclasses import dataclass

from highwater.deploy.rules.facts import Bucket, Image, InstanceType, Stack, Subnet
from highwater.deploy.rules.preflight import (
    absent,
    bucket_refusal,
    first,
    image_refusal,
    instance_type_refusal,
    stack_refusal,
)
from highwater.deploy.rules.stack_names import IMAGE_STACK


@dataclass(frozen=True)
class ImageFacts:
    """The parent image, the builder's type and subnet, and the bucket. None for what does not exist."""

    parent: Image | None
    kind: InstanceType | None
    subnet: Subnet | None
    default_subnet: bool
    bucket: Bucket


# What an image is built on, by the architecture of its parent.
BUILDERS = {"x86_64": "t3.medium", "arm64": "t4g.medium"}


def builder_type(given: str, parent: Image | None) -> str:
    """Choose the type that an image is built on: the one given, or one that runs the parent image."""
    return given or BUILDERS.get(parent.architecture if parent else "x86_64", BUILDERS["x86_64"])


def image_stack_refusal(
    values: Mapping[str, str], stack: Stack | None, facts: ImageFacts, bucket: str, region: str
) -> str | None:
    """Refuse an image that cannot be built."""
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
        return absent(f"--subnet {subnet}", f"subnet in {region}")
    if facts.subnet and not facts.subnet.leads_out:
        return (
            f"--subnet {subnet}: no route leads out of it for a builder without a public address, choose one "
            "with a route to a NAT gateway."
        )
    if not subnet and not facts.default_subnet:
        return (
            f"There is no default VPC in {region}: name a subnet with a way to the internet, "
            "--subnet subnet-... (make: ARGS='--subnet subnet-...')."
        )
    return None


def version_after(built: Mapping[str, str], wanted: Mapping[str, str], same_template: bool) -> str:
    """Choose the image's version: the next one, or the last one if the same image was built."""
    if same_template and all(built.get(name) == value for name, value in wanted.items() if name != "Version"):
        return built["Version"]
    major, minor, patch = built["Version"].split(".")
    return f"{major}.{minor}.{int(patch) + 1}"
