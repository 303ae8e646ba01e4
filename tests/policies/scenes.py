"""Scenes in which the functions do everything that they can do, one after the other on one cluster."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from chalicelib.contract.report import State
from highwater.market.host import RdbHost
from tests.system.conftest import EVENTS, ask, event
from twin.day.day import Day

GROUP = "highwater-trades-rdb"
CAPACITY = "/clusters/trades/capacity"
SESSION = {"start": "2026-11-24T14:30:00Z", "end": "2026-11-24T21:00:00Z"}
BODIES: dict[str, dict[str, Any]] = {
    "calendar": {"sessions": [SESSION]},
    "capacity": {"change": 1, "dry_run": True},
    "hold": {"reason": "audit"},
}


def grow(day: Day) -> None:
    """An operator asks for two RDBs more."""
    assert ask(day, "POST", CAPACITY, {"desired": 3})[0] == 202
    _settle(day, 6)
    assert len(day.tickerplant.queue) == 2


def ask_every_route(day: Day) -> None:
    """One request of each method of each path in the packaged API; the command is one that was taken."""
    _, answer = ask(day, "POST", CAPACITY, {"desired": day.desired()})
    taken = answer["command_id"]
    _settle(day)
    for path, methods in day.aws.api_paths.items():
        where = path.format(cluster="trades", instance_id=_live(day).instance_id, command_id=taken)
        for method in sorted(methods, reverse=True):  # PUT before DELETE
            body = BODIES.get(path.rpartition("/")[2]) if method in ("put", "post") else None
            assert ask(day, method.upper(), where, body)[0] in (200, 202, 409)
            if method == "put":
                _settle(day, 1)  # what was put is there, to be looked at
    _settle(day)


def take_walls_down(day: Day) -> None:
    """Somebody takes down every wall that a Describe shows."""
    ids = [member["InstanceId"] for member in day.group()["Instances"]]
    _past(day, "ResumeProcesses", ScalingProcesses=["Terminate", "AZRebalance"])
    _past(day, "SetInstanceProtection", InstanceIds=ids, ProtectedFromScaleIn=False)
    _past(day, "UpdateAutoScalingGroup", NewInstancesProtectedFromScaleIn=False, DeletionProtection="none")
    _settle(day)


def release_while_the_hook_is_gone(day: Day) -> None:
    """A standby is asked to drain and leaves; the terminating hook, which was deleted, is put back first."""
    _past(day, "DeleteLifecycleHook", LifecycleHookName="highwater-terminating")
    assert ask(day, "POST", CAPACITY, {"change": -1})[0] == 202
    _settle(day, 25)
    assert day.desired() == 2


def want_a_draining_one_back(day: Day) -> None:
    """All others fill before the RDB that was asked to drain has done so."""
    grow(day)
    with patch.object(day.tickerplant, "drain", lambda _rdb, _now, **_: None):
        _, answer = ask(day, "POST", CAPACITY, {"change": -1})
        _settle(day, 1)
        (chosen,) = answer["plan"]["tag"]
        assert "highwater:drain" in day.aws.hosts.tags(chosen)
        for rdb in [_live(day), *day.tickerplant.queue]:
            if rdb.instance_id != chosen:
                rdb.rows += rdb.room_for(70)
                rdb.report(day.clock.now())
        _settle(day)
        assert "highwater:drain" not in day.aws.hosts.tags(chosen)


def end_a_retained_one(day: Day) -> None:
    """Somebody terminates the live RDB and gives its hook up; it drains, and is ended by its own report."""
    live = _live(day)
    where = {"InstanceId": live.instance_id}
    terminate = {**where, "ShouldDecrementDesiredCapacity": False}
    day.aws.groups.call("TerminateInstanceInAutoScalingGroup", terminate)
    _settle(day, 2)
    hook = {"LifecycleHookName": "highwater-terminating", "LifecycleActionResult": "ABANDON"}
    _past(day, "CompleteLifecycleAction", **where, **hook)
    _settle(day, 2)
    day.tickerplant.leave(live, day.clock.now())
    live.rows = 0
    live.become(State.DRAINED, day.clock.now())
    _settle(day, 5)
    assert live.terminated_at is not None


def lose_one(day: Day) -> None:
    """EC2 terminates an instance past its group."""
    day.aws.hosts.terminate(day.tickerplant.queue[-1].instance_id)
    _settle(day, 8)


def wait_for_a_launch_that_fails(day: Day) -> None:
    """EC2 has no capacity for a while."""
    day.aws.hosts.fail_launch = "We currently do not have sufficient t3a.medium capacity. Launching failed."
    assert ask(day, "POST", CAPACITY, {"change": 1})[0] == 202
    _settle(day, 15)
    day.aws.hosts.fail_launch = None
    _settle(day, 10)


def hear_every_event(day: Day) -> None:
    """Alarm and fleet events of every shape, of this cluster and of strangers."""
    own = {"alarm": {"alarmName": "highwater-memory-trades"}, "fleet": {"AutoScalingGroupName": GROUP}}
    functions = {"alarm": "OnAlarm", "fleet": "OnFleetEvent"}
    for kind, function in functions.items():
        for path in sorted(EVENTS.glob(f"{kind}-*.json")):
            shown = event(path.stem)
            for detail in (shown["detail"], {**shown["detail"], **own[kind]}):
                day.aws.functions.call(day.aws.wiring.named(function), {**shown, "detail": detail})
    day.aws.wake_readers()
    _settle(day)


SCENES: tuple[Callable[[Day], None], ...] = (
    grow,
    ask_every_route,
    take_walls_down,
    release_while_the_hook_is_gone,
    want_a_draining_one_back,
    end_a_retained_one,
    lose_one,
    wait_for_a_launch_that_fails,
    hear_every_event,
)


def _settle(day: Day, minutes: float = 3) -> None:
    day.clock.run_until(day.clock.now() + timedelta(minutes=minutes))


def _past(day: Day, operation: str, **params: Any) -> None:
    """Somebody with rights on the group, past the control plane."""
    day.aws.groups.call(operation, {"AutoScalingGroupName": GROUP, **params})


def _live(day: Day) -> RdbHost:
    assert day.tickerplant.live is not None
    return day.tickerplant.live
