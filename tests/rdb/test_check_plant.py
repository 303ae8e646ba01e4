"""`highwater-rdb` on a tickerplant's host: what the service reports there, and what `check` finds."""

import json
from pathlib import Path
from threading import Event
from typing import Any

import boto3
import pytest

from rdb.kdb.plant import PLANT
from tests.rdb.account import LIMIT
from tests.rdb.builders import CLUSTER, TOPIC
from tests.rdb.command_scene import Scene
from twin.aws.cloudformation import REGION
from twin.q.player import Raised


@pytest.fixture
def plant(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A tickerplant's host on which all is well; it knows its role as a cluster's stack tells it."""
    scene.says = {"updates": 12, "queue": 0, "waiting": 3}
    scene.answers.clear()
    scene.answers[PLANT] = lambda: scene.says
    monkeypatch.setenv("HIGHWATER_ROLE", "tickerplant")
    return scene


def _reported(plant: Scene) -> tuple[int, int, int]:
    """What the topic accepted; a report of an RDB would be in another queue."""
    report = plant.account.of_tickerplant.get(timeout=LIMIT)
    assert plant.account.reports.empty()
    return report.updates, report.queue, report.waiting


def test_the_service_reports_what_waits_there(plant: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Event()

    def answer() -> Any:
        stop.set()
        return plant.says

    plant.answers[PLANT] = answer
    monkeypatch.setattr("rdb.commands._stopped", lambda: stop)
    assert plant.run("run")[0] == 0
    assert _reported(plant) == (12, 0, 3)


def test_where_all_is_well_check_finds_nothing_wrong_and_has_published_what_waits(plant: Scene) -> None:
    status, text = plant.run("check")
    assert status == 0
    said = [line.split()[:2] for line in text.splitlines()]
    assert said == [["ok", what] for what in ("settings", "state", "q", "topic")]
    assert f"cluster {CLUSTER}, the tickerplant's host" in text
    assert "12 updates, 3 wait, 0 RDBs stand by" in text
    assert _reported(plant) == (12, 0, 3)


def _raising(text: str) -> Any:
    def raise_it() -> object:
        raise Raised(text)

    return raise_it


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (_raising(".tp.status"), "q does not define .tp.status: load tickerplant.q, or define it"),
        (_raising("type"), "q raised 'type: .tp.status[] must never throw: try it in q itself"),
        (lambda: [1, 2], ".tp.status[] must be a dictionary, and is a list of 2: see docs/q.md"),
    ],
)
def test_what_is_wrong_with_q_is_told_with_what_to_do_about_a_tickerplant(
    plant: Scene, answer: Any, words: str
) -> None:
    plant.answers[PLANT] = answer
    (line,) = plant.bad()
    assert line.startswith("q ")
    assert words in line
    (line,) = plant.found("--")
    assert line == "topic            not tried: there is nothing to report while q does not answer"
    assert plant.account.of_tickerplant.empty()


def test_who_speaks_no_kdb_is_told_to_be_at_another_port_than_the_tickerplants(plant: Scene) -> None:
    plant.q.talk(b"SSH-2.0-OpenSSH_9.8\r\n")
    (line,) = plant.bad()
    assert line.endswith(": set q_port to the port of the tickerplant")


def test_a_password_file_that_cannot_be_read_is_named(plant: Scene) -> None:
    plant.configure(q_user="reporter", q_password_file="/missing")  # noqa: S106
    (line,) = plant.bad()
    assert line == "q                q_password_file: /missing: No such file or directory"


def test_a_topic_that_is_not_there_is_told(plant: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIGHWATER_REPORTS_TOPIC", TOPIC + "x")
    (line,) = plant.bad()
    assert line.startswith("topic")
    assert "reports_topic names no topic: NotFound: " in line


def test_a_host_that_does_not_know_itself_publishes_nothing(plant: Scene) -> None:
    plant.metadata.enabled = False
    (line,) = plant.bad()
    assert line.startswith("metadata")
    assert plant.account.of_tickerplant.empty()


def test_a_password_that_has_not_arrived_from_its_secret_is_told(
    plant: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "passwords"
    file.write_text("before\n")
    file.chmod(0o600)
    manager = boto3.client("secretsmanager", region_name=REGION)
    arn = manager.create_secret(Name="q-of-plant", SecretString=json.dumps({"password": "n" * 32}))["ARN"]
    monkeypatch.setenv("HIGHWATER_Q_SECRET", arn)
    monkeypatch.setenv("HIGHWATER_Q_USER", "highwater")
    monkeypatch.setenv("HIGHWATER_Q_PASSWORDS", str(file))
    (line,) = plant.found("WARN")
    assert line.startswith(f"secret           its newest password is not in {file}")
