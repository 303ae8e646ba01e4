"""An operator raises to 6 between our look and our write of 2: it is put back at the next look, and told."""

from tests.drills.conftest import Play, about, clock, minutes


def test_the_raise_that_our_write_undid_is_put_back_and_told_within_three_minutes(play: Play) -> None:
    drill = play("undone_raise.jsonl", until="10:00")
    assert drill["most_desired"] == 6
    (told,), (cleared,) = about(drill["told"], "undone"), about(drill["cleared"], "undone")
    assert told["text"].startswith(
        "somebody else's desired 6 was undone by our write, the last of 2 at 2026-11-23T09:4"
    )
    assert "09:40" < clock(told["at"]) <= "09:46"
    assert minutes(told["at"], cleared["at"]) <= 6
    assert drill["minutes_without_live"] == 0
