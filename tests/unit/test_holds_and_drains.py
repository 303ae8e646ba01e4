"""Operators' requests: holds, and standbys that are asked to drain."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.commands.drains import drains_of
from chalicelib.core.decision import Decision
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Floor, Ledger
from chalicelib.core.facts.rdb import DrainAsked, Hold, Rdb
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.wake_ups import DrainRdbs, LiftHold, SetFloor, SetHold
from tests.unit.builders import (
    DEFAULTS,
    HOLD,
    IN_SERVICE,
    NOW,
    TERMINATING,
    A,
    B,
    C,
    ago,
    cluster,
    drained,
    live,
    planned,
    rdb,
    report,
    rolled,
    situation,
)

Facts = tuple[Ledger, Group]
ASKED = DrainAsked("ann", ago(5))


def standby(seen: float = 60) -> Rdb:
    return rdb(report(State.STANDBY, 4), seen=seen)


RETIRING = ClusterSettings(retiring=True)


def asked(known: Rdb, tagged: bool = False) -> Rdb:
    return msgspec.structs.replace(known, drain=ASKED, tagged=tagged)


def decision(known: Facts, *commands: DrainRdbs | SetHold | LiftHold) -> tuple[Ledger, Decision]:
    return planned(known, commands)


def test_a_cluster_on_hold_releases_nothing_and_still_raises() -> None:
    known = cluster({A: live(70), B: drained(0.5, 20)})
    held, first = decision(known, SetHold("c1", "ann", NOW, "audit"))
    assert (first.target, first.release) == (3, ())
    _, lifted = decision((held, known[1]), LiftHold("c2", "ann", NOW))
    assert [release.instance_id for release in lifted.release] == [B]


def test_a_hold_on_one_rdb_pins_that_one_alone() -> None:
    known = cluster({A: live(30), B: drained(), C: drained()})
    _, found = decision(known, SetHold("c1", "ann", NOW, "audit", B))
    assert [release.instance_id for release in found.release] == [C]


def test_a_hold_on_a_stranger_is_refused() -> None:
    _, found = decision(cluster({A: live()}), SetHold("c1", "ann", NOW, "audit", B))
    assert found.refused == (Refusal("hold", ("not in this group",), "c1", B),)


def test_a_hold_remembers_who_asked_why_and_when() -> None:
    ledger, _ = decision(
        cluster({A: live()}), SetHold("c1", "ann", NOW, "audit"), SetHold("c2", "bob", NOW, "why", A)
    )
    assert ledger.hold == Hold("audit", "ann", NOW)
    assert ledger.rdbs[A].hold == Hold("why", "bob", NOW)


def test_every_request_of_a_batch_is_heard_and_every_refusal_is_said() -> None:
    known = cluster({A: live(30)})
    strangers = SetHold("c2", "ann", NOW, "x", B), LiftHold("c3", "ann", NOW, C)
    _, found = planned(known, [SetFloor("c1", "ann", NOW, 2), *strangers])
    assert [refusal.command_id for refusal in found.refused] == ["c2", "c3"]
    assert found.target == 2


def test_a_standby_that_is_asked_to_drain_is_tagged_and_is_no_room_from_then_on() -> None:
    known = cluster({A: live(30), B: standby()})
    ledger, found = decision(known, DrainRdbs("c1", "ann", NOW, (B,)))
    assert (found.tag, found.untag, found.release) == ((B,), (), ())
    assert ledger.rdbs[B].drain == DrainAsked("ann", NOW)
    assert (found.with_room, found.rooms[B].has) == (1, False)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        pytest.param(cluster({A: live(30), B: rolled()}), "not standby but rolled", id="rolled"),
        pytest.param(cluster({A: live(30), B: rdb()}), "not standby but never heard of", id="silent"),
        pytest.param(
            cluster({A: live(70), B: standby()}),
            "1 with room, 1 wanted: too few would be left",
            id="the last with room",
        ),
        pytest.param(cluster({A: live(30)}), "not in this group", id="a stranger"),
        pytest.param(cluster({A: live(30), B: standby()}, hold=HOLD), f"the cluster is {HOLD}", id="on hold"),
        pytest.param(
            cluster({A: live(30), B: msgspec.structs.replace(standby(), hold=HOLD)}),
            f"the RDB is {HOLD}",
            id="itself on hold",
        ),
        pytest.param(
            cluster({A: live(30), B: rdb(report(State.STANDBY), TERMINATING)}),
            "not in this group",
            id="on its way out",
        ),
        pytest.param(
            cluster({A: live(30), B: asked(standby())}),
            "asked to drain already, by ann at 2026-11-23T11:55:00Z",
            id="asked before",
        ),
    ],
)
def test_a_drain_that_may_not_be_is_refused_with_the_reason(known: Facts, reason: str) -> None:
    _, found = decision(known, DrainRdbs("c1", "bob", NOW, (B,)))
    (refusal,) = [refusal for refusal in found.refused if refusal.command_id == "c1"]
    assert str(refusal) == f"drain of {B}"
    assert reason in refusal.reasons


def may_drain(known: Facts, configured: ClusterSettings = DEFAULTS) -> tuple[str, ...]:
    return drains_of(situation(known, configured)).may


def test_standbys_are_chosen_newest_first_and_somebody_with_room_is_left() -> None:
    known = cluster({A: live(70), B: standby(30), C: standby(20)})
    assert may_drain(known) == (C,)
    assert may_drain(cluster({A: live(30), B: standby(30), C: standby(20)})) == (
        C,
        B,
    )
    assert may_drain(cluster({A: live(30), B: standby(20), C: standby(30)})) == (
        B,
        C,
    )


def test_a_launch_that_aws_owes_is_no_reason_to_let_go_of_the_last_standby() -> None:
    ledger, group = cluster({A: live(75), B: standby(60)})
    owed = msgspec.structs.replace(group, desired=3)
    assert may_drain((ledger, owed)) == ()
    assert may_drain(cluster({A: live(75), B: standby(60), C: standby(30)})) == (C,)


def test_only_requests_of_members_that_have_not_drained_are_withdrawn() -> None:
    met = msgspec.structs.replace(asked(drained()), member=IN_SERVICE)
    stranger = msgspec.structs.replace(asked(standby()), member=None)
    ledger, _ = decision(cluster({A: live(70), B: met, C: stranger}))
    assert (ledger.rdbs[B].drain, ledger.rdbs[C].drain) == (ASKED, ASKED)


def test_a_command_that_came_twice_in_one_batch_counts_where_it_came_first() -> None:
    lift, hold = LiftHold("c1", "ann", NOW), SetHold("c2", "bob", NOW, "audit")
    ledger, found = decision(cluster({A: live(30)}, hold=HOLD), lift, hold, lift)
    assert (ledger.hold and ledger.hold.by, found.carried_out) == ("bob", ("c1", "c2"))


def test_a_retiring_cluster_gives_up_its_last_standby_and_releases_its_last_rdb() -> None:
    assert may_drain(cluster({A: live(70), B: standby()}), RETIRING) == (B,)
    found = planned(cluster({A: drained()}), (), RETIRING)[1]
    assert (found.target, [release.instance_id for release in found.release]) == (None, [A])
    assert planned(cluster({A: drained()}))[1].target == 2


def test_the_walls_of_a_retiring_cluster_stand_until_its_last_instance_is_gone() -> None:
    assert planned(cluster({A: drained()}, walls=False), (), RETIRING)[1].repair
    empty = cluster({}, walls=False)
    assert planned(empty)[1].repair
    assert planned(empty, (), RETIRING)[1].repair == ()


def test_a_drain_request_stands_in_a_retiring_cluster_though_nobody_else_has_room() -> None:
    known = cluster({A: live(70), B: asked(standby(), tagged=True)})
    assert planned(known, (), RETIRING)[0].rdbs[B].drain == ASKED


def test_demand_that_returns_withdraws_the_request_before_it_launches_anybody() -> None:
    ledger, found = decision(cluster({A: live(70), B: asked(standby(), tagged=True)}))
    assert (found.target, found.untag, found.with_room) == (None, (B,), 1)
    assert ledger.rdbs[B].drain is None


def test_a_request_that_was_met_is_not_withdrawn_but_another_host_is_launched() -> None:
    _, found = decision(cluster({A: live(70, 0), B: asked(drained(), tagged=True)}))
    assert found.target == 3
    assert [release.instance_id for release in found.release] == [B]


def test_only_as_many_requests_are_withdrawn_as_are_needed_the_newest_first() -> None:
    newer = msgspec.structs.replace(standby(), drain=DrainAsked("ann", ago(1)), tagged=True)
    ledger, found = decision(cluster({A: live(70), B: asked(standby(), tagged=True), C: newer}))
    assert found.untag == (C,)
    assert ledger.rdbs[B].drain == ASKED


def test_a_floor_above_what_is_there_is_demand_that_no_drain_is_asked_against() -> None:
    known = cluster({A: live(30), B: standby()})
    _, found = planned(known, [SetFloor("c1", "ann", NOW, 3), DrainRdbs("c2", "bob", NOW, (B,))])
    reasons = ("ann asked for 3: too few would be left",)
    assert found.refused == (Refusal("drain", reasons, "c2", B),)
    assert (found.target, found.tag) == (3, ())


def test_a_floor_withdraws_the_requests_of_those_that_it_needs_to_stay_before_it_launches_others() -> None:
    newer = msgspec.structs.replace(standby(), drain=DrainAsked("bob", ago(1)), tagged=True)
    known = cluster({A: live(30), B: asked(standby(), tagged=True), C: newer})
    ledger, found = planned(known, [SetFloor("c1", "ann", NOW, 4)])
    assert (found.target, found.untag) == (4, (B, C))
    ledger, found = planned(known, [SetFloor("c1", "ann", NOW, 2)])
    assert (found.target, found.untag) == (None, (C,))
    assert ledger.rdbs[B].drain == ASKED


def test_a_standing_floor_withdraws_a_request_also_where_max_size_is_below_the_hosts_that_are_there() -> None:
    known, group = cluster({A: live(30), B: asked(standby(), tagged=True), C: rolled()}, max_size=2)
    floor = Floor(3, "ann", NOW + timedelta(hours=1))
    _, found = planned((msgspec.structs.replace(known, floor=floor), group))
    assert (found.target, found.untag) == (None, (B,))


def test_a_tag_that_could_not_be_written_is_written_by_the_next_decision() -> None:
    _, found = decision(cluster({A: live(30), B: asked(standby(), tagged=False)}))
    assert found.tag == (B,)


def test_what_may_drain_is_judged_on_the_facts_so_that_it_is_not_refused_afterwards() -> None:
    known = cluster({A: live(70), B: standby(30), C: asked(standby(20))})
    chosen = may_drain(known)
    _, found = decision(known, DrainRdbs("c1", "ann", NOW, chosen))
    assert [refusal for refusal in found.refused if refusal.command_id == "c1"] == []


def test_capacity_that_is_refused_is_named_first_whatever_the_order_of_the_commands() -> None:
    known = cluster({A: live(30)}, max_size=3)
    _, found = planned(known, [SetHold("c1", "ann", NOW, "x", B), SetFloor("c2", "ann", NOW, 9)])
    assert [refusal.command_id for refusal in found.refused] == ["c2", "c1"]
