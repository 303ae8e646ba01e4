"""What an operator asks in the midst of a fault is answered truly: how long is left, and what would come."""

import pytest

from tests.drills.conftest import OPTIONS
from tests.highwater.drilled import drilled
from tests.highwater.hand import hand_on
from twin.day.options import Options

# As a cluster is by itself: launched by demand, and with a hard threshold.
DEMAND = Options(feed=OPTIONS.feed, feed_name="drill")

type Patch = pytest.MonkeyPatch
type Caught = pytest.CaptureFixture[str]


def test_while_launch_is_suspended_a_raise_says_that_none_would_come(
    monkeypatch: Patch, capsys: Caught
) -> None:
    with drilled("suspended.jsonl", "10:00") as day, hand_on(day, monkeypatch, capsys) as hand:
        said = hand("raise", "trades", "--dry-run").said
        assert "does: writes DesiredCapacity 3" in said
        assert (
            "but: Launch is suspended on group highwater-trades-rdb, and launches are wanted: 2 (alert launch"
            in said
        )


def test_a_raise_says_what_it_wrote(monkeypatch: Patch, capsys: Caught) -> None:
    with drilled("dead_q.jsonl", "09:20") as day, hand_on(day, monkeypatch, capsys) as hand:
        ran = hand("raise", "trades")
        assert "does: writes DesiredCapacity 2 cluster: trades" in ran.said
        assert "but:" not in ran.said


def test_a_live_one_past_its_threshold_says_how_long_it_can_go_on_and_does(
    monkeypatch: Patch, capsys: Caught
) -> None:
    with (
        drilled("boot_forever.jsonl", "10:00", DEMAND) as day,
        hand_on(day, monkeypatch, capsys) as hand,
    ):
        left = hand("status", "trades", "--json").json["hard_minutes"]
        assert f"at 92 % at the latest, in {left:.0f} minutes as it fills now" in hand("why", "trades").said
        assert (
            f"which is reached; at 92 % at the latest, in {left:.0f} minutes" in hand("status", "trades").said
        )


def test_one_that_read_the_log_of_a_dead_one_rolls_when_its_feed_fills_it(
    monkeypatch: Patch, capsys: Caught
) -> None:
    with drilled("live_q_dies.jsonl", "09:27", DEMAND) as day, hand_on(day, monkeypatch, capsys) as hand:
        view = hand("status", "trades", "--json").json
        (live,) = (rdb for rdb in view["rdbs"] if rdb["state"] == "live")
        assert live["memory_percent"] > 30
        # A feed of 1,000 updates a minute takes 1.4 points of the host's memory.
        assert view["runway_minutes"] == pytest.approx((85 - live["memory_percent"]) / 1.4, rel=0.1)


def test_the_windows_of_one_that_does_not_answer_are_what_it_said_before(
    monkeypatch: Patch, capsys: Caught
) -> None:
    with drilled("live_q_dies.jsonl", "09:27", DEMAND) as day, hand_on(day, monkeypatch, capsys) as hand:
        said = hand("windows", "trades").said
        assert ", it said not known" in said
        assert "does not answer: nobody knows whether it holds what it said before" in said


def test_the_alerts_send_to_the_cause_of_no_live(monkeypatch: Patch, capsys: Caught) -> None:
    with drilled("boot_forever.jsonl", "10:30") as day, hand_on(day, monkeypatch, capsys) as hand:
        assert "to do: as never-ready says" in hand("alerts", "trades").said
