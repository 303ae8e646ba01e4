"""The wheel for the host image is the same for the same code, so that no image is built again for nothing."""

from pathlib import Path
from zipfile import ZipFile

from highwater.checkout import ROOT
from highwater.deploy.packaging import wheel


def test_the_same_code_makes_the_same_bytes_under_a_name_that_pip_takes(tmp_path: Path) -> None:
    one, other = wheel.build(tmp_path / "one"), wheel.build(tmp_path / "other")
    assert one.read_bytes() == other.read_bytes()
    assert one.name.startswith("highwater_rdb-")
    assert one.name.endswith("-py3-none-any.whl")
    with ZipFile(one) as zipped:
        assert "highwater_rdb/q/tickerplant.q" in zipped.namelist()
        (text,) = (zipped.read(name) for name in zipped.namelist() if name.endswith("/licenses/LICENSE"))
    assert text == (ROOT / "LICENSE").read_bytes()
