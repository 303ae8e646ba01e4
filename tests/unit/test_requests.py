"""An operator's wish becomes a command, or is refused with the numbers."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contract.report import State
from chalicelib.core.decide import decide
from chalicelib.core.facts.ledger import Asked, Floor
from chalicelib.core.facts.rdb import DrainAsked, Hold, Rdb
from chalicelib.core.facts.wake_ups import Asking, DrainRdbs, ReleaseRdb, SetFloor
from chalicelib.core.requests import CapacityRefusal, CapacityWish, capacity_command, release_command
from tests.unit.builders import (
    HOLD,
    NOW,
    A,
    B,
    C,
    Facts,
    cluster,
    drained,
    launching,
    live,
    rdb,
    report,
    rolled,
    situation,
)


def standby(seen: float = 60) -> Rdb:
    return rdb(report(State.STANDBY, 4), seen=seen)


ASKED = msgspec.structs.replace(standby(), drain=DrainAsked("bob", NOW))
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
THREE = cluster({A: live(30), B: standby(30), C: standby(20)}, min_size=1, max_size=5)


def wished(known: Facts, **wish: Any) -> SetFloor | DrainRdbs | CapacityRefusal:
    """The answer to ann's wish."""
    return capacity_command(decide(situation(known)), CapacityWish(**wish), Asking("c1", "ann", NOW))


@pytest.mark.parametrize("wish", [{}, {"desired": 3, "change": 1}])
def test_a_wish_has_either_a_number_or_a_change(wish: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="desired: give either desired or change"):
        CapacityWish(**wish)


def test_a_change_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="change: must not be 0, which asks for nothing"):
        CapacityWish(change=0)


@pytest.mark.parametrize(("wish", "floor"), [({"desired": 5}, 5), ({"desired": 3}, 3), ({"change": 2}, 5)])
def test_as_much_as_there_is_or_more_is_a_floor(wish: dict[str, int], floor: int) -> None:
    assert wished(THREE, **wish) == SetFloor("c1", "ann", NOW, floor, MIDNIGHT)


def test_a_change_is_of_what_we_wrote_last_though_describe_does_not_show_it_yet() -> None:
    written = cluster({A: live(30)}, desired=1, asked=Asked(3, NOW))
    assert wished(written, change=1) == SetFloor("c1", "ann", NOW, 4, MIDNIGHT)


def test_a_change_is_of_a_floor_that_stands_and_is_not_met() -> None:
    ledger, group = THREE
    put_off = msgspec.structs.replace(ledger, floor=Floor(4, "bob", MIDNIGHT, put_off=True))
    assert wished((put_off, group), change=1) == SetFloor("c1", "ann", NOW, 5, MIDNIGHT)
    assert wished((put_off, group), change=-1) == SetFloor("c1", "ann", NOW, 3, MIDNIGHT)
    refused = wished((put_off, group), change=2)
    assert isinstance(refused, CapacityRefusal)
    assert refused.reasons == ("4 hosts and 2 more would be 6, but MaxSize is 5",)


@pytest.mark.parametrize("wish", [{"desired": 2}, {"change": -1}])
def test_less_than_there_is_asks_as_many_standbys_to_drain_the_newest_first(wish: dict[str, int]) -> None:
    assert wished(THREE, **wish) == DrainRdbs("c1", "ann", NOW, (C,), floor=2)


@pytest.mark.parametrize("floor", [0, 6, -1])
def test_what_is_out_of_the_groups_bounds_is_refused_with_the_numbers(floor: int) -> None:
    change, limit = ("3 more", "MaxSize is 5") if floor > 3 else (f"{3 - floor} fewer", "MinSize is 1")
    reason = f"3 hosts and {change} would be {floor}, but {limit}"
    numbers = {"desired": 3, "floor": floor, "with_room": 3, "min_size": 1, "max_size": 5}
    assert wished(THREE, change=floor - 3) == CapacityRefusal((reason,), numbers)
    if floor >= 0:
        assert wished(THREE, desired=floor) == CapacityRefusal(
            (f"{floor} is not between MinSize 1 and MaxSize 5",), numbers
        )


def test_of_a_change_that_is_out_of_bounds_those_that_drain_are_named() -> None:
    refused = wished(cluster({A: live(30), B: ASKED, C: ASKED}), change=-2)
    assert isinstance(refused, CapacityRefusal)
    assert refused.reasons == (
        "1 host, not counting the 2 that drain, and 2 fewer would be -1, but MinSize is 0",
    )


@pytest.mark.parametrize("floor", [1, 5])
def test_the_groups_bounds_themselves_are_met(floor: int) -> None:
    assert not isinstance(wished(THREE, desired=floor), CapacityRefusal)


def test_more_than_may_drain_is_refused_with_how_many_may() -> None:
    known = cluster({A: live(70), B: standby(30), C: standby(20)})
    reasons = (
        "standbys that would have to drain: 2; that may drain: 1",
        f"{B}: 1 with room, 1 wanted: too few would be left",
        f"{A}: not standby but live",
    )
    numbers = {"desired": 3, "floor": 1, "with_room": 2, "min_size": 0, "max_size": 10, "drainable": 1}
    assert wished(known, desired=1) == CapacityRefusal(reasons, numbers)


HELD = msgspec.structs.replace(standby(20), hold=HOLD)
ON_HOLD = f"the RDB is {HOLD}"


@pytest.mark.parametrize(
    ("rdbs", "hold", "reasons"),
    [
        ({A: live(30), B: standby()}, HOLD, {f"the cluster is {HOLD}", f"{A}: not standby but live"}),
        ({A: live(30), B: HELD}, None, {f"{B}: {ON_HOLD}", f"{A}: not standby but live"}),
        (
            {A: live(30), B: launching()},
            None,
            {f"{B}: not in service but Pending:Wait; not standby but never heard of"},
        ),
        ({A: live(30), B: ASKED}, None, {f"{B}: asked to drain already, by bob at 2026-11-23T12:00:00Z"}),
        (
            {A: live(30), B: rolled(), C: rolled()},
            None,
            {f"{B}, {C}: not standby but rolled"},
        ),
    ],
)
def test_each_rdb_that_may_not_drain_is_named_with_its_true_reasons(
    rdbs: dict[str, Rdb], hold: Hold | None, reasons: set[str]
) -> None:
    refused = wished(cluster(rdbs, hold=hold), change=-1)
    assert isinstance(refused, CapacityRefusal)
    assert refused.reasons[0] == "standbys that would have to drain: 1; that may drain: 0"
    assert reasons <= {reason.partition("; 1 with room, 1 wanted: too few")[0] for reason in refused.reasons}


@given(st.lists(st.sampled_from([standby(20), standby(30), ASKED, live(70), rolled()])), st.integers(1, 2))
def test_standbys_that_are_chosen_are_not_refused_afterwards(others: list[Rdb], less: int) -> None:
    rdbs = [*others, live(30), standby(10), standby(40)]
    known = cluster({f"i-{n:017x}": known for n, known in enumerate(rdbs)}, max_size=len(rdbs))
    command = wished(known, change=-less)
    assert isinstance(command, DrainRdbs)
    found = decide(situation(known), [command]).decision
    assert [refusal for refusal in found.refused if refusal.command_id == "c1"] == []


def test_the_release_of_a_standby_asks_it_to_drain() -> None:
    for known in (standby(), ASKED):
        decided = decide(situation(cluster({A: known})))
        assert release_command(decided, A, Asking("c1", "ann", NOW)) == DrainRdbs("c1", "ann", NOW, (A,))


@pytest.mark.parametrize("known", [live(), rolled(), drained(), rdb()])
def test_the_release_of_any_other_rdb_is_left_to_the_gate(known: Rdb) -> None:
    decided = decide(situation(cluster({A: known})))
    assert release_command(decided, A, Asking("c1", "ann", NOW)) == ReleaseRdb("c1", "ann", NOW, A)
    assert release_command(decided, B, Asking("c1", "ann", NOW)) == ReleaseRdb("c1", "ann", NOW, B)
