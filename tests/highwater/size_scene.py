"""Days in files, and `highwater size` on them as a person types it."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from highwater.__main__ import main

HEADER = "minute,updates"


class Ran(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


def sized(capsys: pytest.CaptureFixture[str], *words: str) -> Ran:
    """Run the command in this process."""
    try:
        status = main(["size", "--workers", "1", *words])
    except SystemExit as ended:
        status = int(ended.code or 0)
    shown = capsys.readouterr()
    return Ran(status, shown.out, shown.err)


def day_file(folder: Path, name: str, updates: dict[str, int]) -> str:
    """Write a day's feed by minute; return its path."""
    file = folder / name
    file.write_text("\n".join([HEADER, *(f"{minute},{count}" for minute, count in updates.items())]) + "\n")
    return str(file)


def calm_then_burst(updates: int) -> dict[str, int]:
    """Return an hour of calm and a quarter of an hour in which most of the day comes."""
    calm = {f"09:{minute:02}": 10 for minute in range(60)}
    return calm | {f"10:{minute:02}": updates // 15 for minute in range(15)}
