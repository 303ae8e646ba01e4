"""Builds the reporter's wheelhouse: its wheel and all that it needs, locked, the same bytes each time."""

import io
import os
import sys
import tarfile
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from highwater import __version__
from highwater.checkout import ROOT
from highwater.deploy.packaging import wheel
from highwater.deploy.packaging.package import OUT, run
from highwater.terminal import say

LOCK = ROOT / "requirements" / "host.txt"
# The image has Amazon Linux 2023's Python 3.12, on either architecture.
PYTHON = "3.12"
PLATFORMS = ("manylinux2014_x86_64", "manylinux2014_aarch64")
REQUIREMENTS = "requirements.txt"


class Built(NamedTuple):
    """The two files of a build."""

    wheel: Path
    wheelhouse: Path


def build(out: Path = OUT) -> Built:
    """Write the wheel and the wheelhouse: a tar of wheels with their `requirements.txt`, hashes included.

    A host installs it without a package index. Raises Refused with pip's output: a wheel whose hash is not in
    the lock is not taken.
    """
    reporter = wheel.build(out)
    say("Fetching the wheels that the reporter needs")
    with tempfile.TemporaryDirectory() as folder:
        for platform in PLATFORMS:
            _download(platform, Path(folder))
        files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    own = f"highwater-rdb=={__version__} --hash=sha256:{sha256(reporter.read_bytes()).hexdigest()}\n"
    files |= {reporter.name: reporter.read_bytes(), REQUIREMENTS: (LOCK.read_text() + own).encode()}
    archive = out / f"highwater_rdb-{__version__}.tar"
    with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return Built(reporter, archive)


def _download(platform: str, folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    target = ["--only-binary=:all:", "--implementation", "cp", "--python-version", PYTHON]
    wanted = ["--require-hashes", "--requirement", str(LOCK), "--dest", str(folder)]
    run([*pip, *target, "--platform", platform, *wanted], dict(os.environ))
