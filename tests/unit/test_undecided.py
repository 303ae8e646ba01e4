"""Where AWS does not show the group of a cluster nothing is decided, and the reason is said."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.core.alerts.telling import with_told
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Fails, Standing
from chalicelib.core.facts.wake_ups import SetFloor
from chalicelib.core.undecided import undecided_of, unreadable
from tests.unit.builders import EMPTY, NOW, ago

FAILURE = "DescribeAutoScalingGroups failed: Throttling"


@pytest.mark.parametrize("failures", [(FAILURE,), ("one", "two")])
def test_a_group_that_is_not_known_is_left_alone_with_every_reason(failures: tuple[str, ...]) -> None:
    found = unreadable("trades", failures, NOW)
    assert (found.code, found.reason, found.unread) == ("unreadable", "; ".join(failures), failures)
    assert not found.acts


def test_what_was_told_stands_while_nothing_can_be_judged() -> None:
    told = msgspec.structs.replace(EMPTY, alerts={"wall hook": Standing(ago(60), ago(60))})
    decision, ledger = undecided_of(told, (FAILURE,), None, (), NOW)
    assert ledger.alerts["wall hook"].ended is None
    assert (decision.told, decision.cleared) == ((), ())


def test_a_call_that_fails_for_the_second_time_is_told_and_others_are_not_forgotten() -> None:
    once = {"DescribeAutoScalingGroups": Fails(ago(1), 1, FAILURE), "GetMetricData": Fails(ago(9), 9, "no")}
    decision, ledger = undecided_of(msgspec.structs.replace(EMPTY, unread=once), (FAILURE,), None, (), NOW)
    assert [alert.key for alert in decision.told] == [
        "unread DescribeAutoScalingGroups",
        "unread GetMetricData",
    ]
    assert ledger.unread["DescribeAutoScalingGroups"] == Fails(ago(1), 2, FAILURE)
    assert ledger.unread["GetMetricData"].times == 9


def renamed(**tags: str) -> Group:
    shown = {"role": "rdb", "cluster": "trades", **tags}
    return Group("trades-rdb", "", {f"highwater:{name}": value for name, value in shown.items()}, 0, 4, 1, {})


@pytest.mark.parametrize(
    ("tags", "shown"),
    [
        ({"cluster": "orders"}, "highwater:cluster='orders' now"),
        ({"cluster": "trades "}, "highwater:cluster='trades ' now"),
        ({"cluster": ""}, "highwater:cluster='' now"),
        ({"role": "RDB"}, "highwater:role='RDB' now"),
    ],
)
def test_a_group_whose_tags_are_no_more_the_clusters_is_the_reason_and_is_told(
    tags: dict[str, str], shown: str
) -> None:
    decision, ledger = undecided_of(EMPTY, (), renamed(**tags), (), NOW)
    (told,) = decision.told
    assert told.key == "renamed"
    assert told.text == decision.reason
    assert f"the group is tagged {shown}" in told.text
    right = {"role": "rdb", "cluster": "trades"}
    assert told.text.endswith(f"; set highwater:{(tag := next(iter(tags)))}={right[tag]} again")
    ledger = with_told(ledger, decision)
    later, _ = undecided_of(ledger, (), renamed(**tags, retiring="no"), (), NOW + timedelta(minutes=11))
    assert (later.told, later.changed) == ((), ())
    both = renamed(cluster="quotes", role="")
    changed, _ = undecided_of(ledger, (), both, (), NOW + timedelta(minutes=11))
    (again,) = changed.changed
    assert "highwater:role='' and highwater:cluster='quotes'" in again.text


def test_a_ledger_that_cannot_be_read_is_told_also_where_nothing_is_decided() -> None:
    blind = msgspec.structs.replace(EMPTY, stands_in="the ledger of trades cannot be decoded")
    decision, _ = undecided_of(blind, (), renamed(cluster="orders"), (), NOW)
    assert [alert.key for alert in decision.told] == ["renamed", "unreadable"]


def test_every_command_is_refused_with_the_reason() -> None:
    decision, ledger = undecided_of(EMPTY, (FAILURE,), None, [SetFloor("c1", "ann", ago(1), 2)], NOW)
    assert decision.carried_out == ("c1",)
    assert [(refusal.what, refusal.reasons) for refusal in decision.refused] == [("undecided", (FAILURE,))]
    assert ledger.commands == {"c1": NOW}
