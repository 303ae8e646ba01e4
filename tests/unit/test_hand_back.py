"""A standby that demand has not needed for ten minutes is asked to drain, and never one too many (rule 1)."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.contract.report import State
from chalicelib.core.commands.hand_back import BY
from chalicelib.core.decide import Decided, decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.ledger import Fails, Floor, Ledger, Standing
from chalicelib.core.facts.rdb import DrainAsked, Rdb
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.situation import Situation
from tests.unit.arbitrary import facts
from tests.unit.builders import (
    NOW,
    A,
    B,
    C,
    D,
    Facts,
    ago,
    cluster,
    drained,
    launching,
    live,
    rdb,
    read,
    report,
    rolled,
    situation,
)

NO_SCALE = ClusterSettings(scale_threshold=85.0)


def standby(seen: float = 60.0) -> Rdb:
    return rdb(report(State.STANDBY, 5), seen=seen)


def decided(known: Facts, configured: ClusterSettings = NO_SCALE, **ledger: Any) -> Decided:
    return decide(situation((msgspec.structs.replace(known[0], **ledger), known[1]), configured))


def spare(known: Facts, minutes: float = 10, **ledger: Any) -> Decision:
    """The decision once a standby has not been needed for so many minutes."""
    return decided(known, spare_since=(ago(minutes),), **ledger).decision


TWO = cluster({A: live(30), B: standby(), C: standby(seen=30)})
ONE = cluster({A: live(30), B: standby()})


def test_since_when_it_is_not_needed_is_remembered_for_each_one_more() -> None:
    assert decided(ONE).ledger.spare_since == (NOW,)
    assert decided(TWO, spare_since=(ago(4),)).ledger.spare_since == (ago(4), NOW)
    assert decided(ONE, spare_since=(ago(4), ago(3))).ledger.spare_since == (ago(4),)
    assert decided(cluster({A: live(30)}), spare_since=(ago(4),)).ledger.spare_since == ()


@pytest.mark.parametrize(("minutes", "asked"), [(9.9, ()), (10, (C,)), (600, (C,))])
def test_the_newest_is_asked_to_drain_once_one_was_not_needed_for_ten_minutes(
    minutes: float, asked: tuple[str, ...]
) -> None:
    assert spare(TWO, minutes).tag == asked


def test_a_tag_sets_how_long_that_is() -> None:
    configured = msgspec.structs.replace(NO_SCALE, hand_back=timedelta(minutes=30))
    assert decided(ONE, configured, spare_since=(ago(29),)).decision.tag == ()
    assert decided(ONE, configured, spare_since=(ago(30),)).decision.tag == (B,)


def test_the_next_is_asked_only_when_the_one_before_has_drained() -> None:
    known = cluster({A: live(30), B: standby(), C: standby(), D: standby()})
    first = decided(known, spare_since=(ago(20), ago(20), ago(20)))
    assert (first.decision.tag, first.ledger.spare_since) == ((B,), (ago(20), ago(20)))
    assert decide(situation((first.ledger, known[1]), NO_SCALE)).decision.tag == (B,)
    gone = first.ledger.with_rdb(B, report=report(State.DRAINED, 5), tagged=True)
    assert decide(situation((gone, known[1]), NO_SCALE)).decision.tag == (C,)


def test_a_rolled_one_that_drains_all_night_keeps_no_standby_from_being_handed_back() -> None:
    waits = msgspec.structs.replace(rolled(), drain=DrainAsked("ann", ago(60)), tagged=True)
    assert spare(cluster({A: live(30), B: standby(), C: waits})).tag == (B,)
    asked = msgspec.structs.replace(standby(), drain=DrainAsked("x", ago(1)), tagged=True)
    assert spare(cluster({A: live(30), B: standby(), C: asked})).tag == ()


def test_demand_that_returns_withdraws_the_request() -> None:
    asked = msgspec.structs.replace(standby(), drain=DrainAsked("x", ago(1)), tagged=True)
    assert decided(cluster({A: live(30), B: asked})).decision.untag == ()
    assert decided(cluster({A: rolled(), B: asked})).decision.untag == (B,)


def test_one_that_has_drained_is_final_and_another_is_launched() -> None:
    gone = msgspec.structs.replace(drained(), drain=DrainAsked("x", ago(1)), tagged=True)
    found = decided(cluster({A: rolled(), B: gone})).decision
    assert (found.untag, found.target) == ((), 3)


@pytest.mark.parametrize(("drained_after", "target"), [(9.9, 4), (10, None)])
def test_those_that_drained_before_they_saw_the_request_taken_back_do_not_put_off_the_next(
    drained_after: float, target: int | None
) -> None:
    def gone(seen: float) -> Rdb:
        known = msgspec.structs.replace(drained(1), first_seen=ago(seen), first_drained_at=ago(1))
        back = ago(1 + drained_after)
        return msgspec.structs.replace(known, drain_taken_back=back, ready_at=None, ready_since=ago(3))

    known = cluster({A: rolled(), B: gone(30), C: gone(50)}, desired=3)
    assert decided(known).decision.target == target


@pytest.mark.parametrize("key", ["launch capacity", "raise", "short", "lowered"])
def test_none_is_handed_back_while_an_alert_says_that_launches_fail(key: str) -> None:
    assert spare(ONE, alerts={key: Standing(ago(5), ago(5))}).tag == ()
    assert spare(ONE, alerts={key: Standing(ago(5), ago(5), ended=ago(1))}).tag == (B,)


@pytest.mark.parametrize(
    "begins",
    [
        pytest.param({"raise_fails": Fails(ago(2), 1, "Throttling")}, id="a raise failed"),
        pytest.param({"owed_since": ago(30)}, id="a launch is overdue"),
    ],
)
def test_none_is_handed_back_by_the_decision_that_may_begin_such_an_alert(begins: dict[str, Any]) -> None:
    assert spare(cluster({A: live(30), B: standby()}, desired=3), **begins).tag == ()


def test_none_is_handed_back_while_launch_is_suspended() -> None:
    known, group = cluster({A: live(30), B: standby()})
    group = msgspec.structs.replace(group, suspended=group.suspended | {"Launch"})
    assert spare((known, group)).tag == ()


def test_launches_that_fail_withdraw_a_hand_back_and_nobody_elses_request() -> None:
    asked = [
        msgspec.structs.replace(standby(), drain=DrainAsked(by, ago(1)), tagged=True) for by in (BY, "ann")
    ]
    known = cluster({A: live(30), B: asked[0], C: asked[1]})
    assert decided(known).decision.untag == ()
    assert decided(known, raise_fails=Fails(ago(2), 2, "Throttling")).decision.untag == (B,)


def test_none_is_handed_back_while_the_rate_is_not_known() -> None:
    unread = cluster({A: rdb(report(State.LIVE, 30, 16)), B: rdb(report(State.STANDBY, 5, 15))})
    assert spare(unread).tag == ()


def test_none_is_handed_back_below_min_size_or_a_floor() -> None:
    assert spare(cluster({A: live(30), B: standby()}, min_size=2)).tag == ()
    assert spare(ONE, floor=Floor(2, "ann", NOW + timedelta(hours=1))).tag == ()
    assert spare(ONE, floor=Floor(1, "ann", NOW + timedelta(hours=1))).tag == (B,)


def test_none_that_has_no_room_is_handed_back_in_the_place_of_one_that_has() -> None:
    known = cluster({A: live(30), B: standby(), C: rdb(report(State.STANDBY, 5, 16), seen=30)})
    assert spare(known).tag == (B,)
    assert spare(known, floor=Floor(3, "ann", NOW + timedelta(hours=1))).tag == ()


@pytest.mark.parametrize("gone", [drained(), msgspec.structs.replace(rolled(), dead_at=ago(1))])
def test_who_leaves_by_the_same_decision_counts_neither_for_min_size_nor_for_a_floor(gone: Rdb) -> None:
    known = {A: live(30), B: standby(), C: gone}
    assert spare(cluster(known)).tag == (B,)
    assert spare(cluster(known, min_size=2)).tag == ()
    assert spare(cluster(known), floor=Floor(2, "ann", NOW + timedelta(hours=1))).tag == ()


def test_a_launch_that_aws_owes_is_no_reason_to_hand_one_back() -> None:
    assert spare(cluster({A: rolled(), B: standby()}, desired=3)).tag == ()
    assert spare(cluster({A: rolled(), B: standby(), C: launching()})).tag == (B,)


def test_the_fixed_rule_hands_nothing_back() -> None:
    configured = ClusterSettings(rule="fixed")
    assert decided(ONE, configured, spare_since=(ago(60),)).decision.tag == ()


def test_what_fills_fast_keeps_its_standbys() -> None:
    trail = tuple(read(30 - 4 * age, 1 + age) for age in range(6))[::-1]
    filling = msgspec.structs.replace(live(30), trail=trail, metric=trail[-1])
    quick = msgspec.structs.replace(NO_SCALE, lead=timedelta(minutes=9))
    known = cluster({A: filling, B: standby()})
    assert decided(known, quick, spare_since=(ago(60),)).decision.tag == ()


@settings(deadline=None)
@given(facts, st.lists(st.integers(0, 40), max_size=4).map(sorted))
def test_whatever_is_asked_to_drain_is_a_standby_that_leaves_as_much_room_as_is_wanted(
    known: Facts, minutes: list[int]
) -> None:
    ledger: Ledger = msgspec.structs.replace(known[0], spare_since=tuple(map(ago, reversed(minutes))))
    before: Situation = situation((ledger, known[1]), NO_SCALE)
    found = decide(before)
    asked = [i for i, one in found.ledger.rdbs.items() if one.drain and not ledger.rdbs[i].drain]
    assert len(asked) <= 1
    for instance_id in asked:
        assert ledger.rdbs[instance_id].state is State.STANDBY
        assert found.decision.target is None
        with_room = sum(room.has for room in found.decision.rooms.values())
        assert with_room >= 1
