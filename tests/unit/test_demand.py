"""Demand: one RDB with room always, and what operators ask for; the largest counts (rule 1)."""

import msgspec
import pytest
from hypothesis import given, settings

from chalicelib.core.capacity.demand import Demand, demand_of
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.wake_ups import SetFloor
from tests.unit.arbitrary import facts, floors
from tests.unit.builders import NOW, A, B, Facts, capacity, cluster, due, live, rolled, situation

TWO = cluster({A: live(30), B: rolled()})


def demand(known: Facts, *floors: SetFloor, retiring: bool = False) -> Demand:
    configured = ClusterSettings(retiring=retiring)
    asked = msgspec.structs.replace(situation(known, configured), floors=floors)
    return demand_of(asked, capacity(known, configured))


@pytest.mark.parametrize("percent", [30, 70])
def test_one_rdb_with_room_is_wanted_however_full_the_others_are(percent: int) -> None:
    assert demand(cluster({A: live(percent)})).count == 1


def test_a_retiring_cluster_wants_no_room() -> None:
    assert demand(cluster({A: live(70)}), retiring=True).count == 0


def test_an_operators_floor_wants_as_much_more_room_as_it_adds_to_what_is_there() -> None:
    assert demand(TWO, SetFloor("c1", "ann", NOW, 5)) == Demand(
        4, "ann asked for 5", at_once=True, name="floor"
    )


def test_the_largest_floor_counts_and_everybody_who_asked_is_named() -> None:
    found = demand(TWO, SetFloor("c1", "ann", NOW, 3), SetFloor("c2", "bob", NOW, 4))
    assert (found.count, found.why) == (3, "ann, bob asked for 4")


@pytest.mark.parametrize("floor", [0, 1, 2])
def test_a_floor_that_is_there_already_adds_nothing(floor: int) -> None:
    assert demand(TWO, SetFloor("c1", "ann", NOW, floor)) == Demand(1, "1 with room, 1 wanted")


def test_a_floor_that_asks_for_just_as_much_as_a_standby_does_not_wait_for_readings() -> None:
    assert demand(cluster({A: live(70)}), SetFloor("c1", "ann", NOW, 2)).at_once


@settings(deadline=None)
@given(facts, floors)
def test_more_demand_never_lowers_what_is_written(known: Facts, asks: list[SetFloor]) -> None:
    without, with_floors = due(known).target, due(known, asks).target
    assert (with_floors or 0) >= (without or 0)
