"""Windows that do not tile: who held a part of them is gone, or two say that they hold the same."""

from typing import Any

from tests.drills.conftest import Play, about, clock, kept, minutes


def others(drill: dict[str, Any], *words: str) -> list[dict[str, Any]]:
    return [alert for alert in drill["told"] if alert["key"].split()[0] not in words]


def test_updates_that_nobody_holds_are_told_with_both_neighbours_until_they_are_written_down(
    play: Play,
) -> None:
    drill = play("gap.jsonl", until="12:45", end_of_day=12 * 3600 + 1800)
    (told,) = about(drill["told"], "gap")
    assert 11 <= minutes("2026-11-23T11:20:00Z", told["at"]) <= 13
    assert told["text"].startswith("no RDB holds the updates 58254 to 116506, between i-")
    (over,) = about(drill["cleared"], "gap")
    assert "12:35" <= clock(over["at"]) <= "12:37"
    assert others(drill, "gap", "dead") == []
    assert kept(drill)


def test_updates_that_two_say_they_hold_are_told_until_one_says_otherwise(play: Play) -> None:
    drill = play("overlap.jsonl", until="10:40")
    (told,) = about(drill["told"], "overlap")
    assert "10:16" <= clock(told["at"]) <= "10:18"
    assert " both hold the updates 58254 to 60000 since 2026-11-23T10:05:0" in told["text"]
    (over,) = about(drill["cleared"], "overlap")
    assert "10:35" <= clock(over["at"]) <= "10:37"
    assert about(drill["told"], "gap") == []


def test_a_day_without_faults_has_neither_also_while_its_rdbs_drain_one_after_the_other(play: Play) -> None:
    nothing = [{"at": "09:00", "do": "q_password", "new": "another"}]
    drill = play(nothing, until="13:20", end_of_day=13 * 3600)
    assert drill["told"] == []
    assert len(drill["launches"]) >= 4
