"""Where AWS does not show the group of a cluster nothing is decided, and the reason is said."""

import msgspec
import pytest

from chalicelib.core.ledger import Fails, KnownGroup, Standing
from chalicelib.core.undecided import undecided_of, unreadable
from chalicelib.core.wake_ups import SetFloor
from tests.unit.builders import EMPTY, NOW, ago

FAILURE = "DescribeAutoScalingGroups failed: Throttling"


@pytest.mark.parametrize("failures", [(FAILURE,), ("one", "two")])
def test_a_group_that_is_not_known_is_left_alone_with_every_reason(failures: tuple[str, ...]) -> None:
    found = unreadable("trades", failures, NOW)
    assert (found.code, found.reason, found.unread) == ("unreadable", "; ".join(failures), failures)
    assert not found.acts


def test_what_was_told_stands_while_nothing_can_be_judged() -> None:
    told = msgspec.structs.replace(EMPTY, alerts={"wall hook": Standing(ago(60), ago(60))})
    decision, ledger = undecided_of(told, (FAILURE,), "", (), NOW)
    assert ledger.alerts["wall hook"].ended is None
    assert (decision.tell, decision.clear) == ((), ())


def test_a_call_that_fails_for_the_second_time_is_told_and_others_are_not_forgotten() -> None:
    once = {"DescribeAutoScalingGroups": Fails(ago(1), 1, FAILURE), "GetMetricData": Fails(ago(9), 9, "no")}
    decision, ledger = undecided_of(msgspec.structs.replace(EMPTY, unread=once), (FAILURE,), "", (), NOW)
    assert [alert.key for alert in decision.tell] == [
        "unread DescribeAutoScalingGroups",
        "unread GetMetricData",
    ]
    assert ledger.unread["DescribeAutoScalingGroups"] == Fails(ago(1), 2, FAILURE)
    assert ledger.unread["GetMetricData"].times == 9


def test_a_group_that_was_tagged_with_another_cluster_is_the_reason_and_is_told() -> None:
    ledger = msgspec.structs.replace(EMPTY, group=KnownGroup("trades-rdb", ago(60)))
    decision, _ = undecided_of(ledger, (), "orders", (), NOW)
    (told,) = decision.tell
    assert told.key == "renamed"
    assert told.text == decision.reason
    assert "highwater:cluster=orders" in decision.reason


def test_every_command_is_refused_with_the_reason() -> None:
    decision, ledger = undecided_of(EMPTY, (FAILURE,), "", [SetFloor("c1", "ann", ago(1), 2)], NOW)
    assert decision.carried_out == ("c1",)
    assert [(refusal.what, refusal.reasons) for refusal in decision.refused] == [("undecided", (FAILURE,))]
    assert ledger.commands == {"c1": NOW}
