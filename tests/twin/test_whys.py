"""The page says why each host was launched and released, in the words of the decisions."""

from collections.abc import Mapping
from typing import Any

from twin.day.whys import NO_RAISE, whys_of

QUIET: dict[str, Any] = {"told": [], "not_released": {}}
NOT_RELEASED = {"c": [], "d": ["not drained but live", "held"]}
ASKED = "asked to drain by ann at 2026-11-23T12:00:00Z"


def raised(at: str, target: int, reason: str, **more: Any) -> dict[str, Any]:
    """A raise from one host less than `target`, unless `desired` is given."""
    return {"at": f"2026-11-23T{at}Z", "target": target, "desired": target - 1, "reason": reason, **more}


def released(at: str, instance_id: str, rooms: Mapping[str, str]) -> dict[str, Any]:
    release = [{"instance_id": instance_id, "step": "terminate"}]
    shown = {i: {"has": False, "why": why} for i, why in rooms.items()}
    return {"at": f"2026-11-23T{at}Z", "release": release, "rooms": shown}


def launched(**minutes: float) -> list[dict[str, Any]]:
    return [{"id": instance_id, "minutes": {"launch": minute}} for instance_id, minute in minutes.items()]


def test_a_launch_is_for_the_raise_before_it_without_the_numbers() -> None:
    decisions = [
        raised("09:00:00", 2, "2 wanted: runway: desired 1 to 2"),
        raised("09:05:00", 4, "ann asked for 4: desired 2 to 4", desired=2),
    ]
    found, _ = whys_of({**QUIET, "decisions": decisions}, launched(a=540.2, b=545.2, c=545.3, d=546))
    assert found == {"a": "2 wanted: runway", "b": "ann asked for 4", "c": "ann asked for 4", "d": NO_RAISE}


def test_a_raise_that_aws_refused_launches_nothing_and_one_that_it_carries_out_late_does() -> None:
    refused = ["SetDesiredCapacity g 2 failed: An error occurred"]
    decisions = [
        raised("09:00:00", 2, "refused: desired 1 to 2", outcome=refused),
        raised("09:01:00", 2, "tried again: desired 1 to 2"),
        raised("10:00:00", 3, "no capacity for long: desired 2 to 3"),
        {"at": "2026-11-23T10:05:00Z", "desired": 3, "counted": 2, "reason": "1 with room"},
    ]
    found, _ = whys_of({**QUIET, "decisions": decisions}, launched(a=541.2, b=590, c=640))
    assert found == {"a": "tried again", "b": NO_RAISE, "c": "no capacity for long"}


def test_a_raise_whose_hosts_are_no_longer_owed_launches_nothing() -> None:
    decisions = [
        raised("10:00:00", 3, "lowered again by somebody: desired 2 to 3"),
        {"at": "2026-11-23T10:05:00Z", "desired": 2, "counted": 2, "reason": "2 with room"},
    ]
    found, _ = whys_of({**QUIET, "decisions": decisions}, launched(a=620))
    assert found == {"a": NO_RAISE}


def test_a_request_that_was_withdrawn_is_not_why_a_host_was_released() -> None:
    decisions = [
        {"at": "2026-11-23T12:00:00Z", "rooms": {"a": {"has": False, "why": ASKED}}},
        {"at": "2026-11-23T12:05:00Z", "untag": ["a"], "rooms": {"a": {"has": True, "why": "standby"}}},
        released("23:00:00", "a", {"a": "drained"}),
    ]
    assert whys_of({**QUIET, "decisions": decisions}, [])[1] == {"a": "drained: the day ended"}


def test_a_release_says_who_asked_that_the_day_ended_or_that_the_host_is_dead() -> None:
    decisions = [
        {"at": "2026-11-23T12:00:00Z", "rooms": {"a": {"has": False, "why": ASKED}}},
        released("12:01:00", "a", {"a": "drained", "b": "live at 30.0 %"}),
        released("13:00:00", "b", {"b": "unhealthy"}),
        released("23:00:00", "c", {"c": "drained"}),
    ]
    told = [{"key": "dead b"}, {"key": "raise"}]
    _, found = whys_of({"decisions": decisions, "told": told, "not_released": NOT_RELEASED}, [])
    assert found == {
        "a": f"{ASKED}, and drained",
        "b": "EC2 terminated it",
        "c": "drained: the day ended",
        "d": "not released: not drained but live, held",
    }
