"""The events that befall RDB hosts."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from twin.day.options import MIDNIGHT
from twin.drill.day import DrillDay
from twin.drill.events import (
    HostDies,
    HostStops,
    Launches,
    QDies,
    QHangs,
    QPassword,
    QReturns,
    ReporterDies,
    ReporterReturns,
    TerminatedBySomebody,
)
from twin.drill.script import seconds_of
from twin.drill.selectors import Idle, selected

FULL = (
    "We currently do not have sufficient t3a.medium capacity in the Availability Zone you requested "
    "(us-east-1a). Launching EC2 instance failed."
)


def q_dies(day: DrillDay, event: QDies) -> None:
    """Let q end."""
    day.q_dies(selected(day, event.rdb))


def q_hangs(day: DrillDay, event: QHangs) -> None:
    """Let q answer nobody."""
    day.q_hangs(selected(day, event.rdb))


def q_returns(day: DrillDay, event: QReturns) -> None:
    """Let q answer again. Raises Idle, with those that do not answer, where this one does."""
    rdb = selected(day, event.rdb, lambda rdb: not rdb.serves)
    if day.q_returns(rdb):
        return
    alive = [other for other in day.hosts() if other.terminated_at is None]
    silent = ", ".join(f"{other.instance_id} ({other.state})" for other in alive if not other.serves)
    answers = "answers" if rdb.serves else "is on an instance that does not run"
    raise Idle(f"the q of {rdb.instance_id} {answers}; q does not answer on {silent or 'no RDB'}")


def reporter_dies(day: DrillDay, event: ReporterDies) -> None:
    """Let the host send nothing."""
    selected(day, event.rdb, lambda rdb: rdb.reporting).silence()


def reporter_returns(day: DrillDay, event: ReporterReturns) -> None:
    """Let the host send again."""
    rdb = selected(day, event.rdb, lambda rdb: not rdb.reporting)
    rdb.speak(day.clock.now())


def host_dies(day: DrillDay, event: HostDies) -> None:
    """Let EC2 lose an instance."""
    day.dies(selected(day, event.rdb))


def host_stops(day: DrillDay, event: HostStops) -> None:
    """Stop an instance in EC2."""
    day.stops(selected(day, event.rdb))


def launches(day: DrillDay, event: Launches) -> None:
    """Fix how launches turn out from now on."""
    day.launching = event
    day.become = event.become
    day.aws.hosts.fail_launch = (event.error or FULL) if event.become == "fail" else None
    if event.until:
        day.clock.at(MIDNIGHT + timedelta(seconds=seconds_of(event.until)), partial(_launch_well, day, event))


def _launch_well(day: DrillDay, event: Launches) -> None:
    """Let launches turn out well again, unless another event has said how since."""
    if day.launching is event:
        day.become, day.aws.hosts.fail_launch = "well", None


def terminated(day: DrillDay, event: TerminatedBySomebody) -> None:
    """Terminate an instance, as somebody does who is not Highwater."""
    rdb = selected(day, event.rdb)
    if event.through == "ec2":
        day.dies(rdb)
        return
    decrement = bool(event.decrement)
    request = {"InstanceId": rdb.instance_id, "ShouldDecrementDesiredCapacity": decrement}
    day.by_somebody("TerminateInstanceInAutoScalingGroup", request)
    day.referee.excuses(rdb.instance_id)


def q_password(_day: DrillDay, _event: QPassword) -> None:
    """Change q's password: reporters read the file at each new connection, so they go on."""


PLAYS: Mapping[type, Callable[[DrillDay, Any], None]] = {
    QDies: q_dies,
    QHangs: q_hangs,
    QReturns: q_returns,
    ReporterDies: reporter_dies,
    ReporterReturns: reporter_returns,
    HostDies: host_dies,
    HostStops: host_stops,
    Launches: launches,
    TerminatedBySomebody: terminated,
    QPassword: q_password,
}
