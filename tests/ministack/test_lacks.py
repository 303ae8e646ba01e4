"""The list of what an emulator lacks, held against the tests that there are and the page that shows it."""

import pytest

from highwater.checkout import ROOT
from tests.ministack.lacks import LACKS


def test_each_listed_lack_names_a_test_that_there_is(request: pytest.FixtureRequest) -> None:
    items = [item for item in request.session.items if item.path.parent == request.path.parent]
    names = {f"{item.path.name}::{item.name}" for item in items}
    files = {item.path.name for item in items}
    assert {lack for lack in LACKS if lack.partition("::")[0] in files} <= names


def test_each_listed_lack_says_who_is_right() -> None:
    for lack, why in LACKS.items():
        assert why.startswith(("MiniStack ", "moto ")), lack
        assert why.endswith("."), lack


def test_the_page_of_assumptions_shows_each_lack_and_no_other() -> None:
    page = (ROOT / "docs" / "assumptions.md").read_text()
    table = page.partition("\n## Where MiniStack differs\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")][1:]
    shown = {(text.strip(), test.strip().strip("`")) for text, test in rows}
    assert shown == {(why, f"tests/ministack/{lack.partition('::')[0]}") for lack, why in LACKS.items()}
