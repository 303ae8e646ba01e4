"""`highwater-rdb` as a new user meets it: status, report, and what is wrong with a command line."""

import json
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from rdb.__main__ import main
from tests.rdb.builders import TOPIC
from tests.rdb.command_scene import Scene


def test_status_shows_q_memory_the_last_report_and_the_request(scene: Scene) -> None:
    status, text = scene.run("status")
    assert status == 0
    assert "live: 7 rows, window (10, 17], heap 64.0 MiB (67108864 bytes)" in text
    assert "last report  none" in text
    assert "drain        not requested" in text
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


def test_all_that_is_missing_is_told_at_once(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    with patch.dict(os.environ, {"HIGHWATER_CLUSTER": "", "HIGHWATER_REPORTS_TOPIC": ""}):
        scene.configure(q_port=0)
        assert main(["check", "--config", str(scene.file)]) == 2
    port, missing = capsys.readouterr().err.splitlines()
    assert port.startswith(f"highwater-rdb: {scene.file}: q_port: ")
    assert missing.startswith("highwater-rdb: cluster, reports_topic: ")


@pytest.mark.parametrize("command", ["check", "status"])
def test_a_reader_that_has_gone_ends_a_command_without_a_word(scene: Scene, command: str) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", "rdb", command, "--config", str(scene.file)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
        stdout=writes,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writes)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("line", [[], ["walk"], ["run", "--json"]])
def test_bad_arguments_are_one_sentence_and_status_2(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(line)
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("highwater-rdb")
    assert said.endswith("; see highwater-rdb --help\n")


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("highwater-rdb ")


def test_help_teaches_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert all(f"highwater-rdb {command}" in text for command in ("run", "status", "report", "check"))
