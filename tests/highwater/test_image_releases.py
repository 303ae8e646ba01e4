"""The release of a host image: who it goes with, and what new hosts are of."""

import pytest

from chalicelib.contract.release import Release
from highwater.deploy.rules.facts import Image, Stack
from highwater.deploy.rules.releases import image_release_refusal, image_warning, other_image_warning
from tests.highwater.builders import stack

THIS = Release("0.3.0", "0.2.0")


def named(number: str, follows: str, name: str = "highwater") -> Stack:
    return stack(name=name, outputs={"HighwaterVersion": number, "HighwaterFollows": follows})


def image(release: str) -> Image:
    return Image("ami-1", "available", "x86_64", 8, baked=True, release=release)


@pytest.mark.parametrize(
    ("release", "plane", "cluster", "refused"),
    [
        ("0.3.0", ("0.3.0", "0.2.0"), ("0.3.0", "0.2.0"), False),
        ("0.3.0", ("0.4.0", "0.3.0"), ("0.3.0", "0.2.0"), False),
        # The control plane went back first: the cluster's stack says whom its image's release follows.
        ("0.4.0", ("0.3.0", "0.2.0"), ("0.4.0", "0.3.0"), False),
        ("0.4.0", ("0.3.0", "0.2.0"), ("0.3.0", "0.2.0"), True),
        ("0.2.0", ("0.4.0", "0.3.0"), ("0.4.0", "0.3.0"), True),
        # One of a firm's own names none.
        ("", ("0.4.0", "0.3.0"), ("0.4.0", "0.3.0"), False),
    ],
)
def test_hosts_are_launched_from_an_image_of_a_neighbour_of_the_control_plane(
    release: str, plane: tuple[str, str], cluster: tuple[str, str], refused: bool
) -> None:
    said = image_release_refusal(image(release), named(*plane), named(*cluster, "highwater-trades"))
    assert said == (
        f"Image ami-1 has a reporter of {release}, no neighbour of the control plane's {plane[0]}, which "
        f"follows {plane[1]}: give one of that release as --image; `make image` builds one."
        if refused
        else None
    )


@pytest.mark.parametrize(("release", "warned"), [("0.3.0", False), ("", False), ("0.2.0", True)])
def test_an_image_of_another_release_is_a_warning_since_new_hosts_are_of_it(
    release: str, warned: bool
) -> None:
    said = other_image_warning(image(release), THIS)
    assert said == (
        "Image ami-1 has a reporter of 0.2.0, and so have new hosts: `make image` builds one of 0.3.0, and "
        "--image sets it."
        if warned
        else None
    )


@pytest.mark.parametrize(
    ("there", "follows", "warned"),
    [("0.2.0", "0.1.0", True), ("0.3.0", "0.2.0", False), ("0.4.0", "0.3.0", False)],
)
def test_an_image_that_would_be_newer_than_the_control_plane_is_a_warning(
    there: str, follows: str, warned: bool
) -> None:
    assert (image_warning(named(there, follows), THIS) is not None) is warned
    assert image_warning(None, THIS) is None
