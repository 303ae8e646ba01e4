"""The output of `make bench`: rows, and the machine and versions that they were measured with."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from rich.table import Table

CPU = Path("/proc/cpuinfo")
LIBRARIES = ("aws_lambda_powertools", "boto3", "botocore", "chalice", "moto", "msgspec")


class Row(NamedTuple):
    """A figure, and beside it the same figure of something known, measured in the same run.

    Figures that have `at` stand side by side, one column for each.
    """

    what: str
    value: float
    unit: str
    reference: float | None = None
    note: str = ""
    at: str = ""

    @property
    def ratio(self) -> float | None:
        """The value in references; None where there is none."""
        return self.value / self.reference if self.reference else None


def table(name: str, rows: list[Row]) -> Table:
    """Return one part for a terminal."""
    if rows[0].at:
        return _side_by_side(name, rows)
    shown = Table("what", title=name, title_justify="left")
    for heading in ("value", "reference", "ratio"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("note", style="dim", overflow="fold")
    for row in rows:
        reference = "" if row.reference is None else _number(row.reference)
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        shown.add_row(row.what, f"{_number(row.value)} {row.unit}", reference, ratio, row.note)
    return shown


def _side_by_side(name: str, rows: list[Row]) -> Table:
    shown = Table("what", title=name, title_justify="left")
    for at in dict.fromkeys(row.at for row in rows):
        shown.add_column(at, justify="right", no_wrap=True)
    for what in dict.fromkeys(row.what for row in rows):
        shown.add_row(what, *(f"{_number(row.value)} {row.unit}".strip() for row in rows if row.what == what))
    return shown


def machine() -> dict[str, str]:
    """Return machine, versions, date and commit, each as a text."""
    model = re.search(r"model name\s*: (.+)", CPU.read_text()) if CPU.exists() else None
    ram = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607 - whichever git is there
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "machine": f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, {ram:.1f} GB",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "date": f"{datetime.now(UTC):%FT%TZ}",
        "commit": commit.stdout.strip() or "unknown",
    }


def _number(value: float) -> str:
    """Return whole numbers as they are, others with three digits that count."""
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.3g}"
