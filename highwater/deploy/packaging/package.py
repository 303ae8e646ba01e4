"""Builds the functions' zip and the control plane's SAM template, the same bytes each time.

Chalice writes both. Here the zip is stripped to the bytecode of what the handlers can import, and is written
again in a fixed order. The template's runtime is the Python that builds, so that it can read the bytecode.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from modulefinder import ModuleFinder
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import botocore
import yaml

from highwater.checkout import ROOT
from highwater.deploy.rules.templates import parse
from highwater.terminal import Refused, say

OUT = ROOT / "dist"
MERGE = ROOT / "cloudformation" / "control-plane.yaml"
ZIP_NAME = "deployment.zip"  # Chalice's name, and CodeUri of every function
TEMPLATE_NAME = "control-plane.yaml"
TASK_ROOT = "/var/task"
# The SDK in Lambda is months behind: older than a year it knows neither DeletionProtection nor
# InstanceLifecyclePolicy, and every wall would look down. AWS_DATA_PATH makes it read this model instead.
MODEL = Path("data/autoscaling/2011-01-01/service-2.json.gz")
# Imported for type checkers alone, or for features that no function uses.
NEVER_IMPORTED = ("aws_lambda_powertools.event_handler", "aws_lambda_powertools.utilities.parser")
EPOCH = (1980, 1, 1, 0, 0, 0)


class Package(NamedTuple):
    """The two files of a build."""

    archive: Path
    template: Path


def build(out: Path = OUT) -> Package:
    """Write the package into `out`. Raises Refused with the output of the tool that failed."""
    say("Building the functions' package")
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "chalice"
        template = chalice_package(raw)
        stage = Path(scratch) / "task"
        _extract_imported(raw / ZIP_NAME, stage)
        _compile(stage)
        _add_model(stage)
        out.mkdir(parents=True, exist_ok=True)
        package = Package(out / ZIP_NAME, out / TEMPLATE_NAME)
        _zip(stage, package.archive)
        package.template.write_text(yaml.dump(template))
    return package


def chalice_package(out: Path) -> dict[str, Any]:
    """Run `chalice package` into `out` and return the SAM template that it wrote; the zip stays as it is."""
    command = [
        sys.executable,
        "-c",
        "from chalice.cli import main; raise SystemExit(main())",
        "package",
        "--stage",
        "prod",
    ]
    with _one_at_a_time():
        run(
            [*command, "--merge-template", str(MERGE), str(out)],
            # Chalice wants a region; the template names none. What it fetches for another platform than its
            # own it would fetch without hashes: then it fails.
            {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "PIP_REQUIRE_HASHES": "1"},
        )
        template = parse((out / "sam.yaml").read_text())
    # Through JSON: YAML would write an alias for what occurs twice, and CloudFormation reads no aliases.
    plain: dict[str, Any] = json.loads(json.dumps(template))
    return plain


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let only one build run: each `chalice package` writes the same zip in the project's directory."""
    with (ROOT / ".chalice" / "config.json").open() as shared:
        fcntl.flock(shared, fcntl.LOCK_EX)
        yield


def _extract_imported(archive: Path, stage: Path) -> None:
    """Extract only what app.py can import, at its start or in any function that it reaches."""
    with ZipFile(archive) as zipped:
        zipped.extractall(stage)
    finder = ModuleFinder(path=[str(stage)], excludes=NEVER_IMPORTED)
    finder.run_script(str(stage / "app.py"))
    imported = {getattr(module, "__file__", None) for module in finder.modules.values()}
    for path in sorted(stage.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif str(path) not in imported:
            path.unlink()


def _add_model(stage: Path) -> None:
    (stage / MODEL).parent.mkdir(parents=True)
    shutil.copy(Path(botocore.__file__).parent / MODEL, stage / MODEL)


def _compile(stage: Path) -> None:
    """Put bytecode in the place of each source: both would only make a larger zip."""
    # A fresh process: marshal's references depend on what else is alive in the interpreter. By default the
    # bytecode would have the time of its source.
    options = ["-b", "--invalidation-mode", "unchecked-hash", "-s", str(stage), "-p", TASK_ROOT]
    run([sys.executable, "-I", "-m", "compileall", "-q", *options, str(stage)], {"PYTHONHASHSEED": "0"})
    for source in list(stage.rglob("*.py")):
        source.unlink()


def _zip(stage: Path, archive: Path) -> None:
    with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=9) as zipped:
        for path in sorted(path for path in stage.rglob("*") if path.is_file()):
            entry = ZipInfo(path.relative_to(stage).as_posix(), EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = ZIP_DEFLATED
            zipped.writestr(entry, path.read_bytes())


def run(command: list[str], environment: dict[str, str]) -> None:
    """Run one of the tools. Raises Refused with its output."""
    done = subprocess.run(  # noqa: S603 - our own command line
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused(f"`{' '.join(command[:5])} ...` failed:\n{done.stdout}{done.stderr}")
