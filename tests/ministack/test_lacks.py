"""The list of what an emulator lacks, held against the tests that there are."""

import pytest

from tests.ministack.lacks import LACKS


def test_each_listed_lack_names_a_test_that_there_is(request: pytest.FixtureRequest) -> None:
    items = [item for item in request.session.items if item.path.parent == request.path.parent]
    names = {f"{item.path.name}::{item.name}" for item in items}
    files = {item.path.name for item in items}
    assert {lack for lack in LACKS if lack.partition("::")[0] in files} <= names


def test_each_listed_lack_says_who_is_right() -> None:
    for lack, why in LACKS.items():
        emulator = lack.partition("[")[2].partition("-")[0].rstrip("]")
        assert emulator in {"ministack", "twin"}
        assert why.endswith("."), lack
