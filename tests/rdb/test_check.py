"""`highwater-rdb check` as a new user meets it, on real sockets and moto."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import NoCredentialsError

from rdb.check.finding import STATUS as EXIT
from rdb.check.finding import Verdict
from rdb.check.host import caller_of
from rdb.check.q import REMEDIES
from rdb.contract.report import State
from rdb.host.aws import Aws
from rdb.host.config import Config
from rdb.host.metadata import ENDPOINT
from rdb.kdb.errors import AskFailed
from rdb.kdb.status import HAS_DRAIN
from rdb.kdb.status import STATUS as QUESTION
from rdb.reporter.reporter import utc_now
from tests.rdb.builders import CLUSTER, ID, IDENTITY, TOPIC
from tests.rdb.command_scene import Scene
from twin.aws.cloudformation import REGION
from twin.aws.loopback import served
from twin.q.player import QPlayer, Raised

CONFIG = Config(cluster=CLUSTER, reports_topic=TOPIC)


def test_where_all_is_well_check_finds_nothing_wrong_and_has_published_what_is_true(scene: Scene) -> None:
    status, text = scene.run("check")
    assert status == 0
    said = [line.split()[:2] for line in text.splitlines()]
    assert {how for how, _ in said} == {"ok"}
    known = {"settings", "memory", "state", "q", "drain", "metadata", "role", "clock", "topic", "metrics"}
    assert {what for _, what in said} == known
    assert "live: 7 rows, window (10, 17], heap 64.0 MiB (67108864 bytes)" in text
    report = scene.account.next_report()
    assert (report.state, report.rows) == (State.LIVE, 7)
    assert "Highwater MemoryUtilization" in scene.account.next_metrics()


def _silent(scene: Scene) -> None:
    scene.q.kill()


def _locked(scene: Scene) -> None:
    scene.q.kill()
    scene.q = QPlayer(scene.answers, credentials="reporter:key", port=scene.q.port)
    scene.q.start()


def _hung(scene: Scene) -> None:
    scene.configure(q_timeout_seconds=0.1)
    scene.q.hang()


def _elsewhere(scene: Scene) -> None:
    scene.q.talk(b"SSH-2.0-OpenSSH_9.8\r\n")


def _raising(text: str) -> Any:
    def raise_it() -> object:
        raise Raised(text)

    return raise_it


def _without_highwater(scene: Scene) -> None:
    scene.answers[QUESTION] = _raising(".highwater.status")


def _throwing(scene: Scene) -> None:
    scene.answers[QUESTION] = _raising("type")


def _enlisted(scene: Scene) -> None:
    scene.says["rows"] = [7]


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
        (_elsewhere, ['no message of q: it starts with "SSH-2.0-"', "set q_port"]),
        (
            _without_highwater,
            ["q does not define .highwater.status: load highwater.q, or define it"],
        ),
        (_throwing, ["q raised 'type: .highwater.status[] must never throw: try it in q itself"]),
        (_enlisted, ["rows must be a long (-7h) from 0, and is a list of one: without enlist"]),
        (_without_heap, [".highwater.status[] has no heap", "docs/q.md"]),
        (_of_a_list, [".highwater.status[] must be a dictionary, and is a list of 2"]),
        (_of_null_rows, ["rows must be a long (-7h) from 0, and is 0N"]),
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
    secret.chmod(0o600)
    scene.configure(q_user="reporter", q_password_file=str(secret))
    try:
        assert "BAD" not in (text := scene.run("check")[1])
        assert "WARN" not in text
    finally:
        scene.q.kill()
    scene.configure(q_user="reporter", q_password_file="/missing")  # noqa: S106
    (line,) = scene.bad()
    assert "q_password_file: /missing: No such file or directory" in line


def test_a_password_that_is_no_use_or_everybodys_is_a_warning(scene: Scene, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("\n")
    secret.chmod(0o644)
    scene.configure(q_password_file=str(secret))
    without, empty, open_to_all = scene.found("WARN")
    assert "q_password_file is set without q_user" in without
    assert f"{secret}: its first line is empty" in empty
    assert f"everybody may read it: chmod o-r {secret}" in open_to_all
    scene.configure(q_user="reporter")
    assert scene.found("WARN") == ["password         q_user is set without q_password_file"]


def test_whether_q_can_be_asked_to_drain_is_told_and_no_fault_where_q_does_not_tell(scene: Scene) -> None:
    scene.answers[HAS_DRAIN] = lambda: False
    assert "q does not define .highwater.drain: load highwater.q, or define it" in scene.bad()[0]
    scene.answers[HAS_DRAIN] = lambda: "access"
    assert "not tried: q does not tell what .highwater.drain is" in scene.found("--")[0]
    scene.answers[HAS_DRAIN] = _raising("access")
    assert "is: q raised 'access" in scene.found("--")[0]


def test_wrong_settings_are_lines_and_the_rest_is_looked_at_all_the_same(scene: Scene) -> None:
    scene.configure("q_timeot = 1", poll_seconds="1s", scale_threshold=100)
    bad = scene.bad()
    assert [line.split()[0] for line in bad] == ["settings"] * 3
    assert scene.found("taken") == [f"settings         cluster {CLUSTER}, scale threshold 60 %"]
    assert scene.account.next_report().state is State.LIVE


def test_a_state_directory_that_is_missing_is_told_with_what_to_do(scene: Scene) -> None:
    scene.state.rmdir()
    status, text = scene.run("check")
    assert status == 1
    (line,) = (line for line in text.splitlines() if line.startswith("BAD"))
    assert "No such file or directory: StateDirectory= in the service makes it" in line
    assert not any(line.startswith("{") for line in text.splitlines())
    assert scene.account.next_report().state is State.LIVE
    scene.state.touch()
    assert scene.bad() == [
        f"state directory  {scene.state} is a file: move it away, then: install -d -o kdb {scene.state}"
    ]


def test_who_is_not_the_service_user_is_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = scene.state.stat().st_uid
    monkeypatch.setattr("rdb.check.host.os.geteuid", lambda: owner + 54321)
    (line,) = scene.found("WARN")
    assert line.startswith(f"state directory  run as user {owner + 54321}; {scene.state} is of ")


def test_metadata_that_is_disabled_hides_the_request_to_drain(scene: Scene) -> None:
    scene.metadata.enabled = False
    first, second = scene.bad()
    assert "the instance metadata refuses a token (403): on EC2 set HttpEndpoint to enabled; off EC2" in first
    assert "set instance_id and region; such an RDB cannot be asked to drain" in first
    assert "set instance_id and region" in second
    scene.configure(instance_id=ID)
    assert len(scene.bad()) == 1
    assert scene.account.next_report().instance_id == ID


def test_off_ec2_a_missing_metadata_service_is_no_fault_but_a_topic_elsewhere_is(scene: Scene) -> None:
    scene.configure(instance_id=ID)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = "http://{}:{}".format(*taken.getsockname())
        with patch.dict(os.environ, {ENDPOINT: nobody}):
            (line,) = scene.found("WARN")
            assert scene.bad() == []
            with patch.dict(os.environ, {"HIGHWATER_REPORTS_TOPIC": TOPIC.replace(REGION, "eu-west-1")}):
                assert "reports_topic is in eu-west-1, this host in us-east-1" in scene.bad()[0]
    assert "cannot be reached: Connection refused; without it no tag can ask this RDB to drain" in line


def test_a_hop_limit_that_keeps_a_container_out_is_named(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rdb.host.metadata.TIMEOUT", 0.05)
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
    assert "reports_topic names no topic: NotFound: " in line
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


def test_a_host_without_a_role_is_told_so_once(scene: Scene) -> None:
    with _without_credentials(scene):
        (line,) = scene.bad()
    assert line.startswith("role")
    assert "the instance has no role" in line
    assert line.endswith("clock, topic and metrics not looked at")


def test_a_role_that_comes_after_the_reporter_is_used(scene: Scene) -> None:
    aws = Aws(REGION)
    with _without_credentials(scene) as role:
        with pytest.raises(NoCredentialsError):
            aws.client("sns")
        scene.metadata.texts |= role
        assert aws.client("sns").list_topics()["Topics"] == [{"TopicArn": TOPIC}]


@pytest.mark.parametrize(
    ("seconds", "how", "words"),
    [
        (0, "ok", "s beside AWS's"),
        (95, "BAD", "+9"),
        (600, "BAD", "s ahead of AWS's, 300 is the most: see chronyc tracking"),
        (-600, "BAD", "s behind AWS's, 300 is the most"),
    ],
)
@pytest.mark.usefixtures("account")
def test_a_clock_is_compared_with_aws_by_its_own_answer(seconds: int, how: str, words: str) -> None:
    with served() as url, patch.dict(os.environ, {"AWS_ENDPOINT_URL": url}):
        now = utc_now() + timedelta(seconds=seconds)
        role, clock = caller_of(CONFIG, IDENTITY, Aws(REGION), now)
    assert role.verdict == "ok"
    assert (clock.what, clock.verdict) == ("clock", how)
    assert words in clock.text


def test_each_word_of_a_line_has_its_exit_status() -> None:
    assert set(EXIT) == set(get_args(Verdict))


def test_each_reason_why_q_gives_no_answer_has_a_remedy() -> None:
    def below(cause: type[AskFailed]) -> set[type[AskFailed]]:
        return {cause}.union(*map(below, cause.__subclasses__()))

    assert set(REMEDIES) == below(AskFailed) - {AskFailed}
