"""`highwater-rdb check` as a whole, as a new user meets it, on real sockets and moto."""

from typing import get_args

from rdb.check.finding import STATUS as EXIT
from rdb.check.finding import Verdict
from rdb.contract.report import State
from tests.rdb.builders import CLUSTER
from tests.rdb.command_scene import Scene


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


def test_wrong_settings_are_lines_and_the_rest_is_looked_at_all_the_same(scene: Scene) -> None:
    scene.configure("q_timeot = 1", poll_seconds="1s", scale_threshold=100)
    bad = scene.bad()
    assert [line.split()[0] for line in bad] == ["settings"] * 3
    assert scene.found("taken") == [f"settings         cluster {CLUSTER}, scale threshold 60 %"]
    assert scene.account.next_report().state is State.LIVE


def test_each_word_of_a_line_has_its_exit_status() -> None:
    assert set(EXIT) == set(get_args(Verdict))
