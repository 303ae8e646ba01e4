"""Hosts that come and die again and again: it is told once as one thing, with their number."""

from tests.drills.conftest import Play, about, clock


def test_hosts_that_die_again_and_again_are_told_at_the_third_and_over_when_none_has_for_a_while(
    play: Play,
) -> None:
    drill = play("dying.jsonl", until="09:52")
    (told,), (cleared,) = about(drill["told"], "dying"), about(drill["cleared"], "dying")
    assert told["text"].startswith("3 hosts that came since ")
    assert "09:18" <= clock(told["at"]) <= "09:22"
    assert "09:42" <= clock(cleared["at"]) <= "09:51"
