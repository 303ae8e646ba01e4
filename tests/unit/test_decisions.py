"""The decision as a whole: raise before release, every reason said, each command once."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import assume, given, settings

from chalicelib.cluster import Asked, Group, Ledger, Member, Rdb
from chalicelib.contracts import Command, RaiseTo, ReleaseRdb, State
from chalicelib.decisions import Decision, decide, how
from chalicelib.requests import Refusal
from tests.unit.builders import (
    DEFAULTS,
    IN_SERVICE,
    NOW,
    PENDING,
    RETAINED,
    TERMINATING,
    A,
    B,
    C,
    ago,
    cluster,
    drained,
    facts,
    floors,
    live,
    rdb,
    read,
    report,
    rolled,
)

Facts = tuple[Ledger, Group]
NO_PROOF = "no proof: none came with a report"


def decision(known: Facts, commands: Sequence[Command] = ()) -> Decision:
    return planned(known, commands)[1]


def planned(known: Facts, commands: Sequence[Command] = ()) -> tuple[Ledger, Decision]:
    ledger, group = known
    return decide(ledger, group, DEFAULTS, NOW, commands)


def leaving(found: Decision) -> tuple[str, ...]:
    """Who is terminated with decrement."""
    return tuple(release.instance_id for release in found.release if release.how == "terminate")


def test_a_decision_with_room_asks_for_nothing_and_says_who_has_it() -> None:
    found = decision(cluster({A: live(30), B: rolled()}))
    assert not found.acts
    assert (found.code, found.reason) == ("room", "1 with room, 1 wanted")
    assert {i: room.has for i, room in found.rooms.items()} == {A: True, B: False}
    assert (found.desired, found.counted, found.room) == (2, 2, 1)


def test_one_reconcile_raises_and_releases_and_a_drain_does_not_delay_the_launch() -> None:
    found = decision(cluster({A: live(70, 1), B: drained(0.5, 20)}))
    assert (found.code, found.raise_to, leaving(found)) == ("raise", 3, (B,))
    assert found.reason == f"no room in 2 counted, 1 wanted: desired 2 to 3; releasing {B} (terminate)"


def test_a_drained_rdb_is_released_at_maxsize_though_nobody_has_room() -> None:
    found = decision(cluster({A: live(70), B: drained(0.5, 20)}, max_size=2))
    assert (found.code, found.raise_to, leaving(found)) == ("release", None, (B,))
    assert found.refused == (Refusal("capacity", ("no room in 2 counted, 1 wanted, but MaxSize is 2",)),)


def test_a_drained_rdb_is_released_while_a_raise_waits_for_a_newer_reading() -> None:
    found = decision(cluster({A: live(70, 3), B: drained(0.5, 2)}))
    assert (found.raise_to, leaving(found)) == (None, (B,))
    assert "waiting for a newer one" in found.reason


def test_maxsize_is_refused_by_name_when_there_is_nothing_to_release() -> None:
    found = decision(cluster({A: live(70)}, max_size=1))
    assert (found.code, found.raise_to, found.release) == ("max-size", None, ())
    assert [refusal.what for refusal in found.refused] == ["capacity"]


@pytest.mark.parametrize(("memory", "raised"), [(30, None), (70, 2)])
def test_a_floor_above_maxsize_is_refused_whole_and_hinders_no_raise(memory: int, raised: int | None) -> None:
    found = decision(cluster({A: live(memory)}, max_size=3), [RaiseTo("c1", "ann", 4)])
    assert found.raise_to == raised
    assert found.refused == (Refusal("capacity", ("ann asked for 4, but MaxSize is 3",), "c1"),)
    assert found.carried_out == ("c1",)


@pytest.mark.parametrize(
    ("min_size", "released", "refused"),
    [(0, (A, B), ()), (1, (A, B), ()), (2, (A,), (B,)), (3, (), (A, B))],
)
def test_drained_rdbs_are_released_down_to_minsize_and_the_others_refused(
    min_size: int, released: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    found = decision(cluster({A: drained(), B: drained(), C: live(30)}, min_size=min_size))
    assert leaving(found) == released
    assert found.refused == tuple(Refusal(i, ("the group is at MinSize",)) for i in refused)


def test_a_raise_in_the_same_decision_makes_a_release_at_minsize_possible() -> None:
    found = decision(cluster({A: live(70), B: drained(0.5, 20)}, min_size=2))
    assert (found.raise_to, leaving(found)) == (3, (B,))


@pytest.mark.parametrize(
    ("known", "reasons"),
    [
        pytest.param(
            {A: live(30)},
            ("it is the live one", "not drained but live", "holds 1000 rows", NO_PROOF),
            id="live",
        ),
        pytest.param({A: rdb()}, ("never reported", NO_PROOF), id="silent"),
        pytest.param({B: live(30)}, ("not in this group",), id="a stranger"),
        pytest.param({A: drained(15)}, ("newest report is 900 s old",), id="stale"),
    ],
)
def test_an_operators_release_passes_the_same_gate(known: dict[str, Rdb], reasons: tuple[str, ...]) -> None:
    found = decision(cluster(known), [ReleaseRdb("c1", "ann", A)])
    assert leaving(found) == ()
    assert found.refused == (Refusal(A, reasons, "c1"),)
    assert found.carried_out == ("c1",)


def test_an_operators_release_of_a_drained_rdb_releases_it_once() -> None:
    asks = [ReleaseRdb("c1", "ann", A), ReleaseRdb("c2", "bob", A)]
    assert leaving(decision(cluster({A: drained(), B: live()}), asks)) == (A,)


def test_an_operators_command_is_carried_out_once_however_often_it_is_delivered() -> None:
    ledger, group = cluster({A: live(30)})
    ask = RaiseTo("c1", "ann", 4)
    after, first = planned((ledger, group), [ask])
    assert (first.raise_to, first.carried_out) == (4, ("c1",))

    assert after.commands == {"c1": NOW}
    for shown in (group.desired, 4):
        again = decision((after, msgspec.structs.replace(group, desired=shown)), [ask])
        assert (again.raise_to, again.carried_out) == (None, ())


def test_a_command_that_was_carried_out_before_adds_nothing_though_the_group_has_shrunk_since() -> None:
    known = cluster({A: live(30)}, commands={"c1": ago(60)})
    assert not decision(known, [RaiseTo("c1", "ann", 4)]).acts
    assert decision(known, [RaiseTo("c2", "ann", 4)]).raise_to == 4


def test_the_intent_remembers_what_was_asked_for_and_who_is_released() -> None:
    ledger, group = cluster({A: live(70), B: drained(0.5, 20)})
    after, _ = planned((ledger, group))
    assert after.asked == Asked(3, NOW, 1)
    assert (after.rdbs[B].released_at, after.rdbs[B].released_in) == (NOW, 1)
    assert after.rdbs[A] == ledger.rdbs[A]


def test_a_decision_that_asks_for_nothing_intends_nothing() -> None:
    ledger, group = cluster({A: live(30)}, asked=Asked(1, ago(30)))
    assert planned((ledger, group))[0] == ledger


@pytest.mark.parametrize(
    ("member", "step", "stamped"),
    [
        pytest.param(IN_SERVICE, "terminate", True, id="in service"),
        pytest.param(TERMINATING, "continue", False, id="held by the hook"),
        pytest.param(RETAINED, "end-retained", False, id="retained"),
    ],
)
def test_a_drained_rdb_takes_the_next_step_out_of_its_group(member: Member, step: str, stamped: bool) -> None:
    known = cluster({A: live(30), B: rdb(report(State.DRAINED), member)})
    after, found = planned(known)
    assert [(release.instance_id, release.how) for release in found.release] == [(B, step)]
    assert (after.rdbs[B].released_at is not None) is stamped


@pytest.mark.parametrize("lifecycle", ["Pending", "Terminating", "Terminating:Proceed", "Standby"])
def test_a_drained_rdb_in_any_other_state_waits_without_a_word(lifecycle: str) -> None:
    known = cluster({A: live(30), B: rdb(report(State.DRAINED), Member(lifecycle, healthy=True))})
    found = decision(known)
    assert (found.release, found.refused) == ((), ())


@pytest.mark.parametrize("dead", [True, False])
def test_a_pending_launch_is_terminated_only_when_it_is_dead(dead: bool) -> None:
    one = msgspec.structs.replace(rdb(member=PENDING), dead_at=NOW if dead else None)
    assert leaving(decision(cluster({A: live(30), B: one}))) == ((B,) if dead else ())


def test_a_dead_member_that_waits_is_let_go_and_not_terminated_again() -> None:
    one = msgspec.structs.replace(rdb(report(State.ROLLED), TERMINATING), dead_at=NOW)
    assert [r.how for r in decision(cluster({A: live(30), B: one})).release] == ["continue"]


@pytest.mark.parametrize(("min_size", "steps"), [(1, ["terminate"]), (2, ["replace"]), (3, ["replace"])])
def test_a_dead_one_at_minsize_is_replaced_and_keeps_its_place(min_size: int, steps: list[str]) -> None:
    one = msgspec.structs.replace(rdb(member=PENDING), dead_at=NOW)
    after, found = planned(cluster({A: live(30), B: one}, min_size=min_size))
    assert [release.how for release in found.release] == steps
    assert (after.rdbs[B].released_at is None) is (steps == ["replace"])


def test_who_was_released_a_minute_ago_is_neither_released_again_nor_refused() -> None:
    leaver = msgspec.structs.replace(drained(), released_at=ago(1))
    found = decision(cluster({A: live(30), B: leaver}))
    assert (found.release, found.refused) == ((), ())


def test_who_leaves_bare_by_our_release_is_no_wall_to_mend() -> None:
    bare = msgspec.structs.replace(IN_SERVICE, protected=False)
    leaver = msgspec.structs.replace(drained(), member=bare, released_at=ago(1))
    assert decision(cluster({A: live(30), B: leaver})).repair == ()


def test_two_releases_are_said_in_one_sentence() -> None:
    found = decision(cluster({A: drained(), B: drained(), C: live(30)}))
    assert found.reason.endswith(f"; releasing {A} (terminate), {B} (terminate)")


def test_a_decision_names_its_cluster_and_the_runway_that_is_left() -> None:
    filling = msgspec.structs.replace(live(), metric=read(65, 1), earlier=read(45, 11))
    found = decision(cluster({A: filling}))
    assert found.cluster == "trades"
    assert found.runway_minutes == pytest.approx(10)


def test_a_floor_of_just_maxsize_is_met() -> None:
    assert decision(cluster({A: live(30)}, max_size=4), [RaiseTo("c1", "ann", 4)]).raise_to == 4


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
def test_no_rdb_that_is_not_drained_and_empty_is_ever_in_release(known: Facts, asks: list[RaiseTo]) -> None:
    ledger, _ = known
    orders = [ReleaseRdb(f"r-{i}", "ann", i) for i in ledger.rdbs]
    for release in decision(known, [*asks, *orders]).release:
        said = ledger.rdbs[release.instance_id].report
        assert said is not None
        assert (said.state, said.rows) == (State.DRAINED, 0)
        assert said.sent_at > ago(10)


@settings(deadline=None)
@given(facts, floors)
def test_the_same_facts_twice_give_the_same_decision(known: Facts, asks: list[RaiseTo]) -> None:
    ledger, group = known
    backwards = msgspec.structs.replace(ledger, rdbs=dict(reversed(ledger.rdbs.items())))
    assert decision(known, asks) == decision((backwards, group), asks)


@settings(deadline=None, max_examples=300)
@given(facts, floors)
def test_a_second_decision_before_aws_shows_the_first_asks_for_nothing(
    known: Facts, asks: list[RaiseTo]
) -> None:
    _, group = known
    after, first = planned(known, asks)
    assert first.desired is not None
    assume(first.desired >= first.counted)
    second = decision((after, group), asks)
    assert second.raise_to is None or first.raise_to is None
    assert not set(leaving(first)) & set(leaving(second))


@settings(deadline=None)
@given(facts, floors)
def test_no_decision_takes_the_group_below_minsize_or_above_maxsize(
    known: Facts, asks: list[RaiseTo]
) -> None:
    _, group = known
    found = decision(known, asks)
    assert found.desired is not None
    after = found.desired if found.raise_to is None else found.raise_to
    if leaving(found):
        assert after - len(leaving(found)) >= group.min_size
    if found.raise_to is not None:
        assert found.desired < found.raise_to <= group.max_size


@settings(deadline=None)
@given(facts)
def test_a_decision_with_room_never_raises(known: Facts) -> None:
    found = decision(known)
    assert found.raise_to is None or found.room == 0 or found.counted > (found.desired or 0)


@settings(deadline=None)
@given(facts)
def test_a_drained_rdb_is_either_released_or_refused_with_reasons(known: Facts) -> None:
    ledger, _ = known
    found = decision(known)
    refused = {refusal.what: refusal.reasons for refusal in found.refused}
    for instance_id, one in ledger.rdbs.items():
        if one.drained and how(one) and not one.leaving(NOW):
            assert (instance_id in {r.instance_id for r in found.release}) != bool(refused.get(instance_id))
    assert all(refusal.reasons for refusal in found.refused)
