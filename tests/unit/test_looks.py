"""A reconcile looks closer only where one Describe does not show enough."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.facts.ledger import Asked
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.looks import Looks, looks_of
from tests.unit.builders import (
    NOW,
    SICK,
    TERMINATING,
    A,
    ago,
    cluster,
    launching,
    live,
    rdb,
    report,
    situation,
)

FULL = report(State.ROLLED, 86, 1, window=(10, 1010))


def ending() -> Rdb:
    return msgspec.structs.replace(rdb(FULL, TERMINATING), ending_since=ago(5))


def test_a_calm_cluster_needs_no_closer_look() -> None:
    assert not looks_of(situation(cluster({A: live(30)}))).due


@pytest.mark.parametrize(
    ("one", "suspect"),
    [
        (rdb(FULL, SICK), True),
        (ending(), True),
        (live(30), False),
        (msgspec.structs.replace(rdb(FULL, SICK), dead_at=NOW), False),
        (rdb(report(State.DRAINED), SICK), True),
        (launching(9.9), False),
        (launching(10), True),
    ],
)
def test_ec2_is_asked_about_members_that_are_unhealthy_or_on_their_way_out(one: Rdb, suspect: bool) -> None:
    looks = looks_of(situation(cluster({A: one})))
    assert looks.suspects == ((A,) if suspect else ())


def test_each_look_alone_makes_a_reconcile_due() -> None:
    nothing = Looks(hook=False, suspects=(), activities=False)
    assert not nothing.due
    for look in ({"hook": True}, {"suspects": (A,)}, {"activities": True}):
        assert msgspec.structs.replace(nothing, **look).due


def test_a_look_that_rides_along_makes_nothing_due_and_its_operation_is_named_all_the_same() -> None:
    raised = cluster({A: live(30)}, asked=Asked(2, ago(1)))
    looks = looks_of(situation(raised))
    assert (looks.due, looks.operations) == (False, ("DescribeScalingActivities",))
    assert looks_of(situation(cluster({A: live(30)}))).operations == ()


def test_the_hook_is_looked_at_again_when_it_was_not_looked_at_for_long() -> None:
    calm = situation(cluster({A: live(30)}))
    assert not looks_of(calm).hook
    assert looks_of(msgspec.structs.replace(calm, now=NOW + timedelta(minutes=50))).hook
