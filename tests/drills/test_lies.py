"""Words in the name of an RDB that are not its own: capacity is there all the same, and people know."""

from typing import Any

import pytest

from tests.drills.conftest import Play, about, clock, kept


@pytest.fixture(scope="module")
def metric(play: Play) -> dict[str, Any]:
    """Somebody publishes 99 % for the fresh standby, which says that it waits."""
    return play("lying_metric.jsonl", until="10:10")


@pytest.fixture(scope="module")
def forged(play: Play) -> dict[str, Any]:
    """The standby dies as somebody calls the full live one `booting`; the next standby is called `rolled`."""
    return play("forged_reports.jsonl", until="10:10")


def test_a_metric_above_the_threshold_of_an_idle_host_launches_one_more_and_no_more(
    metric: dict[str, Any],
) -> None:
    first, second = map(clock, metric["launches"])
    assert first < "09:43:00" <= second < "09:45"
    assert metric["minutes_without_live"] == 0
    assert kept(metric)


def test_it_is_told_within_a_minute(metric: dict[str, Any]) -> None:
    (alert,) = about(metric["told"], "idle-above-scale")
    assert "99.0 %" in alert["text"]
    assert "09:43:00" <= clock(alert["at"]) <= "09:44:00"


def test_a_forged_booting_does_not_hide_that_the_live_one_is_full(forged: dict[str, Any]) -> None:
    _, second = map(clock, forged["launches"])
    assert "09:44:00" < second < "09:46:30"


def test_a_sequence_far_ahead_is_refused_and_mutes_nobody(forged: dict[str, Any]) -> None:
    assert not [at for at in forged["launches"] if "09:50" <= clock(at) < "09:53"]


def test_a_clock_that_is_ahead_is_told_at_the_second_report_that_is_refused_and_over_when_one_is_accepted(
    forged: dict[str, Any],
) -> None:
    (told,), (cleared,) = about(forged["told"], "clock"), about(forged["cleared"], "clock")
    assert "its clock is 840 s ahead" in told["text"]
    assert "09:50:20" <= clock(told["at"]) <= "09:50:50"
    assert "09:54" <= clock(cleared["at"]) <= "10:02"


def test_a_forged_rolled_about_the_only_standby_costs_no_launch_and_is_told(forged: dict[str, Any]) -> None:
    assert not [at for at in map(clock, forged["launches"]) if at >= "09:53"]
    (alert,) = about(forged["told"], "contradiction")
    assert "said rolled and then standby" in alert["text"]
    assert "09:53" < clock(alert["at"]) < "10:00"


def test_no_lie_costs_the_live_rdb_or_a_row(forged: dict[str, Any]) -> None:
    assert forged["minutes_without_live"] == 0
    assert kept(forged)


def test_drained_with_rows_is_refused_and_raises_go_on(play: Play) -> None:
    result = play("drained_with_rows.jsonl", until="11:10")
    assert len(result["launches"]) == 2
    assert result["minutes_without_live"] == 0
    assert kept(result)
