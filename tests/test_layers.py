"""The layers are contracts, which `make lint` checks: each break of one is found and named."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from highwater.checkout import ROOT

PACKAGES = ("chalicelib", "rdb", "highwater", "twin", "bench", "tests")
LINT = "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache', '--no-logo'])"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LATER = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from chalicelib.core import decide\n"
PURE = "Core and contract read neither AWS nor clock nor environment"
# A module, a line that breaks a contract there, and that contract's name.
BREAKS = [
    (
        "chalicelib/core/capacity/room.py",
        "from chalicelib.adapters import sqs",
        "Each layer of the control plane imports only the layers below it",
    ),
    (
        "chalicelib/core/facts/rdb.py",
        "import chalicelib.core.capacity.room",
        "Each layer of the core imports only the layers below it",
    ),
    ("chalicelib/core/capacity/room.py", "import twin", "The control plane stands alone"),
    ("chalicelib/triggers/http.py", "import app", "The control plane stands alone"),
    ("chalicelib/core/capacity/room.py", "import boto3", PURE),
    ("chalicelib/core/facts/settings.py", "from os import environ", PURE),
    ("chalicelib/contract/report.py", "import time", PURE),
    ("chalicelib/contract/errors.py", LATER, "No package is part of a circle of imports"),
    (
        "rdb/kdb/errors.py",
        "from ..reporter import sender",
        "Each layer of the hosts' side imports only the layers below it",
    ),
    ("rdb/kdb/errors.py", "import chalicelib.core.capacity.room", "The hosts' side stands alone"),
    (
        "highwater/terminal.py",
        "import twin",
        "The command for people needs neither the twin nor the hosts' side",
    ),
    (
        "highwater/whatif/group.py",
        "import highwater.terminal",
        "Each layer of the command for people imports only the layers below it",
    ),
    (
        "highwater/market/__init__.py",
        "import chalicelib.core.capacity.room",
        "The model of the market knows only the contract",
    ),
    (
        "highwater/whatif/group.py",
        "import chalicelib.adapters.ec2",
        "A day in a second is the core on the market's model",
    ),
    (
        "highwater/deploy/rules/facts.py",
        "import highwater.deploy.aws.live",
        "Each layer of deploying imports only the layers below it",
    ),
    ("highwater/deploy/rules/facts.py", "import boto3", "The rules of deploying do not ask AWS"),
    (
        "highwater/operate/words/plain.py",
        "import highwater.operate.looking",
        "Each layer of operating imports only the layers below it",
    ),
    ("highwater/operate/words/plain.py", "import boto3", "The words of operating ask nobody"),
    (
        "highwater/console/guard.py",
        "import highwater.console.server",
        "Each layer of the console imports only the layers below it",
    ),
    (
        "highwater/operate/words/plain.py",
        "import highwater.console.guard",
        "Operating and drawing need no console",
    ),
    ("twin/agenda.py", "import twin.aws", "Each layer of the twin imports only the layers below it"),
    ("twin/aws/__init__.py", "import tests", "The twin needs neither tests nor benchmarks"),
    ("twin/autoscaling/__init__.py", "import chalicelib", "The model of EC2 Auto Scaling stands alone"),
    (
        "twin/oracle.py",
        "import chalicelib.core.capacity.room",
        "The room oracle shares nothing with what it judges",
    ),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of every package, which a test may break."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, symlinks=True)
    return tree


def broken(tree: Path) -> list[str]:
    """The contracts that are broken, by name."""
    command = [sys.executable, "-c", LINT]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603
    assert "Contracts: " in done.stdout, done.stdout + done.stderr
    names = [line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if line.endswith(" BROKEN")]
    assert done.returncode == int(bool(names))
    return names


def test_no_contract_is_broken(tree: Path) -> None:
    assert broken(tree) == []


def test_each_contract_is_broken_once() -> None:
    assert {contract for _, _, contract in BREAKS} == {contract["name"] for contract in CONTRACTS}


@pytest.mark.parametrize(("module", "line", "contract"), BREAKS)
def test_an_import_across_a_layer_breaks_its_contract(
    tree: Path, module: str, line: str, contract: str
) -> None:
    file = tree / module
    text = file.read_text()
    file.write_text(f"{text}\n{line}\n")
    try:
        assert contract in broken(tree)
    finally:
        file.write_text(text)
