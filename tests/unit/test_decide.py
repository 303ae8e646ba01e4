"""The decision as a whole: raise and release in one, what is intended, and every reason said."""

import msgspec
import pytest
from hypothesis import assume, given, settings

from chalicelib.contract.report import State
from chalicelib.core.facts.ledger import Asked
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.wake_ups import ReleaseRdb, SetFloor
from chalicelib.core.release.steps import next_step
from chalicelib.triggers.views import decision_view
from tests.unit.arbitrary import facts, floors
from tests.unit.builders import (
    NOW,
    A,
    B,
    C,
    Facts,
    ago,
    cluster,
    decision,
    drained,
    leaving,
    live,
    planned,
    rdb,
    read,
    report,
    rolled,
)


def test_a_decision_with_room_asks_for_nothing_and_says_who_has_it() -> None:
    found = decision(cluster({A: live(30), B: rolled()}))
    assert not found.acts
    assert (found.code, found.reason) == ("room", "1 with room, 1 wanted")
    # Nothing is to be said of the room of one that has rolled, and there may be hundreds.
    assert {i: room.has for i, room in found.rooms.items()} == {A: True}
    assert (found.desired, found.counted, found.with_room) == (2, 2, 1)


def test_one_reconcile_raises_and_releases_and_a_drain_does_not_delay_the_launch() -> None:
    found = decision(cluster({A: live(70, 1), B: drained(0.5, 20)}))
    assert (found.code, found.target, leaving(found)) == ("raise", 3, (B,))
    assert found.reason == f"no room in 2 counted, 1 wanted: desired 2 to 3; releasing {B} (terminate)"


def test_a_drained_rdb_is_released_at_maxsize_though_nobody_has_room() -> None:
    found = decision(cluster({A: live(70), B: drained(0.5, 20)}, max_size=2))
    assert (found.code, found.target, leaving(found)) == ("release", None, (B,))
    assert found.refused == (Refusal("capacity", ("no room in 2 counted, 1 wanted, but MaxSize is 2",)),)


def test_a_drained_rdb_is_released_while_a_raise_waits_for_a_newer_reading() -> None:
    found = decision(cluster({A: live(70, 3), B: drained(0.5, 2)}))
    assert (found.target, leaving(found)) == (None, (B,))
    assert "waiting for a newer one" in found.reason


def test_maxsize_is_refused_by_name_when_there_is_nothing_to_release() -> None:
    found = decision(cluster({A: live(70)}, max_size=1))
    assert (found.code, found.target, found.release) == ("max-size", None, ())
    assert [refusal.what for refusal in found.refused] == ["capacity"]


def test_the_intent_remembers_what_was_asked_for_and_who_is_released() -> None:
    ledger, group = cluster({A: live(70), B: drained(0.5, 20)})
    after, _ = planned((ledger, group))
    assert after.asked == Asked(3, NOW, 1, seen_as=2)
    assert (after.rdbs[B].released_at, after.rdbs[B].released_in) == (NOW, 1)
    assert after.rdbs[A] == ledger.rdbs[A]


def test_a_decision_that_asks_for_nothing_intends_nothing() -> None:
    ledger, group = cluster({A: live(30)}, asked=Asked(1, ago(30)))
    of_use = msgspec.structs.replace(ledger, useful_since=ledger.rdbs[A].first_seen, last_live=A)
    assert planned((ledger, group))[0] == of_use


def test_two_releases_are_said_in_one_sentence() -> None:
    found = decision(cluster({A: drained(), B: drained(), C: live(30)}))
    assert found.reason.endswith(f"; releasing {A} (terminate), {B} (terminate)")


def test_a_decision_names_its_cluster_and_the_runway_that_is_left() -> None:
    filling = msgspec.structs.replace(live(), metric=read(65, 1), trail=(read(45, 11), read(65, 1)))
    found = decision(cluster({A: filling}))
    assert found.cluster == "trades"
    assert found.runway_minutes == pytest.approx(10)
    long = msgspec.structs.replace(found, runway_minutes=34.17375)
    assert decision_view(long)["runway_minutes"] == 34.2


def test_the_gist_is_the_same_while_only_numbers_change_and_another_when_the_case_does() -> None:
    calm, fuller = decision(cluster({A: live(30)})), decision(cluster({A: live(31)}))
    assert calm.reason == fuller.reason
    assert calm.rooms != fuller.rooms
    assert calm.gist == fuller.gist
    gists = {
        decision(known).gist
        for known in (
            cluster({A: live(30)}),
            cluster({B: live(30)}),
            cluster({A: live(70)}),
            cluster({A: live(70)}, max_size=1),
            cluster({A: live(30), B: drained()}, min_size=2),
            cluster({A: live(30), B: rdb(report(State.DRAINED, rows=3), seen=60)}, min_size=2),
        )
    }
    assert len(gists) == 6


# For any facts at all.


@settings(deadline=None, max_examples=300)
@given(facts, floors)
def test_no_rdb_that_is_not_drained_and_empty_is_ever_in_release(known: Facts, asks: list[SetFloor]) -> None:
    ledger, _ = known
    orders = [ReleaseRdb(f"r-{i}", "ann", NOW, i) for i in ledger.rdbs]
    for release in decision(known, [*asks, *orders]).release:
        said = ledger.rdbs[release.instance_id].report
        assert said is not None
        assert (said.state, said.rows) == (State.DRAINED, 0)
        assert said.sent_at > ago(10)


@settings(deadline=None)
@given(facts, floors)
def test_the_same_facts_twice_give_the_same_decision(known: Facts, asks: list[SetFloor]) -> None:
    ledger, group = known
    backwards = msgspec.structs.replace(ledger, rdbs=dict(reversed(ledger.rdbs.items())))
    assert decision(known, asks) == decision((backwards, group), asks)


@settings(deadline=None, max_examples=300)
@given(facts, floors)
def test_a_second_decision_before_aws_shows_the_first_asks_for_nothing(
    known: Facts, asks: list[SetFloor]
) -> None:
    _, group = known
    after, first = planned(known, asks)
    assert first.desired is not None
    assume(first.desired >= first.counted)
    second = decision((after, group), asks)
    assert second.target is None or first.target is None
    assert not set(leaving(first)) & set(leaving(second))


@settings(deadline=None)
@given(facts, floors)
def test_no_decision_takes_the_group_below_minsize_or_above_maxsize(
    known: Facts, asks: list[SetFloor]
) -> None:
    _, group = known
    found = decision(known, asks)
    assert found.desired is not None
    after = found.desired if found.target is None else found.target
    if leaving(found):
        assert after - len(leaving(found)) >= group.min_size
    if found.target is not None:
        assert found.desired < found.target <= group.max_size


@settings(deadline=None)
@given(facts)
def test_a_decision_with_room_never_raises(known: Facts) -> None:
    found = decision(known)
    assert found.target is None or found.with_room == 0 or found.counted > (found.desired or 0)


@settings(deadline=None)
@given(facts)
def test_a_drained_rdb_is_either_released_or_refused_with_reasons(known: Facts) -> None:
    ledger, _ = known
    found = decision(known)
    refused = {refusal.instance_id: refusal.reasons for refusal in found.refused}
    for instance_id, one in ledger.rdbs.items():
        if one.drained and next_step(one) and not one.leaving(NOW):
            assert (instance_id in {r.instance_id for r in found.release}) != bool(refused.get(instance_id))
    assert all(refusal.reasons for refusal in found.refused)
