"""The start of the packaged functions: with what they bring themselves, and without compiling anything."""

import subprocess
from hashlib import sha256
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from highwater.deploy.packaging.package import Package
from tests.package.conftest import NO_WAY_OUT, Lambda, unzipped
from tests.package.events import payload
from twin.aws.emulator import PYTHON, emulated
from twin.aws.loopback import LoopbackAws

NAMES = ("APIHandler", "OnAlarm", "OnFleetEvent", "OnReport", "Reconcile", "Sweep")


def test_the_runtime_has_only_jmespath_of_what_the_package_brings(task_root: Path) -> None:
    brought = sorted({path.stem for path in task_root.iterdir() if path.name != "__pycache__"})
    look = f"import importlib.util as u; print([n for n in {brought} if u.find_spec(n)])"
    # AWS's SDK needs jmespath too.
    found = subprocess.run([PYTHON, "-c", look], cwd="/", capture_output=True, text=True, check=True)  # noqa: S603
    assert found.stdout.strip() == "['jmespath']"
    assert {"app", "chalice", "chalicelib", "msgspec", "aws_lambda_powertools"} <= set(brought)


def test_these_are_all_functions_of_the_template(aws: LoopbackAws) -> None:
    assert {aws.wiring.named(name).arn for name in NAMES} == set(aws.wiring.functions)


@pytest.mark.parametrize("name", NAMES)
def test_a_function_starts_with_nothing_but_its_package_and_what_lambda_has(
    aws: LoopbackAws, task_root: Path, name: str
) -> None:
    with emulated(task_root, aws.wiring.named(name), {"AWS_ENDPOINT_URL": aws.url, **NO_WAY_OUT}) as emulator:
        answer = emulator.call(payload("schedule"))
    assert answer.init_milliseconds > 0
    assert any("INIT RTDONE(status: success)" in line for line in answer.lines)


def test_the_package_has_bytecode_alone_so_that_no_start_compiles_anything(task_root: Path) -> None:
    modules = list(task_root.rglob("*.pyc"))
    assert not list(task_root.rglob("*.py"))
    assert task_root / "app.pyc" in modules
    assert {module.read_bytes()[:4] for module in modules} == {MAGIC_NUMBER}


def test_a_running_function_writes_nothing_beside_its_package(
    functions: Lambda, task_root: Path, built: Package, tmp_path: Path
) -> None:
    functions.call("Sweep", payload("schedule"))
    shipped = unzipped(built, tmp_path)
    assert _files(task_root) == _files(shipped)


def _files(root: Path) -> dict[str, str]:
    """The content of each file, by its path."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest() for path in files}
