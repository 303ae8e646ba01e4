"""Builds the wheel of what runs beside an RDB, the same bytes each time."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from highwater.checkout import ROOT
from highwater.deploy.packaging.package import OUT, run
from highwater.terminal import say

EPOCH = "315532800"  # 1980, the first date that a zip knows


def build(out: Path = OUT) -> Path:
    """Write the wheel into `out`. Raises Refused with pip's output."""
    say("Building the reporter's wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    # The build backend is in this environment already: no index is asked.
    alone = ["--no-deps", "--no-build-isolation", "--no-index"]
    with tempfile.TemporaryDirectory() as scratch:
        source, built = Path(scratch) / "source", Path(scratch) / "built"
        # A build leaves folders behind, and packs what an earlier one left: it gets a copy, in which the link
        # to the contract becomes the contract itself.
        shutil.copytree(ROOT / "rdb", source, ignore=shutil.ignore_patterns("__pycache__"))
        run(
            [*pip, *alone, "--wheel-dir", str(built), str(source)], {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
        )
        (wheel,) = built.iterdir()
        out.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(wheel, out))
