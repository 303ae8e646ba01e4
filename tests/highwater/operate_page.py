"""docs/operate.md as data: the drills that it plays, and what it shows of each."""

import re
from typing import NamedTuple

from highwater.checkout import ROOT

PAGE = ROOT / "docs" / "operate.md"
DRILL = re.compile(r"\(\.\./tests/drills/(\w+\.jsonl)\) at (\d\d:\d\d)")
BLOCK = re.compile(r"```\n\$ (.+?)\n(.*?)```", re.S)
PROGRAM = ".venv/bin/highwater "


class Shown(NamedTuple):
    """A command and what the page shows that it prints."""

    command: str
    printed: str

    @property
    def words(self) -> list[str]:
        return self.command.removeprefix(PROGRAM).split()


class Night(NamedTuple):
    """A drill up to a time of day, with the commands that are given then, in order."""

    drill: str
    at: str
    shown: tuple[Shown, ...]


def nights() -> list[Night]:
    """Return what the page plays."""
    page = PAGE.read_text()
    starts = [*DRILL.finditer(page)]
    ends = [*(found.start() for found in starts[1:]), page.index("\n## ", starts[-1].end())]
    return [
        Night(found[1], found[2], tuple(Shown(*block) for block in BLOCK.findall(page[found.end() : end])))
        for found, end in zip(starts, ends, strict=True)
    ]
