"""The deployed zip: the same bytes on each build, and nothing that the functions do not import."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch
from zipfile import ZipFile

import pytest

from highwater.checkout import ROOT
from highwater.deploy.packaging.package import MODEL, Package, build, chalice_package

MOST_BYTES = 1_250_000
NEVER_IMPORTED = 0.03
BROUGHT = {
    "app",
    "aws_lambda_powertools",
    "chalice",
    "chalicelib",
    "jmespath",
    "msgspec",
    "typing_extensions",
}
BUILD = (
    "import sys; from pathlib import Path; "
    "from highwater.deploy.packaging.package import build; build(Path(sys.argv[1]))"
)

IMPORTED = (
    "import sys, json, app; "
    "print(json.dumps([str(getattr(m, '__file__', None)) for m in list(sys.modules.values())]))"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package, built by this process."""
    return build(tmp_path_factory.mktemp("package"))


def test_two_builds_give_the_same_bytes_whatever_the_process_and_its_hash_seed(
    built: Package, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", BUILD, str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "77"}, check=True)  # noqa: S603
    again = Package(*(tmp_path / path.name for path in built))
    assert [file.read_bytes() for file in again] == [file.read_bytes() for file in built]


def test_while_chalice_packages_no_other_build_begins(tmp_path: Path) -> None:
    def tool(_command: object, _environment: object) -> None:
        (tmp_path / "sam.yaml").write_text("Resources: {}")
        with (ROOT / ".chalice" / "config.json").open() as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)

    with patch("highwater.deploy.packaging.package.run", tool):
        assert chalice_package(tmp_path) == {"Resources": {}}


def test_the_zip_is_lean_and_holds_the_bytecode_of_modules_and_one_model(built: Package) -> None:
    assert built.archive.stat().st_size < MOST_BYTES
    with ZipFile(built.archive) as zipped:
        names = [Path(name) for name in zipped.namelist()]
    modules = [name for name in names if name != MODEL]
    assert MODEL in names
    assert {name.suffix for name in modules} == {".pyc", ".so"}
    assert {name.parts[0].partition(".")[0] for name in modules} == BROUGHT


def test_what_no_function_can_import_is_left_out(built: Package) -> None:
    with ZipFile(built.archive) as zipped:
        names = zipped.namelist()
    assert "aws_lambda_powertools/logging/logger.pyc" in names
    left_out = ("/batch/", "/parameters/", "/idempotency/", "/event_handler/", "/parser/")
    assert not [name for name in names if any(part in name for part in left_out)]


def test_next_to_nothing_is_in_the_zip_that_no_function_imports(built: Package, tmp_path: Path) -> None:
    with ZipFile(built.archive) as zipped:
        zipped.extractall(tmp_path)
        sizes = {str(tmp_path / entry.filename): entry.compress_size for entry in zipped.infolist()}
    command = [sys.executable, "-c", IMPORTED]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603
    imported = set(json.loads(found.stdout))
    assert str(tmp_path / "app.pyc") in imported
    never = sum(size for path, size in sizes.items() if path not in imported | {str(tmp_path / MODEL)})
    assert never < NEVER_IMPORTED * sum(sizes.values())


def test_the_template_names_no_place_where_it_was_built_and_needs_no_alias(built: Package) -> None:
    text = built.template.read_text()
    assert str(ROOT) not in text
    assert "&id" not in text
    assert "us-east-1" not in text
