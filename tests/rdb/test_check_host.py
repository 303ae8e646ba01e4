"""`highwater-rdb check` of the host: its state directory, metadata, role, clock and topic, on moto."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import NoCredentialsError

from rdb.check.host import caller_of
from rdb.contract.report import State
from rdb.host.aws import Aws
from rdb.host.config import Config
from rdb.host.metadata import ENDPOINT
from rdb.reporter.reporter import utc_now
from tests.rdb.builders import CLUSTER, ID, IDENTITY, TOPIC
from tests.rdb.command_scene import Scene
from twin.aws.cloudformation import REGION
from twin.aws.loopback import served

CONFIG = Config(cluster=CLUSTER, reports_topic=TOPIC)


CONFIG = Config(cluster=CLUSTER, reports_topic=TOPIC)


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
