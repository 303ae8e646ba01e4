"""`highwater-rdb check` of q: each answer that is wrong, the password, and the request to drain."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from rdb.check.q import REMEDIES
from rdb.contract.report import State
from rdb.kdb.errors import AskFailed
from rdb.kdb.status import HAS_DRAIN
from rdb.kdb.status import STATUS as QUESTION
from tests.rdb.command_scene import Scene
from twin.aws.cloudformation import REGION
from twin.q.player import QPlayer, Raised


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


def test_each_reason_why_q_gives_no_answer_has_a_remedy() -> None:
    def below(cause: type[AskFailed]) -> set[type[AskFailed]]:
        return {cause}.union(*map(below, cause.__subclasses__()))

    assert set(REMEDIES) == below(AskFailed) - {AskFailed}


def test_a_host_of_a_stack_is_told_of_a_secret_that_cannot_be_used_or_has_not_arrived(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest, file = "n" * 32, tmp_path / "passwords"
    manager = boto3.client("secretsmanager", region_name=REGION)
    arn = manager.create_secret(Name="q", SecretString=json.dumps({"password": newest}))["ARN"]
    monkeypatch.setenv("HIGHWATER_Q_SECRET", arn)
    monkeypatch.setenv("HIGHWATER_Q_USER", "highwater")
    monkeypatch.setenv("HIGHWATER_Q_PASSWORDS", str(file))
    scene.q.lock(f"highwater:{newest}")
    file.write_text(f"{newest}\n")
    file.chmod(0o600)
    assert scene.bad() == []
    file.write_text("before\n")
    (line,) = scene.found("WARN")
    assert line.startswith(f"secret           its newest password is not in {file}")
    manager.put_secret_value(SecretId=arn, SecretString="no JSON")
    told = [line for line in scene.bad() if line.startswith("secret")]
    assert "is not JSON with a password: see docs/deploy.md" in told[0]
    monkeypatch.setenv("HIGHWATER_Q_SECRET", f"{arn}-gone")
    told = [line for line in scene.bad() if line.startswith("secret")]
    assert "names no secret" in told[0]
