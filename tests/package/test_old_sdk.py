"""The SDK in Lambda is older than ours, by runtime and region: the package acts the same with any of them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from highwater.checkout import ROOT
from highwater.deploy.packaging.package import MODEL
from tests.package.conftest import LOOPBACK, Cluster, Lambda, deliver
from tests.package.events import report, told, wake_up
from tests.package.test_reconcile import PROVEN
from twin.aws.emulator import PYTHON
from twin.aws.loopback import LoopbackAws

SDKS = ("1.40.4", "1.42.20")


def path_of(sdk: str) -> str:
    """The Python path of a runtime that has this SDK."""
    return os.pathsep.join((str(ROOT / ".sdk" / sdk), LOOPBACK))


@pytest.fixture(scope="module", params=SDKS)
def old(request: pytest.FixtureRequest, aws: LoopbackAws, task_root: Path) -> Iterator[Lambda]:
    """Every function of the package beside an SDK of that age."""
    with ExitStack() as running:
        yield Lambda(aws, task_root, running, {"PYTHONPATH": path_of(request.param)})


def members_known(sdk: str, environment: dict[str, str]) -> str:
    """The version of the SDK, and the parameters of UpdateAutoScalingGroup that it knows."""
    look = (
        "import botocore, botocore.session as s; m = s.get_session().get_service_model('autoscaling');"
        "print(botocore.__version__, *m.operation_model('UpdateAutoScalingGroup').input_shape.members)"
    )
    line = [str(PYTHON), "-c", look]
    done = subprocess.run(  # noqa: S603 - our own line
        line, env={"PYTHONPATH": path_of(sdk), **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("sdk", SDKS)
def test_the_package_brings_the_model_of_walls_that_an_old_sdk_does_not_know(
    sdk: str, task_root: Path
) -> None:
    alone = members_known(sdk, {})
    assert alone.startswith(sdk)
    assert "DeletionProtection" not in alone
    assert (task_root / MODEL).is_file()
    assert "DeletionProtection" in members_known(sdk, {"AWS_DATA_PATH": str(task_root / "data")})


def test_walls_are_seen_repaired_and_one_proven_rdb_is_released(
    old: Lambda, aws: LoopbackAws, cluster: Cluster
) -> None:
    loaded, empty = cluster.grow(2)
    first = deliver(old, wake_up(cluster.name))
    repaired = told(first, "decision")["decision"]["repair"]
    assert repaired == ["suspended"], "the processes that no template can suspend, and no other wall"
    batch = [
        wake_up(cluster.name, report(cluster.name, loaded, "live", 40, rows=900)),
        wake_up(cluster.name, report(cluster.name, empty, "drained"), PROVEN),
    ]
    decided = told(deliver(old, *batch), "decision")["decision"]
    assert decided["release"] == [{"instance_id": empty, "step": "terminate"}]
    assert "repair" not in decided
    aws.settle()
    assert (cluster.desired(), cluster.members()) == (1, {loaded: "InService", empty: "Terminating:Wait"})


def test_a_day_goes_the_same_way_with_the_oldest_sdk(task_root: Path, tmp_path: Path) -> None:
    # The functions of the embedded AWS share one process, without /var/task: the package's model lies where
    # an SDK looks for a user's own models.
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "models").symlink_to(task_root / "data")
    figures = tmp_path / "day.json"
    page = tmp_path / "day.html"
    # Half as many updates as on the paper's day, in two hours.
    feed = tmp_path / "feed.csv"
    feed.write_text("minute,updates\n" + "".join(f"{n // 60:02}:{n % 60:02},1333\n" for n in range(120)))
    line = [sys.executable, "-m", "twin", "day", "--rule", "fixed", "--scale", "60", "--html", str(page)]
    line += ["--json", str(figures), "--feed", str(feed), "--end-of-day", "02:00", "--until", "02:45"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".sdk" / SDKS[0]), "HOME": str(tmp_path)}
    subprocess.run(line, cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603
    day = json.loads(figures.read_text())
    # As with the SDK of the tests.
    assert (day["hosts"], day["releases"], day["cost_usd"]) == (4, 3, 0.19)
    assert (day["unsafe_terminations"], day["updates_unheld"], day["handler_failures"]) == (0, 0, 0)
