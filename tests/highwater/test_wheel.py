"""The wheel for the host image: the same for the same code, complete, and nothing that is not locked."""

import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from highwater.checkout import ROOT
from highwater.deploy.packaging import package, wheel, wheelhouse
from highwater.deploy.packaging.wheelhouse import Built
from highwater.terminal import Refused


def test_the_same_code_makes_the_same_bytes_under_a_name_that_pip_takes(tmp_path: Path) -> None:
    one, other = wheel.build(tmp_path / "one"), wheel.build(tmp_path / "other")
    assert one.read_bytes() == other.read_bytes()
    assert one.name.startswith("highwater_rdb-")
    assert one.name.endswith("-py3-none-any.whl")
    with ZipFile(one) as zipped:
        assert "highwater_rdb/q/tickerplant.q" in zipped.namelist()
        (text,) = (zipped.read(name) for name in zipped.namelist() if name.endswith("/licenses/LICENSE"))
    assert text == (ROOT / "LICENSE").read_bytes()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return wheelhouse.build(tmp_path_factory.mktemp("built"))


def unpacked(built: Built, folder: Path) -> Path:
    with tarfile.open(built.wheelhouse) as tar:
        tar.extractall(folder, filter="data")
    return folder


def install(folder: Path, platform: str) -> subprocess.CompletedProcess[str]:
    """Install as the image does, for a machine that this one may not be."""
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--find-links",
        ".",
        "--require-hashes",
    ]
    machine = ["--only-binary=:all:", "--python-version", wheelhouse.PYTHON, "--platform", platform]
    command = [*pip, *machine, "--target", "site", "-r", "requirements.txt"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.mark.parametrize("platform", wheelhouse.PLATFORMS)
def test_a_host_of_either_architecture_installs_it_without_an_index(
    built: Built, tmp_path: Path, platform: str
) -> None:
    done = install(unpacked(built, tmp_path), platform)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "bin" / "highwater-rdb").exists()
    machine = platform.removeprefix("manylinux2014_")
    assert list((tmp_path / "site" / "msgspec").glob(f"*-{machine}-linux-gnu.so"))


def test_a_wheel_that_is_not_the_locked_one_is_not_installed(built: Built, tmp_path: Path) -> None:
    (reporter,) = unpacked(built, tmp_path).glob("highwater_rdb-*.whl")
    with ZipFile(reporter, "a") as zipped:
        zipped.writestr("highwater_rdb/more.py", "")
    done = install(tmp_path, wheelhouse.PLATFORMS[0])
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_a_wheel_that_the_index_has_changed_is_not_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "host.txt"
    changed.write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(wheelhouse, "LOCK", changed)
    with pytest.raises(Refused, match="DO NOT MATCH THE HASHES"):
        wheelhouse.build(tmp_path / "out")


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements/host.txt"])
def test_what_is_deployed_is_locked_by_hashes_at_the_version_that_is_tested(lock: str) -> None:
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    for line in lines:
        requirement = Requirement(line.split("--hash", 1)[0])
        assert "--hash=sha256:" in line
        assert str(requirement.specifier) == f"=={version(requirement.name)}"


def test_a_package_that_chalice_cannot_build_is_refused_with_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "MERGE", tmp_path / "nowhere.yaml")
    with pytest.raises(Refused, match=r"nowhere\.yaml"):
        package.chalice_package(tmp_path)
