"""Rules for a rehearsal. Pure, as `preflight`."""

from typing import NamedTuple

from highwater.deploy.rules.facts import Image, InstanceType, Subnet
from highwater.deploy.rules.preflight import absent, image_refusal

INSTANCE_TYPE = "t3.nano"
ARCHITECTURE = "x86_64"


class RehearsalFacts(NamedTuple):
    """The subnet, the image and the instance type of a rehearsal; None for one that does not exist."""

    subnet: Subnet | None
    image: Image | None
    kind: InstanceType | None


def rehearsal_refusal(subnet_id: str, image_id: str, facts: RehearsalFacts, region: str) -> str | None:
    """Refuse a rehearsal that could not start its instances there, from that image."""
    if facts.subnet is None:
        return absent(f"SUBNET {subnet_id}", f"subnet in {region}")
    if refusal := image_refusal(image_id, "IMAGE", facts.image, region):
        return refusal
    if facts.image and facts.image.architecture != ARCHITECTURE:
        return f"IMAGE {image_id}: is for {facts.image.architecture}, choose one for {ARCHITECTURE}."
    zone = facts.subnet.zone
    if facts.kind is None or zone not in facts.kind.zones:
        return f"SUBNET {subnet_id}: {zone} does not offer {INSTANCE_TYPE}, choose one in another zone."
    return None
