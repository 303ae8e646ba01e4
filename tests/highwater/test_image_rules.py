"""Settings that no image can be built from and no rehearsal can start with are refused in one sentence."""

from dataclasses import replace

import pytest

from highwater.deploy.rules.facts import Image, InstanceType, Subnet
from highwater.deploy.rules.image import ImageFacts, image_stack_refusal
from highwater.deploy.rules.preflight import image_refusal
from highwater.deploy.rules.rehearsal import RehearsalFacts, rehearsal_refusal

LINUX = Image("ami-1", "available", "x86_64", 8)
KIND = InstanceType("t3.medium", frozenset({"x86_64"}), 2, frozenset({"eu-west-1a"}))
PUBLIC = Subnet("subnet-1", "vpc-1", "eu-west-1a", 100)
IMAGE_FACTS = ImageFacts(LINUX, KIND, None, True, "ours")
NO_SUBNET = {"ParentImage": "ami-1", "InstanceType": "t3.medium", "Subnet": ""}
IN_SUBNET = NO_SUBNET | {"Subnet": "subnet-1"}


@pytest.mark.parametrize(
    ("values", "found", "sentence"),
    [
        (NO_SUBNET, IMAGE_FACTS, None),
        (IN_SUBNET, replace(IMAGE_FACTS, subnet=PUBLIC, default_subnet=False), None),
        (
            NO_SUBNET,
            replace(IMAGE_FACTS, default_subnet=False),
            "There is no default VPC in eu-west-1: name a subnet with a way to the internet, --subnet "
            "subnet-... (make: ARGS='--subnet subnet-...').",
        ),
        (
            IN_SUBNET,
            IMAGE_FACTS,
            "--subnet subnet-1: there is no such subnet in eu-west-1, choose one that is.",
        ),
        (
            IN_SUBNET,
            replace(IMAGE_FACTS, subnet=PUBLIC._replace(leads_out=False)),
            "--subnet subnet-1: no route leads out of it for a builder without a public address, choose one "
            "with a route to a NAT gateway.",
        ),
        (
            IN_SUBNET,
            replace(IMAGE_FACTS, subnet=PUBLIC._replace(zone="eu-west-1b")),
            "--instance-type t3.medium: eu-west-1b does not offer it, choose another type or subnets.",
        ),
        (
            NO_SUBNET,
            replace(IMAGE_FACTS, parent=LINUX._replace(windows=True)),
            "--parent ami-1: is for Windows, choose one for Linux.",
        ),
        (
            NO_SUBNET,
            replace(IMAGE_FACTS, bucket="not ours"),
            "S3 bucket code is not this account's, or not readable: ask its owner to delete it.",
        ),
    ],
)
def test_an_image_that_cannot_be_built_is_refused_in_one_sentence(
    values: dict[str, str], found: ImageFacts, sentence: str | None
) -> None:
    assert image_stack_refusal(values, None, found, "code", "eu-west-1") == sentence


@pytest.mark.parametrize(
    ("subnet", "image", "kind", "sentence"),
    [
        (PUBLIC, LINUX, KIND, None),
        (None, LINUX, KIND, "SUBNET subnet-1: there is no such subnet in eu-west-1, choose one that is."),
        (
            PUBLIC,
            None,
            KIND,
            "IMAGE ami-1: there is no such image in eu-west-1 for this account, choose one that is.",
        ),
        (PUBLIC, LINUX._replace(windows=True), KIND, "IMAGE ami-1: is for Windows, choose one for Linux."),
        (
            PUBLIC,
            LINUX._replace(architecture="arm64"),
            KIND,
            "IMAGE ami-1: is for arm64, choose one for x86_64.",
        ),
        (
            PUBLIC._replace(zone="eu-west-1b"),
            LINUX,
            KIND,
            "SUBNET subnet-1: eu-west-1b does not offer t3.nano, choose one in another zone.",
        ),
    ],
)
def test_a_rehearsal_that_cannot_start_is_refused_in_one_sentence(
    subnet: Subnet | None, image: Image | None, kind: InstanceType, sentence: str | None
) -> None:
    assert (
        rehearsal_refusal("subnet-1", "ami-1", RehearsalFacts(subnet, image, kind), "eu-west-1") == sentence
    )


def test_an_image_is_refused_by_the_name_of_its_option() -> None:
    assert (
        image_refusal("ami-9", "--parent", None, "eu-west-1")
        == "--parent ami-9: there is no such image in eu-west-1 for this account, choose one that is."
    )
