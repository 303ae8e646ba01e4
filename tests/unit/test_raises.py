"""Raises: one more host exactly when none has room, and no more than MaxSize (rules 1, 2 and 5)."""

import msgspec
import pytest
from hypothesis import assume, given, settings

from chalicelib.contract.report import State
from chalicelib.core.capacity.raises import Raise
from chalicelib.core.facts.ledger import Asked
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.voices import Unanswered
from chalicelib.core.facts.wake_ups import SetFloor
from tests.unit.arbitrary import facts, floors
from tests.unit.builders import (
    NOW,
    SICK,
    TERMINATING,
    A,
    B,
    C,
    Facts,
    ago,
    capacity,
    cluster,
    drained,
    due,
    gone,
    launching,
    live,
    rdb,
    report,
    rolled,
)


@pytest.mark.parametrize(
    ("known", "wanted", "code"),
    [
        pytest.param(cluster({}), 1, "raise", id="an empty group"),
        pytest.param(cluster({A: live(30)}), None, "room", id="a live one with room"),
        pytest.param(cluster({A: live(60)}), 2, "raise", id="a live one at the scale threshold"),
        pytest.param(cluster({A: live(70), B: launching()}), None, "room", id="a launch under way"),
        pytest.param(cluster({A: live(70), B: launching(11)}), 3, "raise", id="a launch past its deadline"),
        pytest.param(cluster({A: live(70), B: rdb(seen=1)}), None, "room", id="one not yet heard of"),
        pytest.param(cluster({A: rolled(), B: live(30)}), None, "room", id="rolled and live"),
        pytest.param(cluster({A: rolled(), B: live(70)}), 3, "raise", id="rolled and full"),
        pytest.param(cluster({A: rdb(report(), SICK)}), 2, "raise", id="an unhealthy one is no room"),
        pytest.param(
            cluster({A: live(70), B: rdb(report(), TERMINATING)}, desired=1),
            2,
            "raise",
            id="a terminating one does not count",
        ),
        pytest.param(cluster({A: live(70)}, max_size=1), None, "max-size", id="MaxSize is reached"),
        pytest.param(cluster({}, max_size=0), None, "max-size", id="MaxSize is nought"),
    ],
)
def test_one_more_host_is_asked_for_exactly_when_none_has_room(
    known: Facts, wanted: int | None, code: str
) -> None:
    found = due(known)
    assert (found.target, found.code) == (wanted, code)


RETIRING = ClusterSettings(retiring=True)


@pytest.mark.parametrize("known", [cluster({}), cluster({A: live(70)}), cluster({A: rolled(), B: live(90)})])
def test_a_retiring_cluster_launches_nothing_by_itself(known: Facts) -> None:
    assert due(known).target is not None
    assert due(known, configured=RETIRING).target is None


def test_an_operator_may_still_raise_a_retiring_cluster() -> None:
    assert due(cluster({A: live(70)}), [SetFloor("c1", "ann", NOW, 2)], RETIRING).target == 2


def test_a_raise_says_why_with_the_numbers() -> None:
    assert due(cluster({A: live(70), B: rolled()})).reason == (
        "no room in 2 counted, 1 wanted: desired 2 to 3"
    )


def test_a_refusal_at_maxsize_names_maxsize() -> None:
    assert due(cluster({A: live(70)}, max_size=1)).reason == (
        "no room in 1 counted, 1 wanted, but MaxSize is 1"
    )


@pytest.mark.parametrize("minutes", [0, 5, 11, 120, 2000])
def test_a_launch_that_aws_still_owes_is_room_however_late(minutes: float) -> None:
    full = cluster({A: live(70)}, desired=2, asked=Asked(2, ago(minutes)))
    assert due(full) == Raise(None, "room", "1 with room, 1 wanted")


@pytest.mark.parametrize(("minutes", "code"), [(9.9, "room"), (10, "raise")])
def test_a_standby_whose_q_died_is_replaced_though_its_reporter_lives(minutes: float, code: str) -> None:
    dead = rdb(report(State.UNKNOWN, 4), unanswered=Unanswered(ago(minutes), State.STANDBY))
    assert due(cluster({A: rolled(), B: dead})).code == code


# Operators' floors.


@pytest.mark.parametrize(
    ("asks", "wanted", "code"),
    [
        pytest.param([6], 6, "raise", id="a floor"),
        pytest.param([6, 4], 6, "raise", id="the highest of two floors"),
        pytest.param([1], None, "room", id="a floor that is met"),
        pytest.param([0], None, "room", id="a floor never lowers"),
    ],
)
def test_an_operators_floor_raises_and_never_lowers(asks: list[int], wanted: int | None, code: str) -> None:
    requests = [SetFloor(f"c{n}", "ann", NOW, floor) for n, floor in enumerate(asks)]
    found = due(cluster({A: live(30), B: rolled()}, max_size=8), requests)
    assert (found.target, found.code) == (wanted, code)


def test_an_operators_floor_does_not_wait_for_a_newer_reading() -> None:
    known = cluster({A: live(70, 3), B: drained(0.5, 2)})
    assert due(known, [SetFloor("c", "ann", NOW, 4)]).target == 4


# A desired capacity that somebody lowered.


@pytest.mark.parametrize(
    ("desired", "max_size", "wanted", "code"),
    [
        pytest.param(3, 10, None, "room", id="as many as there are"),
        pytest.param(2, 10, 3, "raise", id="one less"),
        pytest.param(0, 10, 3, "raise", id="none at all"),
        pytest.param(1, 2, 2, "raise", id="as far as a MaxSize that was lowered too"),
        pytest.param(2, 2, None, "max-size", id="not above a MaxSize that was lowered too"),
    ],
)
def test_a_desired_capacity_that_was_lowered_below_the_instances_there_is_raised_back(
    desired: int, max_size: int, wanted: int | None, code: str
) -> None:
    found = due(cluster({A: live(30), B: rolled(), C: rolled()}, desired=desired, max_size=max_size))
    assert (found.target, found.code) == (wanted, code)
    assert ("is below the 3 instances that are there" in found.reason) is (code != "room")


def test_a_lowered_capacity_and_a_need_are_met_in_one_write() -> None:
    assert due(cluster({A: live(70), B: rolled()}, desired=0)).target == 3


def test_our_own_release_that_describe_shows_half_is_no_lowered_capacity() -> None:
    known = cluster({A: live(30), B: gone(1)}, desired=1)
    assert due(known).target is None


# For any facts at all.


@settings(deadline=None)
@given(facts, floors)
def test_desired_capacity_is_never_written_downward_and_never_above_maxsize(
    known: Facts, asks: list[SetFloor]
) -> None:
    ledger, group = known
    found = due(known, asks)
    if found.target is not None:
        assert capacity((ledger, group)).desired < found.target <= group.max_size
        assert found.target > group.desired


@settings(deadline=None)
@given(facts, floors)
def test_the_same_facts_twice_give_the_same_target(known: Facts, asks: list[SetFloor]) -> None:
    ledger, group = known
    backwards = msgspec.structs.replace(ledger, rdbs=dict(reversed(ledger.rdbs.items())))
    assert due(known, asks) == due((backwards, group), asks)


@settings(deadline=None)
@given(facts)
def test_a_cluster_with_room_asks_for_nothing(known: Facts) -> None:
    there, found = capacity(known), due(known)
    assume(len(there.counted) <= there.desired)
    assert (found.code == "room") == (there.with_room >= 1)
    if found.code == "room":
        assert found.target is None


@settings(deadline=None)
@given(facts)
def test_nothing_but_an_operator_asks_for_more_than_one_host_at_a_time(known: Facts) -> None:
    found = due(known)
    if found.target is not None:
        assert found.target <= capacity(known).present + 1
