"""A wake-up comes through the queue as it was put in, and a forged one is refused."""

from typing import Any

import msgspec
import pytest

from chalicelib.contract.errors import BadInput
from chalicelib.core.facts.wake_ups import ReleaseRdb, SetFloor, WakeUp, parse_wake_up
from tests.unit.builders import NOW, A, report


@pytest.mark.parametrize(
    "wake_up",
    [
        WakeUp("trades", "sweep", NOW, "the clock"),
        WakeUp("trades", "report", NOW, "a report", report=report()),
        WakeUp("trades", "operator", NOW, "ann", command=SetFloor("c1", "ann", NOW, 6)),
        WakeUp("trades", "operator", NOW, "ann", command=ReleaseRdb("c2", "ann", NOW, A)),
    ],
)
def test_a_wake_up_survives_the_queue(wake_up: WakeUp) -> None:
    assert parse_wake_up(msgspec.json.encode(wake_up).decode()) == wake_up


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cluster": "a/b"}, "cluster"),
        ({"trigger": "whim"}, "trigger"),
        ({"at": "2026-11-23T12:00:00"}, "at"),
        ({"cause": 7}, "cause"),
        ({"report": {"version": 9}}, "report.version"),
        ({"command": {"type": "shrink"}}, "command.type"),
        (
            {"command": {"type": "set_floor", "command_id": "c", "requested_by": "a", "floor": -1}},
            "command.floor",
        ),
        (
            {"command": {"type": "release_rdb", "command_id": "c", "requested_by": "a", "instance_id": "x"}},
            "command.instance_id",
        ),
    ],
)
def test_a_forged_wake_up_is_refused_by_the_fields_name(change: dict[str, Any], field: str) -> None:
    good = {"cluster": "trades", "trigger": "sweep", "at": "2026-11-23T12:00:00Z", "cause": "clock"}
    with pytest.raises(BadInput) as caught:
        parse_wake_up(msgspec.json.encode({**good, **change}).decode())
    assert caught.value.field == field
