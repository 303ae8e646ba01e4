"""The four loops against a q on a real socket, a metadata service on another, and moto."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any
from unittest.mock import patch

import pytest

from rdb.contract.report import REPORT_EVERY, State
from rdb.host.config import Config
from rdb.host.identity import Identity, awaited_identity
from rdb.host.log import Log
from rdb.host.metadata import ENDPOINT, Metadata
from rdb.kdb.status import DRAIN
from rdb.kdb.status import STATUS as QUESTION
from rdb.reporter.reporter import Reporter, utc_now
from tests.rdb.account import LIMIT, Account
from tests.rdb.builders import CLUSTER, ID, STATUS, TOPIC, Host
from twin.aws.cloudformation import REGION
from twin.aws.loopback import served
from twin.aws.metadata import MetadataPlayer
from twin.q.player import QPlayer

QUICK = 0.1
# Seconds for an answer of q: no slow machine makes it unknown, and a test in which it hangs waits for them.
PATIENT, HANGS = 10.0, 2.0
METRICS = {"Highwater MemoryUtilization"}


class Scene:
    """One host: change `says` and q says that; `drains` is set when q is asked to drain."""

    def __init__(self, directory: Path, q_timeout: float = PATIENT, **settings: Any) -> None:
        self.directory = directory
        self.q_timeout = q_timeout
        self.settings = settings
        self.account = Account()
        self.says: dict[str, Any] = dict(STATUS)
        self.drains = Event()
        self.q = QPlayer({QUESTION: lambda: self.says, DRAIN: self._drain})
        self.metadata = MetadataPlayer(ID)
        self.host = Host()
        self.ahead = timedelta()
        self.stop = Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        with (
            self.q,
            self.account.running(),
            self.metadata.served() as url,
            patch.dict(os.environ, {ENDPOINT: url}),
        ):
            reporter = Reporter(
                Config(
                    cluster=CLUSTER,
                    reports_topic=TOPIC,
                    q_port=self.q.port,
                    q_timeout_seconds=self.q_timeout,
                    poll_seconds=QUICK,
                    metadata_seconds=1.0,
                    state_directory=str(self.directory),
                    **self.settings,
                ),
                Identity(CLUSTER, ID, REGION),
                Metadata(),
                Log(self.host.out, utc_now, monotonic),
                now=lambda: utc_now() + self.ahead,
            )
            with ThreadPoolExecutor(1) as thread:
                self.done = thread.submit(reporter.run, self.stop)
                try:
                    yield
                finally:
                    self.stop.set()

    def _drain(self) -> bool:
        self.says = {**STATUS, "state": "drained", "rows": 0}
        self.drains.set()
        return True


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    with scene.running():
        yield scene


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[Scene]:
    """A scene in which q will hang."""
    scene = Scene(tmp_path, HANGS)
    with scene.running():
        yield scene


def test_what_q_says_is_reported_with_the_hosts_memory_and_published_as_metrics(scene: Scene) -> None:
    report = scene.account.next_report()
    assert (report.cluster, report.instance_id, report.state) == (CLUSTER, ID, State.LIVE)
    assert (report.rows, report.first_index, report.last_index) == (7, 10, 17)
    assert 0 < report.memory_used < report.memory_total
    assert set(scene.account.next_metrics()) == METRICS
    scene.says = {**STATUS, "state": "rolled"}
    after = scene.account.next_report()
    assert after.state is State.ROLLED
    assert after.sequence > report.sequence


def test_the_tag_in_the_metadata_drains_q_and_the_proof_follows(scene: Scene) -> None:
    assert scene.account.next_report().proof is None
    scene.metadata.texts["/tags/instance/highwater:drain"] = "asked"
    assert scene.drains.wait(LIMIT)
    report = scene.account.next_report()
    assert (report.state, report.rows) == (State.DRAINED, 0)
    assert report.proof is not None
    assert report.proof.startswith(f"https://sts.{REGION}.amazonaws.com/?Action=GetCallerIdentity&")


def test_an_instance_that_is_being_terminated_drains_too(scene: Scene) -> None:
    scene.metadata.texts["/autoscaling/target-lifecycle-state"] = "Terminated"
    assert scene.drains.wait(LIMIT)


def test_a_q_that_hangs_lies_or_dies_is_unknown_and_then_known_again(hanging: Scene) -> None:
    says = hanging.account.next_report
    assert says().state is State.LIVE
    hanging.q.hang()
    hung = says()
    assert (hung.state, hung.rows) == (State.UNKNOWN, None)
    hanging.q.resume()
    assert says().state is State.LIVE
    hanging.says = {**STATUS, "rows": None}
    assert says().state is State.UNKNOWN
    hanging.says = {**STATUS, "state": "rolled"}
    assert says().state is State.ROLLED
    hanging.q.talk(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert says().state is State.UNKNOWN
    hanging.q.talk(None)
    assert says().state is State.ROLLED
    hanging.q.kill()
    assert says().state is State.UNKNOWN
    hanging.q.start()
    assert says().state is State.ROLLED
    whys = [line["why"] for line in hanging.host.told("WARNING")]
    assert any("did not answer within 2 s" in why for why in whys)
    assert any("rows must be a long (-7h) from 0, and is 0N" in why for why in whys)
    assert any("no message of q" in why for why in whys)
    assert any("Connection re" in why for why in whys)


def test_a_new_password_is_read_without_a_restart_and_one_that_cannot_be_read_keeps_the_old(
    tmp_path: Path,
) -> None:
    secret = tmp_path / "passwords"
    secret.write_text("first\n")
    scene = Scene(tmp_path, q_user="highwater", q_password_file=str(secret))
    scene.q.lock("highwater:first")
    says = scene.account.next_report
    with scene.running():
        assert says().state is State.LIVE
        scene.q.kill()
        assert says().state is State.UNKNOWN
        secret.write_text("\ufeffsecond \r\n")
        scene.q.lock("highwater:second")
        scene.q.start()
        assert says().state is State.LIVE
        secret.unlink()
        scene.q.kill()
        assert says().state is State.UNKNOWN
        scene.q.start()
        assert says().state is State.LIVE
    whys = [line["why"] for line in scene.host.told("WARNING")]
    assert (
        f"q_password_file: {secret}: No such file or directory; the newest that could be read is given"
        in whys
    )


def test_a_hung_q_is_unknown_and_delays_no_report_that_is_due(hanging: Scene) -> None:
    assert hanging.account.next_report().state is State.LIVE
    hanging.q.hang()
    hung = hanging.account.next_report()
    assert (hung.state, hung.rows) == (State.UNKNOWN, None)
    hanging.account.ahead = hanging.ahead = REPORT_EVERY
    again = hanging.account.next_report()
    assert (again.state, again.rows) == (State.UNKNOWN, None)
    assert again.sent_at - hung.sent_at >= REPORT_EVERY


def test_a_hung_topic_delays_no_look_at_q_no_metric_and_no_drain(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    entered, leave, looks = Event(), Event(), threading.Semaphore(0)

    def published(_topic: str, _message: str) -> None:
        entered.set()
        leave.wait()

    def status() -> object:
        looks.release()
        return scene.says

    scene.account.published = published
    scene.q = QPlayer({QUESTION: status, DRAIN: scene._drain})
    with scene.running():
        try:
            assert entered.wait(LIMIT)
            for _ in range(5):
                assert looks.acquire(timeout=LIMIT)
            scene.metadata.texts["/tags/instance/highwater:drain"] = "asked"
            assert scene.drains.wait(LIMIT)
            assert set(scene.account.next_metrics()) == METRICS
        finally:
            leave.set()


def test_who_waits_for_the_metadata_says_that_nothing_is_reported_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host, stop, config = Host(), Event(), Config(cluster=CLUSTER, reports_topic=TOPIC)
    player = MetadataPlayer(ID)
    player.enabled = False

    def wait(_seconds: float) -> bool:
        player.enabled = True
        return False

    monkeypatch.setattr(stop, "wait", wait)
    with player.served() as url:
        found = awaited_identity(config, Metadata({ENDPOINT: url}), host.log, stop)
    assert found == Identity(CLUSTER, ID, REGION)
    trouble, well = host.told()
    assert trouble["why"].endswith("waits for it, and reports nothing meanwhile")
    assert well["message"] == "metadata well again"


def test_what_no_loop_expected_ends_the_process_with_its_own_words(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    broken = ZeroDivisionError("of nobody's knowledge")
    with patch("rdb.reporter.reporter.host_memory", side_effect=broken), scene.running():
        with pytest.raises(ZeroDivisionError, match="of nobody's knowledge"):
            scene.done.result(LIMIT)
        assert scene.stop.is_set()


def test_the_command_reports_until_it_is_told_to_stop_and_logs_each_report(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    line = [sys.executable, "-m", "rdb", "run", "--config", str(tmp_path / "reporter.toml")]
    with scene.q, scene.account.running(), scene.metadata.served() as endpoint, served() as url:
        (tmp_path / "reporter.toml").write_text(
            f'cluster = "{CLUSTER}"\nreports_topic = "{TOPIC}"\nq_port = {scene.q.port}\n'
            f'state_directory = "{tmp_path}"\npoll_seconds = "1s"\nq_timeout_seconds = {PATIENT}\n'
        )
        environment = {
            "AWS_ENDPOINT_URL": url,
            ENDPOINT: endpoint,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        with subprocess.Popen(  # noqa: S603 - our own command line
            line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            report = scene.account.next_report()
            process.terminate()
            out, errors = process.communicate(timeout=LIMIT)
    assert (process.returncode, errors) == (0, "")
    lines = [json.loads(text) for text in out.splitlines()]
    assert [line["message"] for line in lines] == ["bad setting", "started", "report", "stopped"]
    assert lines[2]["report"]["sequence"] == report.sequence
    assert all(line["cluster"] == CLUSTER for line in lines)
    assert all(line["instance_id"] == ID for line in lines[1:])
