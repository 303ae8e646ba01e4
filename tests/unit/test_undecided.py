"""Where facts cannot be had or used nothing is decided, and the reason is said (rule 15)."""

import msgspec
import pytest

from chalicelib.core.decision import Decision
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.situation import Situation
from chalicelib.core.undecided import ambiguous, situation_of, unreadable
from tests.unit.builders import NOW, A, B, cluster, drained, live

LEDGER, GROUP = cluster({A: live(70), B: drained()}, walls=False)
BAD = "tag highwater:scale-threshold: 'x' is not a decimal number from 0 to 999999"


def tagged(**tags: str) -> Situation | Decision:
    shown = {f"highwater:{name.replace('_', '-')}": value for name, value in tags.items()}
    return situation_of(LEDGER, msgspec.structs.replace(GROUP, tags=shown), NOW)


def test_a_cluster_is_judged_by_the_settings_in_its_groups_tags() -> None:
    found = tagged(scale_threshold="50")
    assert isinstance(found, Situation)
    assert (found.ledger, found.now, found.settings) == (LEDGER, NOW, ClusterSettings(scale_threshold=50))


def test_tags_that_cannot_be_used_are_told_and_nothing_else_is_done() -> None:
    found = tagged(scale_threshold="x")
    assert isinstance(found, Decision)
    assert (found.code, found.reason) == ("configuration", BAD)
    assert [(alert.key, alert.text) for alert in found.tell] == [("configuration", BAD)]
    assert not msgspec.structs.replace(found, tell=()).acts


def test_tags_that_cannot_be_used_are_told_once_while_they_stand() -> None:
    told = msgspec.structs.replace(LEDGER, told={"configuration": NOW})
    found = situation_of(told, msgspec.structs.replace(GROUP, tags={"highwater:retiring": "x"}), NOW)
    assert isinstance(found, Decision)
    assert ([alert.key for alert in found.alerts], found.acts) == (["configuration"], False)


@pytest.mark.parametrize("failures", [("DescribeAutoScalingGroups failed: Throttling",), ("one", "two")])
def test_a_group_that_is_not_known_is_left_alone_with_every_reason(failures: tuple[str, ...]) -> None:
    found = unreadable("trades", failures, NOW)
    assert (found.code, found.reason, found.unread) == ("unreadable", "; ".join(failures), failures)
    assert not found.acts


def test_two_groups_of_one_cluster_are_named_and_told_once() -> None:
    other = msgspec.structs.replace(GROUP, name="trades-copy")
    found = ambiguous(LEDGER, [GROUP, other], NOW)
    assert found is not None
    both = "tag highwater:cluster=trades is on more than one group: trades-rdb, trades-copy"
    assert (found.code, found.reason, found.unread) == ("ambiguous", both, ())
    assert [(alert.key, alert.text) for alert in found.tell] == [("ambiguous", both)]
    assert not msgspec.structs.replace(found, tell=()).acts
    again = ambiguous(msgspec.structs.replace(LEDGER, told={"ambiguous": NOW}), [GROUP, other], NOW)
    assert again is not None
    assert (again.alerts, again.acts) == (found.alerts, False)


def test_one_group_is_not_ambiguous() -> None:
    assert ambiguous(LEDGER, [GROUP], NOW) is None
