"""A day that the console draws is what its decisions tell; of today only what is new is asked for again."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from highwater.console.days import Days
from highwater.operate.words.drawn import chart
from highwater.terminal import Refused
from tests.highwater.console_scene import FakeApi, decision
from tests.highwater.views import LIVE, NEXT, OLD, alert, view

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
DAY = MIDNIGHT.date()


def rooms(**whys: str) -> dict[str, Any]:
    """Rooms of the live one, the next and an old one, by their reasons."""
    names = {"live": LIVE, "next": NEXT, "old": OLD}
    return {names[name]: {"has": True, "why": why} for name, why in whys.items()}


def drawn(*decisions: dict[str, Any], before: Any = (), last: int = 60, standing: Any = ()) -> Any:
    return chart(decisions, before, MIDNIGHT, last, standing)


def minutes(shown: Any) -> dict[str, dict[str, float]]:
    return {rdb["id"]: rdb["minutes"] for rdb in shown["rdbs"]}


def test_counts_go_on_from_the_day_before_until_a_decision_says_otherwise() -> None:
    before = decision("2026-11-22T20:00:00Z", desired=1, counted=1)
    late = decision("2026-11-23T00:02:30Z", desired=3, counted=2, with_room=2)
    shown = drawn(late, before=[before], last=4)
    assert shown["minutes"] == [0, 1, 2, 3, 4]
    assert (shown["desired"], shown["alive"]) == ([1, 1, 3, 3, 3], [1, 1, 2, 2, 2])
    assert shown["with_room"] == [1, 1, 2, 2, 2]
    assert drawn(late, last=4)["desired"] == [None, None, 3, 3, 3]


def test_a_count_that_is_left_out_is_zero() -> None:
    none = {"id": "1", "at": "2026-11-23T00:00:00Z", "code": "room", "reason": ""}
    assert (drawn(none, last=0)["alive"], drawn(none, last=0)["with_room"]) == ([0], [0])


def test_an_rdb_is_launched_live_rolled_asked_to_drain_and_released() -> None:
    shown = drawn(
        decision("2026-11-23T00:01:00Z", rooms=rooms(live="pending, until 2026-11-23T00:11:10Z")),
        decision("2026-11-23T00:05:00Z", rooms=rooms(live="live at 20.5 %")),
        decision("2026-11-23T00:06:00Z"),
        decision("2026-11-23T00:20:00Z", rooms=rooms(live="live at 84.9 %", next="standby at 3.8 %")),
        decision("2026-11-23T00:30:00Z", rooms=rooms(next="live at 4.0 %")),
        decision("2026-11-23T00:40:00Z", rooms=rooms(next="live at 9.0 %"), tag=[LIVE]),
        decision("2026-11-23T00:50:00Z", release=[{"instance_id": LIVE, "step": "terminate"}]),
        decision("2026-11-23T00:52:00Z", release=[{"instance_id": LIVE, "step": "continue"}]),
    )
    assert minutes(shown) == {
        LIVE: {"launch": 1, "live": 5, "roll": 30, "drain": 40, "release": 50},
        NEXT: {"launch": 20, "live": 30},
    }
    assert [rdb["known"] for rdb in shown["rdbs"]] == [
        [[5, 20.5], [20, 84.9]],
        [[20, 3.8], [30, 4.0], [40, 9.0]],
    ]


def test_who_was_there_the_day_before_was_not_launched_today() -> None:
    before = decision("2026-11-22T20:00:00Z", rooms=rooms(live="live at 20.0 %"))
    shown = drawn(decision("2026-11-23T00:10:00Z", rooms=rooms(live="live at 30.0 %")), before=[before])
    assert minutes(shown) == {LIVE: {"live": 10}}


def test_a_live_one_whose_q_does_not_answer_has_not_rolled_while_nobody_else_is_live() -> None:
    shown = drawn(
        decision("2026-11-23T00:01:00Z", rooms=rooms(live="live at 20.0 %")),
        decision("2026-11-23T00:02:00Z", rooms=rooms(live="unknown at 21.0 %")),
        decision("2026-11-23T00:03:00Z", rooms=rooms(live="unknown at 21.0 %", next="live at 3.0 %")),
    )
    assert minutes(shown)[LIVE] == {"launch": 1, "live": 1, "roll": 3}


def test_who_says_on_that_it_is_live_has_rolled_once_another_took_over() -> None:
    late = "live since 2026-11-23T00:00:00Z, and i-0bbbbbbbbbbbbbbb2 since later"
    shown = drawn(
        decision("2026-11-23T00:10:00Z", 1, rooms=rooms(live="live at 60.0 %")),
        decision("2026-11-23T00:20:00Z", 2, rooms=rooms(live=late, next="live at 5.0 %")),
    )
    assert minutes(shown)[LIVE]["roll"] == minutes(shown)[NEXT]["live"] == 20


def test_what_was_asked_refused_and_told_is_on_the_time_line() -> None:
    ann = "arn:aws:sts::123456789012:assumed-role/operator/ann"
    shown = drawn(
        decision("2026-11-23T00:10:00Z", asked=[f"{ann} asked at 2026-11-23T00:09:59Z: at least 2 hosts"],
                 told=[alert("raise", "raises fail")]),
        decision("2026-11-23T00:20:00Z", refused=[{"what": "drain", "reasons": ["it holds 5000 rows", "x"]}]),
        decision("2026-11-23T00:30:00Z", cleared=[alert("raise", "over")]),
        standing=[alert("hold", "held", since="2026-11-20T10:00:00Z"), alert("raise", "raises fail")],
    )["timeline"]  # fmt: skip
    assert shown["events"] == [
        {"minute": 10, "sign": "ann (operator)", "text": "00:09 UTC: at least 2 hosts"}
    ]
    assert shown["answers"] == [{"minute": 20, "sign": "drain", "text": "it holds 5,000 rows; x"}]
    bars = [(one["key"], one["from"], one["to"], one["stands"], one["lane"]) for one in shown["alerts"]]
    assert bars == [("hold", 0, 60, True, 0), ("raise", 10, 30, False, 1)]


def test_a_day_has_its_own_decisions_and_thresholds_and_today_ends_now() -> None:
    fake = FakeApi(view(alerts=[alert("raise")]), [
        decision("2026-11-22T23:59:59.900000Z"),
        decision("2026-11-23T00:00:00Z"),
        decision("2026-11-23T09:00:00.600000Z", target=2),
    ])  # fmt: skip
    today = Days(fake.api()).day("trades", DAY)
    assert [one["time"] for one in today["decisions"]] == ["09:00:00", "00:00:00"]
    assert (today["words"], today["today"]) == ("Mon 23 Nov 2026", "2026-11-23")
    assert today["chart"]["minutes"][-1] == 600
    assert today["chart"]["thresholds"] == {"roll": 85.0, "hard": 92.0}
    assert [one["key"] for one in today["chart"]["timeline"]["alerts"]] == ["raise"]
    before = Days(fake.api()).day("trades", date(2026, 11, 22))
    assert [one["time"] for one in before["decisions"]] == ["23:59:59"]
    assert before["chart"]["minutes"][-1] == 1440
    assert before["chart"]["timeline"]["alerts"] == []


def test_a_day_that_goes_on_is_asked_for_what_is_new_alone() -> None:
    times = [f"2026-11-23T0{n // 60}:{n % 60:02}:00Z" for n in range(250)]
    fake = FakeApi(decisions=[decision(at, n) for n, at in enumerate(times)])
    days = Days(fake.api())
    assert len(days.day("trades", DAY)["decisions"]) == 250
    fake.decisions.insert(0, decision("2026-11-23T09:00:00Z", 999))
    fake.asked.clear()
    assert len(days.day("trades", DAY)["decisions"]) == 251
    assert [path for _, path, _ in fake.asked if "since" in path] == [
        "/clusters/trades/decisions?limit=100&since=2026-11-23T04%3A09%3A00Z&until=2026-11-24T00%3A00%3A00Z"
    ]


@pytest.mark.parametrize("day", ["2026-11-24", "9999-12-31"])
def test_a_day_that_has_not_begun_is_refused(day: str) -> None:
    with pytest.raises(Refused, match=f"^{day}: has not begun; it is 2026-11-23T10:00:00Z.$"):
        Days(FakeApi().api()).day("trades", date.fromisoformat(day))
