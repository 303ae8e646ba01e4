"""Nobody is live, after a roll or by the tickerplant alone: it is told, and over with the next one."""

from typing import Any

import pytest

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


SILENT = [
    {"at": "09:10", "do": "reporter_dies", "rdb": "live"},
    {"at": "09:10", "do": "q_dies", "rdb": "live"},
]
LIES = [
    {"at": f"09:{minute}", "do": "report", "rdb": "#1", "rows": 5000, "first_index": 0, "last_index": 5000}
    for minute in range(12, 40, 4)
]


@pytest.mark.parametrize("lies", [[], LIES], ids=["its host is silent", "it says on that it is live"])
def test_a_last_rdb_that_is_live_by_its_word_alone_is_missed_once_the_tickerplant_says_so_again(
    play: Play, lies: list[dict[str, Any]]
) -> None:
    drill = play([*SILENT, *lies], until="09:40")
    (told,), (over,) = about(drill["told"], "no-live"), about(drill["cleared"], "no-live")
    assert "updates wait in the log, as the tickerplant says" in told["text"]
    assert "09:15" <= clock(told["at"]) <= "09:16"
    assert clock(drill["launches"][0]) <= "09:16"
    assert clock(over["at"]) <= "09:22"
    assert drill["most_desired"] == 2
    assert kept(drill)


def test_one_that_says_on_that_it_is_live_keeps_no_standby_away_from_the_one_that_took_over(
    play: Play,
) -> None:
    stale = [
        {"at": f"{minute // 60:02}:{minute % 60:02}", "do": "report", "rdb": "#1", "state": "live"}
        | {"memory_used": 10**9, "rows": 5000, "first_index": 0, "last_index": 5000}
        for minute in range(9 * 60 + 52, 11 * 60, 4)
    ]
    lost = [
        {"at": "09:50", "do": "reporter_dies", "rdb": "#1"},
        {"at": "09:50", "do": "q_hangs", "rdb": "#1"},
        {"at": "09:50", "do": "metric", "rdb": "#1", "percent": 30},
    ]
    drill = play([*lost, *stale], until="11:00")
    assert "10:28" <= clock(drill["launches"][1]) <= "10:32"
    assert drill["minutes_without_live"] == 0
    assert about(drill["told"], "no-live") == []
    assert kept(drill)
