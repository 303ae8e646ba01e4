"""The reporter of a tickerplant's host: what it asks q, and when it reports what to the control plane."""

import json
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rdb.__main__ import main
from rdb.contract.names import Role
from rdb.contract.release import RELEASE
from rdb.contract.tickerplant import TickerplantReport, parse_tickerplant
from rdb.host.config import Config, load
from rdb.kdb.connection import Connection
from rdb.kdb.plant import PLANT, PlantSeen, look_at_plant
from rdb.kdb.status import Nonsense
from rdb.reporter.journal import Journal
from rdb.reporter.plant import PlantSender, due, report_plant
from tests.rdb.builders import CLUSTER, ID, IDENTITY, TOPIC, Host
from twin.q.player import QPlayer

CALM, WAITING = PlantSeen(9, 1, 0), PlantSeen(12, 0, 3)
THROTTLED = ClientError({"Error": {"Code": "Throttling", "Message": "slow down"}}, "Publish")


class Scene:
    """A sender with a topic that takes everything, until a test breaks it."""

    def __init__(self, directory: Path) -> None:
        self.host = Host()
        self.sent: list[str] = []
        self.fails = False
        self.sender = self.restarted(directory)
        self._directory = directory

    def restarted(self, directory: Path) -> PlantSender:
        return PlantSender(IDENTITY, self._publish, Journal(directory), self.host.log)

    def _publish(self, text: str) -> None:
        if self.fails:
            raise THROTTLED
        self.sent.append(text)

    def step(self, seen: PlantSeen, seconds: float = 1.0) -> bool:
        self.host.passes(seconds)
        return self.sender.step(seen, self.host.time, self.host.seconds) is not None


def test_it_reports_at_once_when_updates_begin_to_wait_and_when_none_do_any_more(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    looks = (CALM, CALM, WAITING, WAITING, CALM)
    assert [scene.step(seen) for seen in looks] == [True, False, True, False, True]
    reports = [parse_tickerplant(text, scene.host.time) for text in scene.sent]
    assert [(one.updates, one.queue, one.waiting) for one in reports] == [(9, 1, 0), (12, 0, 3), (9, 1, 0)]
    assert {(one.cluster, one.instance_id) for one in reports} == {(CLUSTER, ID)}


def test_what_has_not_changed_is_repeated_every_five_minutes(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.step(WAITING)
    assert not scene.step(WAITING, 298)
    assert scene.step(WAITING, 2)


def test_a_clock_that_was_set_back_silences_nothing() -> None:
    now = Host().time
    said = TickerplantReport(
        version=1, cluster=CLUSTER, instance_id=ID, sequence=1, updates=0, queue=0, waiting=0, sent_at=now
    )
    assert due(said, CALM, now - timedelta(hours=1))


def test_a_report_that_the_topic_refused_is_sent_again_as_what_is_true_then(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.step(CALM)
    scene.fails = True
    assert not scene.step(WAITING)
    scene.fails = False
    assert not scene.step(CALM, 0.1)
    assert scene.step(CALM, 2)
    assert [json.loads(text)["waiting"] for text in scene.sent] == [0, 0]


def test_the_sequence_rises_also_after_a_restart_with_a_clock_set_back(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.step(CALM, 30)
    scene.host.time -= timedelta(seconds=20)
    scene.sender = scene.restarted(tmp_path)
    scene.step(CALM)
    first, second = (json.loads(text)["sequence"] for text in scene.sent)
    assert second > first


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([1, 2, 3], "must be a dictionary"),
        ({"updates": 1, "queue": 0}, "has no waiting"),
        ({"updates": 1, "queue": None, "waiting": 0}, "queue must be a long"),
        ({"updates": 1, "queue": 0, "waiting": -1}, "waiting must be a long"),
        ({"updates": 1, "queue": 0, "waiting": 2}, "at most updates, and is 2 of 1"),
    ],
)
def test_an_answer_that_is_none_is_refused_by_its_key(answer: Any, why: str) -> None:
    with (
        QPlayer({PLANT: lambda: answer}) as q,
        Connection("127.0.0.1", q.port) as connection,
        pytest.raises(Nonsense, match=why),
    ):
        look_at_plant(connection, 10.0)


def test_a_tickerplants_host_asks_port_5000_unless_it_is_set() -> None:
    environment = {
        "HIGHWATER_CLUSTER": CLUSTER,
        "HIGHWATER_REPORTS_TOPIC": TOPIC,
        "HIGHWATER_ROLE": "tickerplant",
    }
    config, wrong = load(None, environment)
    assert (config.role, config.q_port, wrong) == (Role.TICKERPLANT, 5000, ())


def test_it_asks_q_and_reports_until_it_is_stopped(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    stop = Event()
    answers = [{"updates": 5, "queue": 0, "waiting": 5, "release": "0.2.0"}]

    def answer() -> Any:
        stop.set()
        return answers[0]

    with QPlayer({PLANT: answer}) as q:
        config = Config(cluster=CLUSTER, reports_topic=TOPIC, q_port=q.port, q_timeout_seconds=10)
        report_plant(config, scene.sender, scene.host.log, lambda: scene.host.time, stop)
    said = parse_tickerplant(scene.sent[0], scene.host.time)
    assert (said.waiting, said.release, said.q_release) == (5, RELEASE, "0.2.0")


def test_a_q_that_does_not_answer_is_logged_and_nothing_is_said(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    stop = Event()

    def answer() -> Any:
        stop.set()
        return {"updates": 5}

    with QPlayer({PLANT: answer}) as q:
        config = Config(cluster=CLUSTER, reports_topic=TOPIC, q_port=q.port, q_timeout_seconds=10)
        report_plant(config, scene.sender, scene.host.log, lambda: scene.host.time, stop)
    assert scene.sent == []
    assert "has no queue" in scene.host.told("WARNING")[0]["why"]


def test_the_commands_for_rdbs_say_that_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "reporter.toml"
    file.write_text(f'cluster = "{CLUSTER}"\nreports_topic = "{TOPIC}"\nrole = "tickerplant"\n')
    for command in ("status", "report"):
        assert main([command, "--config", str(file)]) == 1
        assert "no RDB" in capsys.readouterr().err
