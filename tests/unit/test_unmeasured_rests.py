"""Those that rest are told as silent, too, while CloudWatch does not answer, or not for everybody."""

from types import SimpleNamespace
from typing import cast

import msgspec
import pytest

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.cloudwatch import Seen, Telemetry
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.adapters.ec2 import Instances
from chalicelib.adapters.sns import Operators
from chalicelib.contract.report import State
from chalicelib.core.facts.calendar import NO_CALENDAR
from chalicelib.core.facts.rdb import Rdb, Samples
from chalicelib.core.plan import DecidedPlan
from chalicelib.reconcile.controller import Controller
from chalicelib.reconcile.looking import Adapters
from tests.unit.builders import NOW, A, B, C, ago, cluster, live, rdb, read, report, rolled

FAILED = "GetMetricData failed: An error occurred (InternalServiceFault)"


def resting(said: float, measured: float) -> Rdb:
    """One that rolled hours ago: when it last reported and was measured, in minutes ago."""
    return rdb(report(State.ROLLED, 86, said, window=(0, 9)), metric=read(86, measured))


def whole_look(a: Rdb, seen: Seen, measured: float | None) -> DecidedPlan:
    """The plan of a whole look at a cluster whose last one was so many minutes ago."""
    known, group = cluster({A: a, B: live(30), C: rolled()})
    known = msgspec.structs.replace(known, measured_at=None if measured is None else ago(measured))
    aws = Adapters(
        groups=cast(Groups, SimpleNamespace(of_cluster=lambda _: (group,))),
        telemetry=cast(Telemetry, SimpleNamespace(samples=lambda *_: seen)),
        ledgers=cast(Ledgers, SimpleNamespace(read=lambda _: known, calendar_of=lambda _: NO_CALENDAR)),
        instances=cast(Instances, SimpleNamespace()),
        operators=cast(Operators, SimpleNamespace()),
    )
    return Controller(aws, lambda: NOW).plan("trades")


def told(a: Rdb, seen: Seen, measured: float | None = 180) -> list[str]:
    return [alert.key for alert in whole_look(a, seen, measured).decision.alerts if A in alert.key]


def test_one_that_is_not_completed_hides_no_other() -> None:
    seen = Seen({B: Samples(read(31, 0), read(31, 0))}, {C: "InternalError"})
    assert told(resting(100, 20), seen, measured=5) == [f"silent {A}"]


@pytest.mark.parametrize(("said", "keys"), [(74, []), (75, [f"silent {A}"])])
@pytest.mark.parametrize("measured", [180, None])
def test_while_no_metric_can_be_read_one_is_silent_once_its_reports_are_late_too(
    measured: float | None, said: float, keys: list[str]
) -> None:
    assert told(resting(said, 180), Seen(failure=FAILED), measured) == keys


def test_one_that_was_not_heard_of_before_metrics_ended_is_still_silent() -> None:
    assert told(resting(70, 25), Seen(failure=FAILED), measured=5) == [f"silent {A}"]
