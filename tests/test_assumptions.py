"""The register of what is believed about AWS (docs/assumptions.md) is complete and names what exists."""

import re

from highwater.checkout import ROOT
from highwater.deploy.rules.steps import STEPS

PAGE = (ROOT / "docs" / "assumptions.md").read_text()


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def section(heading: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    text = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [cells(line) for line in text.splitlines() if line.startswith("|")][2:]


def test_the_steps_of_a_rehearsal_are_listed_with_what_rests_on_them() -> None:
    listed = section("The steps of `highwater rehearse`")
    assert listed == [[f"`{name}`", step.tried, step.breaks] for name, step in STEPS.items()]
