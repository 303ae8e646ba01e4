"""The distributions: what they declare, and what `highwater` can do where nothing else of the project is."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

import grimp
import pytest
from packaging.requirements import Requirement

from chalicelib.contract.names import IMAGE_RELEASE_TAG
from chalicelib.contract.release import FOLLOWS, RELEASE
from highwater import __version__
from highwater.__main__ import COMMANDS
from highwater.checkout import ROOT
from highwater.console.server import files
from highwater.deploy.packaging.template_files import read_template
from highwater.deploy.rules.preflight import FOLLOWS_OUTPUT, VERSION_OUTPUT

SHIPPED = ("chalicelib", "highwater")
WITH_CHECKOUT = {"cluster", "deploy", "image", "package", "retire", "wheel"}


def project(folder: Path) -> dict[str, Any]:
    described: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return described


def imported(packages: tuple[str, ...]) -> set[str]:
    """The distributions that these packages import."""
    graph = grimp.build_graph(*packages, include_external_packages=True, cache_dir=None)
    outside = {name for name in graph.modules if graph.is_module_squashed(name)} - sys.stdlib_module_names
    of = packages_distributions()
    return {of[name][0].lower().replace("_", "-") for name in outside}


@pytest.mark.parametrize(("folder", "packages"), [(ROOT, SHIPPED), (ROOT / "rdb", ("rdb",))])
def test_a_distribution_declares_what_it_imports_and_nothing_else(
    folder: Path, packages: tuple[str, ...]
) -> None:
    declared = {Requirement(line).name.lower() for line in project(folder)["dependencies"]}
    assert declared == imported(packages)


@pytest.mark.parametrize("folder", [ROOT, ROOT / "rdb"])
def test_what_is_tested_is_within_what_is_declared(folder: Path) -> None:
    for requirement in map(Requirement, project(folder)["dependencies"]):
        assert requirement.specifier.contains(version(requirement.name))
        assert any(part.operator == "<" for part in requirement.specifier), f"{requirement} has no end"


def test_both_distributions_every_template_and_the_q_files_are_of_one_release() -> None:
    assert __version__ == project(ROOT / "rdb")["version"] == RELEASE
    for template in (ROOT / "cloudformation").glob("*.yaml"):
        assert read_template(template)["Outputs"][VERSION_OUTPUT]["Value"] == RELEASE
    for file in ("highwater.q", "tickerplant.q"):
        text = (ROOT / "rdb" / "q" / file).read_text()
        assert re.findall(r'^\.\w+\.release: "(.*)";$', text, re.M) == [RELEASE]


def test_a_host_image_names_the_release_of_its_reporter() -> None:
    distribution = read_template(ROOT / "cloudformation" / "image.yaml")["Resources"]["Distribution"]
    (made,) = distribution["Properties"]["Distributions"]
    assert made["AmiDistributionConfiguration"]["AmiTags"][IMAGE_RELEASE_TAG] == RELEASE


@pytest.mark.parametrize("template", ["control-plane.yaml", "cluster.yaml"])
def test_a_stack_says_which_release_its_own_follows(template: str) -> None:
    assert read_template(ROOT / "cloudformation" / template)["Outputs"][FOLLOWS_OUTPUT]["Value"] == FOLLOWS


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed distribution alone, built from a copy of what it ships."""
    source, site = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    for name in ("pyproject.toml", project(ROOT)["readme"], *project(ROOT)["license-files"]):
        shutil.copy(ROOT / name, source)
    for package in SHIPPED:
        shutil.copytree(ROOT / package, source / package)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    command = [*pip, "--no-build-isolation", "--target", str(site), str(source)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command line
    return site


def test_it_installs_its_packages_and_its_command(site: Path) -> None:
    tops = {path.name for path in site.iterdir() if not path.name.endswith(".dist-info")}
    assert tops == {*SHIPPED, "bin"}
    assert (site / "bin" / "highwater").exists()


def test_it_installs_the_console_with_every_file_of_its_page(site: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from highwater.console.server import files; print(sorted(files()))"],
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{sorted(files())}\n"


# Each command's help in one process: what it returned, and what it wrote to stdout and stderr.
HELP = """
import contextlib, io, json
from highwater.__main__ import COMMANDS, main
found = {}
for name in COMMANDS:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main([name, "--help"])
        except SystemExit as ended:
            status = ended.code or 0
    found[name] = status, out.getvalue(), err.getvalue()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def helped(site: Path) -> dict[str, tuple[int, str, str]]:
    """What each command of the installed distribution answers to --help."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", HELP],
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, tuple[int, str, str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_without_the_checkout_a_command_works_or_says_in_one_line_that_it_needs_it(
    name: str, helped: dict[str, tuple[int, str, str]]
) -> None:
    status, out, err = helped[name]
    if name in WITH_CHECKOUT:
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert "needs the project's checkout" in err
    else:
        assert (status, err) == (0, "")
        assert f"highwater {name}" in out


def test_without_the_checkout_the_completion_has_the_commands_that_work(site: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "highwater", "completion", "bash"],
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    offered = re.findall(r"^      ([a-z]+)\) words=", done.stdout, re.M)
    assert set(offered) == set(COMMANDS) - WITH_CHECKOUT
