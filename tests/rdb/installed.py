"""The wheel as a host has it: installed beside what it says that it needs, and nothing else."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile


def install(wheel: Path, site: Path) -> None:
    """Install the wheel into an empty folder."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site)]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)  # noqa: S603 - our own command line
    with ZipFile(wheel) as zipped:
        metadata = next(name for name in zipped.namelist() if name.endswith("/METADATA"))
        text = zipped.read(metadata).decode()
    for name in _needed(re.findall(r"^Requires-Dist: ([A-Za-z0-9._-]+)", text, re.MULTILINE)):
        for file in distribution(name).files or []:
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (site / top).exists():
                (site / top).symlink_to(str(distribution(name).locate_file(top)))


def _needed(names: list[str]) -> Iterator[str]:
    for name in names:
        yield name
        required = (line for line in distribution(name).requires or [] if "extra ==" not in line)
        yield from _needed([re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in required])
