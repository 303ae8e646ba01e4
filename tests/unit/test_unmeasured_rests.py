"""Those that rest are told as silent, too, while CloudWatch does not answer, or not for everybody."""

import msgspec
import pytest

from chalicelib.adapters.cloudwatch import Seen
from chalicelib.contract.report import State
from chalicelib.core.facts.ledger import Fails
from chalicelib.core.facts.rdb import Rdb, Samples
from chalicelib.core.facts.wake_ups import WakeUp
from chalicelib.core.plan import DecidedPlan
from tests.unit.builders import NOW, A, B, C, ago, cluster, live, rdb, read, report, rolled
from tests.unit.controllers import Aws

FAILED = "GetMetricData failed: An error occurred (InternalServiceFault)"


def resting(said: float, measured: float) -> Rdb:
    """One that rolled hours ago: when it last reported and was measured, in minutes ago."""
    return rdb(report(State.ROLLED, 86, said, window=(0, 9)), metric=read(86, measured))


def whole_look(a: Rdb, seen: Seen, measured: float | None) -> DecidedPlan:
    """The plan of a whole look at a cluster whose last one was so many minutes ago."""
    known, group = cluster({A: a, B: live(30), C: rolled()})
    known = msgspec.structs.replace(known, measured_at=None if measured is None else ago(measured))
    return Aws((known, group), seen).controller().plan("trades")


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


def test_a_look_for_which_no_metric_is_wanted_does_not_say_that_metrics_can_be_read_again() -> None:
    known, group = cluster({A: resting(1, 1)})
    failed = Fails(ago(9), 3, FAILED)
    aws = Aws((msgspec.structs.replace(known, unread={"GetMetricData": failed}), group))
    for whole, unread in ((False, {"GetMetricData": failed}), (True, {})):
        aws.controller().reconcile("trades", [WakeUp("trades", "sweep", NOW, "sweep", whole=whole)])
        assert aws.kept.ledger.unread == unread
