"""Hosts that come and die again and again: it is told once as one thing, with their number."""

from tests.drills.conftest import Play, about, clock


def test_hosts_that_die_again_and_again_are_told_once_at_the_third_and_not_over_soon_after_the_last(
    play: Play,
) -> None:
    drill = play("dying.jsonl", until="09:52")
    (told,) = about(drill["told"], "dying")
    assert told["text"].startswith("hosts die again and again: 3 that came since ")
    assert "09:18" <= clock(told["at"]) <= "09:22"
    assert about(drill["cleared"], "dying") == []
