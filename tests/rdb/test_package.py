"""The wheel that a host installs: what is in it, what it needs, and that its command runs with that alone."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from highwater.deploy.packaging.template_files import IMAGE_TEMPLATE, read_template
from highwater.deploy.packaging.wheel import build
from tests.rdb.installed import install

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "chalicelib" / "contract"
SHIPPED = ("q/gateway.q", "q/highwater.q", "q/tickerplant.q", "reporter.toml", "highwater-reporter.service")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `make wheel` does."""
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and, beside it, what it says that it needs, and nothing else."""
    site = tmp_path_factory.mktemp("site")
    install(wheel, site)
    return site


def test_it_carries_the_q_files_the_service_and_the_settings(wheel: Path) -> None:
    with ZipFile(wheel) as zipped:
        names = set(zipped.namelist())
        for name in SHIPPED:
            assert f"highwater_rdb/{name}" in names
            assert zipped.read(f"highwater_rdb/{name}") == (ROOT / "rdb" / name).read_bytes()


def test_the_contract_is_the_functions_own_and_nothing_else_of_theirs_is_in_it(wheel: Path) -> None:
    with ZipFile(wheel) as zipped:
        shared = {name for name in zipped.namelist() if name.startswith("highwater_rdb/contract/")}
        assert {Path(name).name for name in shared} == {path.name for path in CONTRACT.glob("*.py")}
        for name in shared:
            assert zipped.read(name) == (CONTRACT / Path(name).name).read_bytes()


def test_a_host_gets_one_top_level_package_whose_name_is_the_products(wheel: Path) -> None:
    with ZipFile(wheel) as zipped:
        tops = {Path(name).parts[0] for name in zipped.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"highwater_rdb"}


@pytest.mark.parametrize(
    ("line", "status", "words"), [(["--help"], 0, "highwater-rdb check"), (["run"], 2, "")]
)
def test_its_command_runs_with_what_it_says_that_it_needs(
    installed: Path, line: list[str], status: int, words: str
) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-S", str(installed / "bin" / "highwater-rdb"), *line],
        env={"PYTHONPATH": str(installed)},
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert words in done.stdout
    assert "Traceback" not in done.stderr


def test_the_image_runs_the_reporter_as_the_service_in_the_wheel_does(tmp_path: Path) -> None:
    text = read_template(IMAGE_TEMPLATE)["Resources"]["Host"]["Properties"]["Data"]["Fn::Sub"][0]
    (steps,) = [phase["steps"] for phase in yaml.safe_load(text)["phases"] if phase["name"] == "build"]
    (script,) = next(step["inputs"]["commands"] for step in steps if step["name"] == "Services")
    here = script.replace("/etc/systemd/system", str(tmp_path))
    subprocess.run(["/bin/bash", "-ec", here], check=True)  # noqa: S603 - the image's
    written = (tmp_path / "highwater-reporter.service").read_text()
    shipped = (ROOT / "rdb" / "highwater-reporter.service").read_text()
    assert _lines(written) == _lines(shipped)


def _lines(unit: str) -> list[str]:
    return sorted(line for line in unit.splitlines() if line and not line.startswith("#"))
