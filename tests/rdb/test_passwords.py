"""q's passwords on a host, fetched from moto's Secrets Manager."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import boto3
import pytest

from rdb.__main__ import main
from rdb.host.aws import Aws
from rdb.host.config import Config, password
from rdb.host.passwords import AGAIN, EVERY, Keeper
from rdb.reporter.reporter import utc_now
from tests.rdb.account import Account
from tests.rdb.builders import CLUSTER, TOPIC, Host
from twin.aws.cloudformation import REGION

FIRST, SECOND, THIRD = (letter * 32 for letter in "abc")


class Scene:
    """A secret, a host that fetches it, and the file that q reads."""

    def __init__(self, directory: Path) -> None:
        self.host = Host()
        self.file = directory / "passwords"
        self.manager = boto3.client("secretsmanager", region_name=REGION)
        value = self.manager.create_secret(Name="q", SecretString=text(FIRST))
        self.arn = value["ARN"]
        self.keeper = self.keeper_of(self.arn)

    def keeper_of(self, arn: str) -> Keeper:
        aws = Aws(REGION)
        return Keeper(arn, self.file, lambda: aws.client("secretsmanager"), utc_now, self.host.log)

    def change(self, value: str) -> None:
        self.manager.put_secret_value(SecretId=self.arn, SecretString=value)

    def lines(self) -> list[str]:
        return self.file.read_text().splitlines()


def text(value: str) -> str:
    return json.dumps({"username": "highwater", "password": value})


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Account().running():
        yield Scene(tmp_path)


def test_the_file_has_the_password_and_its_owner_alone_reads_it(scene: Scene) -> None:
    assert scene.keeper.step()
    assert scene.lines() == [FIRST]
    assert stat.S_IMODE(scene.file.stat().st_mode) == 0o600


def test_a_new_password_comes_before_the_one_that_it_replaces_and_a_third_ends_the_first(
    scene: Scene,
) -> None:
    assert scene.keeper.step()
    scene.change(text(SECOND))
    assert scene.keeper.step()
    assert scene.lines() == [SECOND, FIRST]
    scene.change(text(THIRD))
    assert scene.keeper.step()
    assert scene.lines() == [THIRD, SECOND]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no JSON", "is not JSON with a password"),
        ('{"username": "highwater"}', "is not JSON with a password"),
        (text("short"), "must be 16 to 128"),
        (text("a:b" * 10), "must be 16 to 128"),
        (text("a b" * 10), "must be 16 to 128"),
    ],
)
def test_a_secret_that_q_could_not_use_is_told_without_its_text_and_changes_nothing(
    scene: Scene, value: str, why: str
) -> None:
    assert scene.keeper.step()
    scene.change(value)
    assert not scene.keeper.step()
    assert scene.lines() == [FIRST]
    (line,) = scene.host.told("WARNING")
    assert why in line["why"]
    assert value not in scene.host.out.getvalue()
    scene.change(text(SECOND))
    assert scene.keeper.step()
    assert scene.lines() == [SECOND], "what stood before is of no use"
    assert "secret well again" in [line["message"] for line in scene.host.told()]


def test_a_host_that_cannot_read_the_secret_lets_its_own_reporter_in(scene: Scene) -> None:
    stop, waited = Event(), []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        stop.set()
        return True

    stop.wait = wait  # type: ignore[method-assign, assignment]
    scene.keeper_of(f"{scene.arn}-gone").run(stop)
    (own,) = scene.lines()
    assert len(own) >= 32
    config = Config(cluster=CLUSTER, reports_topic=TOPIC, q_password_file=str(scene.file))
    assert password(config) == own
    stop.clear()
    scene.keeper.run(stop)
    assert scene.lines() == [FIRST]
    assert waited == [AGAIN, EVERY]
    assert any(
        "names no secret: ResourceNotFoundException" in line["why"] for line in scene.host.told("WARNING")
    )


def test_a_restart_keeps_the_passwords_that_are_there(scene: Scene) -> None:
    assert scene.keeper.step()
    stop = Event()
    stop.set()
    scene.keeper_of(scene.arn).run(stop)
    assert scene.lines() == [FIRST]


def test_the_command_needs_the_secret_and_the_file_and_nothing_of_the_reporters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = Event()
    stop.set()
    monkeypatch.setattr("rdb.commands._stopped", lambda: stop)
    monkeypatch.setenv("HIGHWATER_Q_PASSWORDS", str(tmp_path / "passwords"))
    monkeypatch.setenv("HIGHWATER_Q_SECRET", "q")
    assert main(["passwords"]) == 2
    assert "HIGHWATER_Q_SECRET must be a secret's ARN" in capsys.readouterr().err
    monkeypatch.setenv("HIGHWATER_Q_SECRET", f"arn:aws:secretsmanager:{REGION}:123456789012:secret:q")
    assert main(["passwords"]) == 0
    assert (tmp_path / "passwords").exists()
