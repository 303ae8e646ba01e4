"""The room oracle: room by the facts in the ledger, and which raises were not needed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from twin.oracle import Known, Oracle

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def at(minutes: float) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat()


def group(desired: int, serving: int = 0) -> dict[str, Any]:
    return {"DesiredCapacity": desired, "Instances": [{"LifecycleState": "InService"}] * serving}


def report(state: str, minutes: float, percent: int) -> dict[str, Any]:
    said = {"state": state, "sent_at": at(minutes), "memory_used": percent, "memory_total": 100}
    return {"report": said, "received_at": at(minutes)}


IN_SERVICE = {"lifecycle": "InService", "healthy": True}
FULL = {"peak": {"percent": 85.0, "at": at(-5)}, "metric": {"percent": 30.0, "at": at(0)}}


@pytest.mark.parametrize(
    ("rdb", "room"),
    [
        ({"member": {"lifecycle": "Pending", "healthy": True}}, True),
        ({"member": {"lifecycle": "Pending", "healthy": True}, "first_seen": at(-10)}, False),
        ({"member": {"lifecycle": "Pending", "healthy": True}, **report("live", 0, 60)}, False),
        ({"member": {"lifecycle": "Pending", "healthy": True}, **report("live", -15, 60)}, True),
        ({"member": {"lifecycle": "InService", "healthy": False}}, False),
        ({"metric": {"percent": 30.0, "at": at(0)}}, True),
        ({"metric": {"percent": 70.0, "at": at(0)}}, False),
        ({"metric": {"percent": 30.0, "at": at(-15)}}, False),
        ({"metric": {"percent": 30.0, "at": at(0)}, "drain": {}}, True),
        ({"metric": {"percent": 30.0, "at": at(0)}, "drain": {"by": "jo"}}, False),
        ({"metric": {"percent": 30.0, "at": at(0)}, "released_at": at(-1.9)}, False),
        ({"metric": {"percent": 30.0, "at": at(0)}, "released_at": at(-2)}, True),
        (report("live", 0, 59), True),
        (report("live", 0, 60), False),
        (report("rolled", 0, 10), False),
        ({**report("live", 0, 10), "metric": {"percent": 4.0, "at": at(-16)}, "unmeasured": True}, False),
        ({"metric": {"percent": 4.0, "at": at(0)}, "first_seen": at(-10), "unheard": True}, False),
        ({"metric": {"percent": 4.0, "at": at(0)}, "first_seen": at(-9.9), "unheard": True}, True),
        (report("booting", 0, 30), True),
        (report("booting", 0, 70), False),
        (report("booting", -15, 70), True),
        ({**report("booting", 0, 4), "metric": {"percent": 70.0, "at": at(-14)}}, False),
        ({**report("booting", 0, 4), "metric": {"percent": 70.0, "at": at(-15)}}, True),
        ({**report("unknown", 0, 10), "unanswered": {"since": at(-9.9)}}, True),
        ({**report("unknown", 0, 10), "unanswered": {"since": at(-10)}}, False),
        ({**report("unknown", 0, 10), "unanswered": {"since": at(0), "state": "rolled"}}, False),
        ({**report("unknown", 0, 10), "unanswered": {"since": at(0), "state": "booting"}}, True),
        (
            {
                **report("unknown", 0, 10),
                "first_seen": at(-10),
                "unanswered": {"since": at(0), "state": "booting"},
            },
            False,
        ),
        ({**report("booting", 0, 10), "first_seen": at(-10)}, False),
        ({**report("live", 0, 70), "metric": {"percent": 30.0, "at": at(1)}}, False),
        ({**report("live", -3, 70), "metric": {"percent": 30.0, "at": at(0)}}, True),
        (FULL, False),
        ({**FULL, **report("live", 0, 10)}, True),
        ({**FULL, **report("live", -6, 10)}, False),
        ({**FULL, **report("booting", 0, 10), "ready_at": at(-4)}, True),
        ({**FULL, **report("booting", 0, 10), "ready_at": at(-6)}, False),
        ({**report("booting", 0, 10), "first_seen": at(-99), "restarted_at": at(-9)}, True),
        ({**report("booting", 0, 10), "first_seen": at(-99), "restarted_at": at(-10)}, False),
        ({**report("unknown", 0, 10), "unanswered": {"since": at(-1), "counted_from": at(-10)}}, False),
        ({**FULL, **report("live", 0, 10), "received_at": at(-6)}, False),
    ],
)
def test_room_is_judged_by_the_facts_in_the_ledger(rdb: dict[str, Any], room: bool) -> None:
    facts = {"member": {"lifecycle": "InService", "healthy": True}, "first_seen": at(0), **rdb}
    known = Known(json.dumps({"rdbs": {"i-1": facts}}), group(1), NOW)
    assert (Oracle(60, 85, 60).room(known) is not None) is room


@pytest.mark.parametrize(
    ("state", "hung", "waits", "heard", "room"),
    [
        ("live", -2, -2, 0, False),
        ("standby", -2, -9, 0, False),
        ("live", -1.9, -9, 0, True),
        ("live", -9, -1.9, 0, True),
        ("booting", -9, -9, 0, True),
        ("live", -9, -9, -15, True),
    ],
)
def test_a_ready_one_that_does_not_answer_is_no_room_once_updates_have_waited_for_it(
    state: str, hung: float, waits: float, heard: float, room: bool
) -> None:
    held = {"since": at(hung), "state": state}
    facts = {**report("unknown", 0, 10), "unanswered": held, "first_seen": at(-9), "member": IN_SERVICE}
    tickerplant = {"received_at": at(heard), "waits_since": at(waits)}
    document = json.dumps({"rdbs": {"i-1": facts}, "tickerplant": tickerplant})
    found = Oracle(60, 85, 60).room(Known(document, group(1), NOW))
    assert (found is not None) is room


@pytest.mark.parametrize(
    ("other", "why"), [(at(-1), "while i-2 drains too"), (at(0), "while i-2 drains too"), (at(1), None)]
)
def test_a_standby_is_handed_back_alone_whoever_is_asked_after_it(other: str, why: str | None) -> None:
    standby = {**report("standby", 0, 4), "first_seen": at(-60), "member": IN_SERVICE}
    asked = {"i-1": {**standby, "drain": {"at": at(0)}}, "i-2": {**standby, "drain": {"at": other}}}
    shown = {**group(3, serving=3), "MinSize": 1}
    document = json.dumps({"rdbs": {**asked, "i-3": standby}})
    assert Oracle(60, 85, 60).handed_back(Known(document, shown, NOW), "i-1") == why


@pytest.mark.parametrize(("released", "why"), [(at(0), None), (at(-1), "and 1 more are wanted")])
def test_who_is_released_by_the_same_decision_was_there_when_a_standby_was_handed_back(
    released: str, why: str | None
) -> None:
    standby = {**report("standby", 0, 4), "first_seen": at(-60), "member": IN_SERVICE}
    rdbs = {"i-1": {**standby, "drain": {"at": at(0)}}, "i-2": {**standby, "released_at": released}}
    floor = {"hosts": 2, "until": at(9)}
    document = json.dumps({"rdbs": {**rdbs, "i-3": standby}, "floor": floor})
    shown = {**group(3, serving=3), "MinSize": 1}
    assert Oracle(60, 85, 60).handed_back(Known(document, shown, NOW), "i-1") == why


def judged(
    oracle: Oracle, desired: int, shown: dict[str, Any], now: datetime = NOW, **rdbs: Any
) -> str | None:
    """The verdict on a raise that was committed at NOW."""
    document = json.dumps({"asked": {"at": NOW.isoformat()}, "rdbs": rdbs})
    return oracle.judge(desired, shown, Known(document, shown, now))


def test_a_launch_that_was_asked_for_is_room_until_describe_must_show_it() -> None:
    owed = "a launch that AWS owes (1)"
    for later, desired, room in ((119, 2, owed), (120, 1, None)):
        oracle = Oracle(60, 85, 60)
        assert judged(oracle, 1, group(0)) is None
        assert judged(oracle, desired, group(0), NOW + timedelta(seconds=later)) == room


def test_what_was_released_since_is_taken_from_what_was_asked_for() -> None:
    oracle = Oracle(60, 85, 60)
    gone = {"member": {"lifecycle": "Terminating"}, "released_at": at(0.5)}
    assert judged(oracle, 1, group(0)) is None
    assert judged(oracle, 1, group(0), NOW + timedelta(minutes=1), **{"i-1": gone}) is None


def test_a_raise_by_the_ledger_of_another_cluster_is_not_known() -> None:
    oracle = Oracle(60, 85, 60)
    known = (Known(json.dumps({"cluster": name}), group(0), NOW) for name in ("elsewhere", "trades"))
    assert [oracle.judge(1, group(0), each) for each in known] == [None, None]


def test_who_is_released_with_the_raise_has_its_place_until_then() -> None:
    leaving: Any = {"member": {"lifecycle": "InService", "healthy": True}, "released_at": NOW.isoformat()}
    assert judged(Oracle(60, 85, 60), 2, group(1, serving=1), **{"i-1": leaving}) is None
    assert judged(Oracle(60, 85, 60), 3, group(1, serving=1), **{"i-1": leaving}) is not None


TOTAL = 1000.0
RISING = [{"percent": 10.0 + minute, "at": at(minute - 15)} for minute in range(16)]


def live(percent: float, **facts: Any) -> dict[str, Any]:
    said = {"state": "live", "sent_at": at(0), "memory_used": percent * 10, "memory_total": TOTAL}
    serving = {"member": {"lifecycle": "InService", "healthy": True}, "first_seen": at(-60)}
    return {**serving, "report": said, "received_at": at(0), **facts}


@pytest.mark.parametrize(
    ("lead", "percent", "trail", "more"),
    [
        (60, 80.0, RISING, 0),  # 4 points for 2 minutes, and 5 are there
        (60, 82.0, RISING, 1),
        (3000, 80.0, RISING, 2),  # 102 points for 51 minutes, less 5, in hosts of 80 points
        (3000, 80.0, [], 0),
    ],
)
def test_as_many_may_be_asked_for_as_twice_the_fastest_rate_fills_within_the_lead(
    lead: float, percent: float, trail: list[dict[str, Any]], more: int
) -> None:
    document = {
        "asked": {"at": NOW.isoformat()},
        "learned": {"host_bytes": TOTAL, "idle_percent": 5.0},
        "rdbs": {"i-1": live(percent, trail=trail)},
    }
    known = Known(json.dumps(document), group(1, serving=1), NOW)
    assert Oracle(85, 85, lead).judge(1 + more, group(1, serving=1), known) is None
    assert Oracle(85, 85, lead).judge(2 + more, group(1, serving=1), known) == "i-1"


def test_the_reserve_and_a_known_open_may_be_asked_for_too() -> None:
    document = {
        "asked": {"at": NOW.isoformat()},
        # Eight times the mean, 80 points an hour, are 40 points for half an hour.
        "learned": {"host_bytes": TOTAL, "before": 24 * TOTAL / 10},
        "rdbs": {"i-1": live(50)},
    }
    known, shown = Known(json.dumps(document), group(1, serving=1), NOW), group(1, serving=1)
    assert Oracle(85, 85, 1740).judge(2, shown, known) is None
    assert Oracle(85, 85, 1740).judge(3, shown, known) == "i-1"
    opening = known._replace(opens=(NOW + timedelta(minutes=30),))
    assert Oracle(85, 85, 1740).judge(3, shown, opening) is None
    nobody = opening._replace(document=json.dumps({"rdbs": {}}), group=group(0))
    assert Oracle(85, 85, 1740).judge(2, group(0), nobody) is None
    assert Oracle(85, 85, 1740).judge(3, group(0), nobody) is not None
    assert Oracle(85, 85, 1740, fixed=True).judge(2, shown, known) == "i-1"


def test_a_launch_that_describe_shows_and_aws_owes_is_room_however_late() -> None:
    assert judged(Oracle(60, 85, 60), 3, group(2, serving=1)) == "a launch that AWS owes (2)"


def test_a_number_that_was_lowered_may_be_raised_back_to_the_instances_that_are_there() -> None:
    assert judged(Oracle(60, 85, 60), 2, group(1, serving=2)) is None


@pytest.mark.parametrize(("newest", "why"), [(50.0, None), (20.0, "a night")])
def test_at_night_the_fixed_rule_may_keep_a_standby_for_data_that_has_just_come(
    newest: float, why: str | None
) -> None:
    took = [{"at": at(-9), "percent": 20.0}, {"at": at(-1), "percent": newest}]
    heard = {"report": {"waiting": 0}, "received_at": at(0)}
    drained = {**live(50), **report("drained", 0, 50), "trail": took}
    document = {"rdbs": {"i-1": drained}, "learned": {"host_bytes": 1.0}, "tickerplant": heard}
    shown = {**group(1, serving=1), "MinSize": 0}
    known = Known(json.dumps(document), shown, NOW, night=timedelta(minutes=5))
    assert Oracle(85, 85, 60, fixed=True).judge(2, shown, known) == why
