"""`highwater-rdb` as a new user meets it: check, status and report, on real sockets and moto."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from chalicelib.contracts import State
from rdb.__main__ import main
from rdb.asking import STATUS as QUESTION
from rdb.aws import Aws, sentence
from rdb.checking import caller_of
from rdb.config import Config
from rdb.metadata import ENDPOINT
from rdb.running import utc_now
from tests.rdb.account import Account
from tests.rdb.builders import CLUSTER, ID, NOW, STATUS, TOPIC
from twin.cloudformation import REGION
from twin.loopback import served
from twin.metadata import MetadataPlayer
from twin.qplayer import QPlayer

CONFIG = Config(cluster=CLUSTER, reports_topic=TOPIC)


class Scene:
    """A host on which all is well, until a test spoils something."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str], account: Account) -> None:
        self._capsys = capsys
        self.file = directory / "reporter.toml"
        self.state = directory / "state"
        self.state.mkdir()
        self.says: Any = dict(STATUS)
        self.account = account
        self.metadata = MetadataPlayer(ID)
        self.q = QPlayer({QUESTION: lambda: self.says}, credentials=":")

    def configure(self, more: str = "", **settings: object) -> None:
        settings = {"q_port": self.q.port, "state_directory": str(self.state), "region": REGION} | settings
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        self.file.write_text("\n".join([*lines, more]))

    def run(self, command: str, *more: str) -> tuple[int, str]:
        """The exit status and what was printed."""
        status = main([command, "--config", str(self.file), *more])
        return status, "".join(self._capsys.readouterr())

    def bad(self) -> list[str]:
        """What `check` finds wrong; it must exit with 1 then."""
        status, text = self.run("check")
        bad = [line.removeprefix("BAD").strip() for line in text.splitlines() if line.startswith("BAD")]
        assert status == (1 if bad else 0)
        return bad


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    account = Account()
    with account.running():
        yield account


@pytest.fixture
def scene(tmp_path: Path, capsys: pytest.CaptureFixture[str], account: Account) -> Iterator[Scene]:
    account.forget()
    scene = Scene(tmp_path, capsys, account)
    with ExitStack() as stack:
        stack.enter_context(scene.q)
        url = stack.enter_context(scene.metadata.served())
        settings = {"HIGHWATER_CLUSTER": CLUSTER, "HIGHWATER_REPORTS_TOPIC": TOPIC, ENDPOINT: url}
        stack.enter_context(patch.dict(os.environ, settings))
        scene.configure()
        yield scene


def test_where_all_is_well_check_finds_nothing_wrong_and_has_published_what_is_true(scene: Scene) -> None:
    status, text = scene.run("check")
    assert status == 0
    assert "BAD" not in text
    said = {line.split()[1] for line in text.splitlines()}
    assert said >= {"settings", "memory", "state", "q", "metadata", "role", "topic", "metrics"}
    report = scene.account.next_report()
    assert (report.state, report.rows) == (State.LIVE, 7)
    assert "Highwater MemoryUtilization" in scene.account.next_metrics()


def _silent(scene: Scene) -> None:
    scene.q.kill()


def _locked(scene: Scene) -> None:
    scene.q.kill()
    scene.q = QPlayer({QUESTION: lambda: scene.says}, credentials="reporter:key", port=scene.q.port)
    scene.q.start()


def _hung(scene: Scene) -> None:
    scene.configure(q_timeout_seconds=0.1)
    scene.q.hang()


def _elsewhere(scene: Scene) -> None:
    scene.q.talk(b"SSH-2.0-OpenSSH_9.8\r\n")


def _without_highwater(scene: Scene) -> None:
    scene.q.kill()
    scene.q = QPlayer({}, port=scene.q.port)
    scene.q.start()


def _without_heap(scene: Scene) -> None:
    del scene.says["heap"]


def _of_a_list(scene: Scene) -> None:
    scene.says = [1, 2]


def _of_null_rows(scene: Scene) -> None:
    scene.says["rows"] = None


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_silent, ["is not reachable", "refused", "q_port"]),
        (_locked, ["refused the user and password", "q_user and q_password_file"]),
        (_hung, ["within 0.1 s", "busy or hung, or q_port is not q's"]),
        (_elsewhere, ["no message of q", "set q_port"]),
        (_without_highwater, ["raised '.highwater.status[]", "let q load highwater.q"]),
        (_without_heap, [".highwater.status[] has no heap", "docs/q.md"]),
        (_of_a_list, [".highwater.status[] must be a dictionary, and is list"]),
        (_of_null_rows, ["rows must be a number, and is null"]),
    ],
)
def test_what_is_wrong_with_q_is_one_line_and_the_report_says_unknown(
    scene: Scene, spoil: Any, words: list[str]
) -> None:
    spoil(scene)
    try:
        (line,) = scene.bad()
    finally:
        scene.q.kill()
    assert line.startswith("q ")
    assert all(word in line for word in words)
    assert scene.account.next_report().state is State.UNKNOWN


def test_a_password_that_q_takes_makes_all_well(scene: Scene, tmp_path: Path) -> None:
    _locked(scene)
    secret = tmp_path / "password"
    secret.write_text("key\n")
    scene.configure(q_user="reporter", q_password_file=str(secret))
    try:
        assert scene.bad() == []
    finally:
        scene.q.kill()
    scene.configure(q_user="reporter", q_password_file="/missing")  # noqa: S106
    (line,) = scene.bad()
    assert "q_password_file: /missing: No such file or directory" in line


def test_wrong_settings_are_lines_and_the_rest_is_looked_at_all_the_same(scene: Scene) -> None:
    scene.configure("q_timeot = 1", poll_seconds="1s", scale_threshold=100)
    bad = scene.bad()
    assert [line.split()[0] for line in bad] == ["settings"] * 3
    assert scene.account.next_report().state is State.LIVE


def test_a_state_directory_that_is_missing_is_told_with_what_to_do(scene: Scene) -> None:
    scene.state.rmdir()
    found, *others = scene.bad()
    assert "No such file or directory" in found
    assert "StateDirectory=" in found
    assert others == []
    assert scene.account.next_report().state is State.LIVE


def test_metadata_that_is_disabled_hides_the_wish_to_drain(scene: Scene) -> None:
    scene.metadata.enabled = False
    first, second = scene.bad()
    assert "is HttpEndpoint enabled?" in first
    assert "set instance_id and region; no tag can ask that RDB to drain" in first
    assert "set instance_id and region" in second
    scene.configure(instance_id=ID)
    assert len(scene.bad()) == 1
    assert scene.account.next_report().instance_id == ID


def test_a_hop_limit_that_keeps_a_container_out_is_named(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rdb.metadata.TIMEOUT", 0.05)
    scene.metadata.answers_token = False
    scene.configure(instance_id=ID)
    (line,) = scene.bad()
    assert "in a container HttpPutResponseHopLimit must be 2" in line


def test_tags_that_are_not_in_the_metadata_are_told(scene: Scene) -> None:
    del scene.metadata.texts["/tags/instance"]
    (line,) = scene.bad()
    assert "set InstanceMetadataTags to enabled" in line


def test_a_topic_that_is_not_there_or_elsewhere_is_told(scene: Scene) -> None:
    with patch.dict(os.environ, {"HIGHWATER_REPORTS_TOPIC": TOPIC + "x"}):
        (line,) = scene.bad()
    assert line.startswith("topic")
    assert "reports_topic names no topic" in line
    with patch.dict(os.environ, {"HIGHWATER_REPORTS_TOPIC": TOPIC.replace(REGION, "eu-west-1")}):
        assert "reports_topic is in eu-west-1, this host in us-east-1" in scene.bad()[0]


def test_credentials_that_are_not_the_instances_own_role_prove_nothing(scene: Scene) -> None:
    role = f"arn:aws:iam::123456789012:role/highwater-{CLUSTER}-rdb-{REGION}"
    given = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="ann")["Credentials"]
    somebody = {"AWS_ACCESS_KEY_ID": given["AccessKeyId"], "AWS_SESSION_TOKEN": given["SessionToken"]}
    with patch.dict(os.environ, somebody):
        (line,) = scene.bad()
    assert line.startswith("role")
    assert f"/ann is not arn:aws:sts::123456789012:assumed-role/highwater-{CLUSTER}-rdb-{REGION}/{ID}" in line


@contextmanager
def _without_credentials(scene: Scene) -> Iterator[dict[str, str]]:
    """Neither in the environment nor in a file nor in the metadata; yields what the metadata had."""
    texts = scene.metadata.texts
    role = {path: text for path, text in texts.items() if path.startswith("/iam/")}
    scene.metadata.texts = {path: text for path, text in texts.items() if path not in role}
    with patch.dict(os.environ, {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            del os.environ[name]
        yield role


def test_a_host_without_a_role_is_told_so_for_each_call(scene: Scene) -> None:
    with _without_credentials(scene):
        bad = scene.bad()
    assert [line.split()[0] for line in bad] == ["role", "topic", "metrics"]
    assert all("the instance has no role" in line for line in bad)


def test_a_role_that_comes_after_the_reporter_is_used(scene: Scene) -> None:
    aws = Aws(REGION)
    with _without_credentials(scene) as role:
        with pytest.raises(NoCredentialsError):
            aws.client("sns")
        scene.metadata.texts |= role
        assert aws.client("sns").list_topics()["Topics"] == [{"TopicArn": TOPIC}]


@pytest.mark.parametrize(
    ("seconds", "well", "words"),
    [
        (0, True, "s beside AWS's"),
        (90, False, "+9"),
        (600, False, "s ahead of AWS's, 300 is the most: see chronyc tracking"),
        (-600, False, "s behind AWS's, 300 is the most"),
    ],
)
@pytest.mark.usefixtures("account")
def test_a_clock_is_compared_with_aws_by_its_own_answer(seconds: int, well: bool, words: str) -> None:
    with served() as url, patch.dict(os.environ, {"AWS_ENDPOINT_URL": url}):
        now = utc_now() + timedelta(seconds=seconds)
        role, clock = caller_of(CONFIG, ID, Aws(REGION), now)
    assert role.well
    assert (clock.what, clock.well) == ("clock", well)
    assert words in clock.text


def test_an_error_of_aws_under_a_wrong_clock_is_told_as_the_clocks() -> None:
    answer: Any = {
        "Error": {"Code": "SignatureDoesNotMatch", "Message": "Signature expired"},
        "ResponseMetadata": {"HTTPHeaders": {"date": "Mon, 23 Nov 2026 12:00:00 GMT"}},
    }
    error = ClientError(answer, "Publish")
    assert sentence(error, NOW - timedelta(minutes=10)).startswith("the clock is 600 s behind AWS's")
    assert "Signature expired" in sentence(error, NOW)


def test_status_shows_q_memory_the_last_report_and_the_wish(scene: Scene) -> None:
    status, text = scene.run("status")
    assert status == 0
    assert "live: 7 rows, window (10, 17], heap 67108864 bytes" in text
    assert "last report  none" in text
    assert "drain        not wished" in text
    assert scene.run("report")[0] == 0
    scene.metadata.texts["/tags/instance/highwater:drain"] = "asked"
    status, text = scene.run("status", "--json")
    shown = json.loads(text)
    assert status == 0
    assert (shown["q"]["state"], shown["last_report"]["state"]) == ("live", "live")
    assert shown["drain"] == "tag highwater:drain"


def test_status_for_programs_is_json_also_where_settings_cannot_be_used(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.file.write_text("q_port = 70000")
    assert main(["status", "--json", "--config", str(scene.file)]) == 2
    shown = json.loads(capsys.readouterr().out)
    assert shown.keys() == {"q", "memory", "last_report", "drain", "bad_settings"}
    (why,) = shown["bad_settings"]
    assert "q_port: must be a port" in why


def test_status_of_a_q_that_is_down_says_why_and_exits_with_1(scene: Scene) -> None:
    scene.q.kill()
    status, text = scene.run("status")
    assert status == 1
    assert "unknown: q at 127.0.0.1:" in text
    assert "not reachable" in text


def test_report_sends_one_report_and_says_which(scene: Scene) -> None:
    sent = []
    for _ in range(2):
        status, text = scene.run("report")
        assert status == 0
        sent.append(scene.account.next_report())
        assert f"live, sequence {sent[-1].sequence}, at " in text
    assert sent[1].sequence > sent[0].sequence


def test_a_report_that_the_topic_refuses_exits_with_1(scene: Scene) -> None:
    with patch.dict(os.environ, {"HIGHWATER_REPORTS_TOPIC": TOPIC + "x"}):
        status, text = scene.run("report")
    assert status == 1
    assert "highwater-rdb: reports_topic names no topic" in text


@pytest.mark.parametrize("command", ["run", "status", "report", "check"])
def test_settings_that_cannot_be_used_are_one_sentence_and_status_2(scene: Scene, command: str) -> None:
    scene.configure(q_port=0)
    status, text = scene.run(command)
    assert status == 2
    assert text == f"highwater-rdb: {scene.file}: q_port: must be a port from 1 to 65535, and is 0\n"


@pytest.mark.parametrize("line", [[], ["walk"], ["run", "--json"]])
def test_bad_arguments_are_one_sentence_and_status_2(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(line)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("highwater-rdb")


def test_help_teaches_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert all(f"highwater-rdb {command}" in text for command in ("run", "status", "report", "check"))
