"""Capacity: who is counted, and what Describe does not show yet (rule 5)."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.contract.report import State
from chalicelib.core.facts.ledger import Asked
from tests.unit.arbitrary import facts
from tests.unit.builders import (
    IN_SERVICE,
    NOW,
    TERMINATING,
    A,
    B,
    Facts,
    ago,
    capacity,
    cluster,
    due,
    gone,
    live,
    rdb,
    report,
)


@pytest.mark.parametrize(
    ("described", "asked", "minutes", "believed"),
    [
        pytest.param(1, 2, 0, 2, id="just asked for"),
        pytest.param(1, 2, 1.99, 2, id="asked for within two minutes"),
        pytest.param(1, 2, 2, 1, id="asked for two minutes ago"),
        pytest.param(3, 2, 1, 3, id="described higher than asked for"),
    ],
)
def test_what_was_asked_for_replaces_a_lower_describe_for_two_minutes(
    described: int, asked: int, minutes: float, believed: int
) -> None:
    ledger, group = cluster({A: live(70)}, desired=described, asked=Asked(asked, ago(minutes)))
    assert capacity((ledger, group)).desired == believed


@pytest.mark.parametrize(
    ("version", "shown", "described", "believed"),
    [
        pytest.param(8, True, 2, 2, id="released after the request, still shown, stale"),
        pytest.param(8, True, 3, 2, id="released after the request, still shown"),
        pytest.param(8, False, 1, 2, id="released after the request, no longer shown"),
        pytest.param(7, True, 2, 2, id="released with the request"),
        pytest.param(6, True, 2, 3, id="released before the request: already in what was asked for"),
        pytest.param(6, False, 2, 3, id="released before the request and gone"),
    ],
)
@pytest.mark.parametrize("released", [0.5, 1.0, 1.5])
def test_the_releases_since_a_request_come_off_what_was_asked_for_whatever_the_clocks_say(
    released: float, version: int, shown: bool, described: int, believed: int
) -> None:
    leaver = msgspec.structs.replace(rdb(report(State.DRAINED), released=released), released_in=version)
    if not shown:
        leaver = msgspec.structs.replace(leaver, member=None)
    ledger, group = cluster({A: live(70), B: leaver}, desired=described, asked=Asked(3, ago(1), 7))
    assert capacity((ledger, group)).desired == believed


def test_a_released_rdb_counts_neither_as_a_member_nor_in_desired_while_describe_still_shows_it() -> None:
    ledger, group = cluster({A: live(30), B: gone(1)})
    found = capacity((ledger, group))
    assert (found.desired, list(found.counted), found.with_room) == (1, [A], 1)


def test_a_look_that_still_shows_a_member_which_ends_has_its_place_in_desired_too() -> None:
    ledger, group = cluster({A: live(61), B: rdb(report(State.DRAINED), TERMINATING)}, desired=2)
    stale = ledger, msgspec.structs.replace(group, members={A: IN_SERVICE, B: IN_SERVICE})
    found = capacity(stale)
    assert (found.desired, found.owed, found.with_room, due(stale).target) == (1, 0, 0, None)
    asked = msgspec.structs.replace(ledger, asked=Asked(3, ago(1))), stale[1]
    assert capacity(asked).desired == 3


def test_a_release_that_describe_does_not_bear_out_in_two_minutes_is_void() -> None:
    ledger, group = cluster({A: live(30), B: gone(2)})
    found = capacity((ledger, group))
    assert (found.desired, list(found.counted)) == (2, [A, B])


@settings(deadline=None)
@given(facts, st.integers(1, 3))
def test_a_launch_that_is_owed_always_makes_room(known: Facts, owed: int) -> None:
    ledger, group = known
    counted = len(capacity((ledger, group)).counted)
    leaving = sum(
        1
        for one in ledger.rdbs.values()
        if one.member and (one.member.pending or one.member.in_service) and one.leaving(NOW)
    )
    owing = msgspec.structs.replace(group, desired=counted + leaving + owed)
    assert capacity((ledger, owing)).with_room >= owed
    assert due((ledger, owing)).target is None


@settings(deadline=None)
@given(facts)
def test_only_pending_and_in_service_members_that_are_not_released_are_counted(known: Facts) -> None:
    ledger, group = known
    for one in capacity((ledger, group)).counted.values():
        assert one.member is not None
        assert one.member.lifecycle in ("Pending", "Pending:Wait", "InService")
        assert one.released_at is None or one.released_at <= ago(2)
