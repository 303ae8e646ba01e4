"""A release as it is deployed: packaged from a git reference, by the packaging of that release itself."""

import fcntl
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import Any
from zipfile import ZipFile

import yaml

from highwater.checkout import ROOT
from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, read_template
from twin.aws import package

RELEASES = ROOT / ".build" / "releases"
# The name of this checkout as it is, with changes that are not committed.
HERE = "."
PACKAGING = (
    "import sys; from pathlib import Path; "
    "from highwater.deploy.packaging.package import build; build(Path(sys.argv[1]))"
)
CHILDREN = Path("twin", "release")


@dataclass(frozen=True)
class Release:
    """What is deployed: the functions' zip with its SAM template, and the template of a cluster.

    `tree` has the files of another release, and `task_root` its functions as Lambda unpacks them. This
    checkout has neither: it runs in this process.
    """

    ref: str
    archive: Path
    control_plane: Mapping[str, Any]
    cluster: Mapping[str, Any]
    tree: Path | None = None

    @property
    def task_root(self) -> Path:
        """The folder of another release's functions."""
        return self.archive.parent.parent / "task"


def release_of(ref: str) -> Release:
    """Return a release, packaged once a commit. Raises ValueError for a reference that cannot be packaged."""
    if ref == HERE:
        sam = json.loads(package.packaged())
        return Release(ref, package.OUT / "deployment.zip", sam, read_template(CLUSTER_TEMPLATE))
    where = RELEASES / _commit(ref)
    RELEASES.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time():
        if not (where / "task").exists():
            _build(ref, where)
    sam = yaml.safe_load((where / "package" / "control-plane.yaml").read_text())
    tree = where / "tree"
    cluster = read_template(tree / CLUSTER_TEMPLATE.relative_to(ROOT))
    return Release(ref, where / "package" / "deployment.zip", sam, cluster, tree)


def _build(ref: str, where: Path) -> None:
    tree, out = where / "tree", where / "package"
    if not _git("ls-tree", where.name, str(CHILDREN)):
        raise ValueError(f"--release {ref}: is of before 0.3.0, the first that goes in and out in mid-day")
    with tarfile.open(fileobj=BytesIO(_git("archive", where.name))) as files:
        files.extractall(tree, filter="data")
    done = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-c", PACKAGING, str(out)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"--release {ref}: cannot be packaged: {done.stderr.strip()}")
    with ZipFile(out / "deployment.zip") as archive:
        archive.extractall(where / "unzipped")  # noqa: S202 - our own build
    # Last, and at once: a build that broke off is made again.
    (where / "unzipped").rename(where / "task")


def _commit(ref: str) -> str:
    # A folder without it may be in a repository of something else.
    if not (ROOT / ".git").exists() or not which("git"):
        raise ValueError(f"--release {ref}: needs git, and a clone of the repository with its history")
    try:
        return _git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").decode().strip()
    except subprocess.CalledProcessError as error:
        raise ValueError(
            f"--release {ref}: git knows no such commit, tag or branch here: git fetch --tags"
        ) from error


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S603, S607


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (RELEASES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
