"""The only standby is lost and the live RDB rolls: that nobody is live is told, and over with the next."""

from tests.drills.conftest import Play, about, clock, kept, minutes


def test_nobody_live_after_a_roll_is_told_with_who_is_next_and_cleared_once_one_is(play: Play) -> None:
    drill = play([{"at": "09:52", "do": "q_dies", "rdb": "standby"}], until="10:15")
    (told,), (cleared,) = about(drill["told"], "no-live"), about(drill["cleared"], "no-live")
    assert "updates wait in the log, as the tickerplant says" in told["text"]
    assert "next: nobody, and a raise to 3 is asked for now; look at q on i-" in told["text"]
    assert "09:59" < clock(told["at"]) <= "10:02"
    assert 0 < minutes(told["at"], cleared["at"]) < 15
    assert drill["minutes_without_live"] > 2
    assert kept(drill)
