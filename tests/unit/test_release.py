"""Which releases are neighbours: one goes in and comes out by one step at a time."""

import re

import pytest

from chalicelib.contract.release import (
    FOLLOWS,
    RELEASE,
    RELEASE_PATTERN,
    SILENT,
    THIS,
    Release,
    Way,
    neighbours,
)

OLD, NEW, DRAFT = Release("0.3.0", "0.2.0"), Release("0.4.0", "0.3.0"), Release("0.4.0.dev0", "0.3.0")
FAR, MUTE = Release("0.5.0", "0.4.0"), Release("0.3.0")


@pytest.mark.parametrize(
    ("here", "there", "way"),
    [
        (OLD, OLD, "same"),
        (OLD, NEW, "up"),
        (NEW, OLD, "back"),
        (OLD, DRAFT, "up"),
        (DRAFT, OLD, "back"),
        (OLD, FAR, None),
        (FAR, OLD, None),
        # Both follow the same one, so that neither knows the other: by way of 0.3.0.
        (DRAFT, NEW, None),
        (NEW, DRAFT, None),
        (MUTE, NEW, "up"),
        (NEW, MUTE, "back"),
        (MUTE, OLD, "same"),
        (MUTE, FAR, None),
        (Release("0.1.0"), Release("0.2.0"), None),
    ],
)
def test_one_may_go_to_the_release_that_follows_and_back_and_no_further(
    here: Release, there: Release, way: Way | None
) -> None:
    assert here.way_to(there) == way
    assert neighbours(here, there) is (way is not None)


def test_what_this_release_says_of_itself_can_be_said_in_a_report() -> None:
    for number in (RELEASE, FOLLOWS, SILENT):
        assert re.fullmatch(RELEASE_PATTERN, number)
    assert THIS.way_to(Release(FOLLOWS)) == "back"
