"""The grounds of a decision are computed once, and whoever shows them cannot contradict the decision."""

from unittest.mock import patch

from hypothesis import given, settings

from chalicelib.contract.report import State
from chalicelib.core.capacity import counted, room
from chalicelib.core.commands.drains import drains_of
from chalicelib.core.decide import decide
from chalicelib.core.facts.wake_ups import DrainRdbs
from tests.unit.arbitrary import facts
from tests.unit.builders import NOW, Facts, cluster, drained, live, rdb, report, situation

STANDBYS = {f"i-{n:017x}": rdb(report(State.STANDBY, 4), seen=60 + n) for n in range(400)}
A, B = list(STANDBYS)[:2]


def test_capacity_is_computed_once_however_many_rdbs_are_asked_to_drain() -> None:
    known = situation(cluster(STANDBYS, max_size=500))
    computed = patch("chalicelib.core.commands.commanded.capacity_of", wraps=counted.capacity_of)
    judged = patch("chalicelib.core.capacity.counted.room_of", wraps=room.room_of)
    with computed as once, judged as rooms:
        decided = decide(known, [DrainRdbs("c1", "ann", NOW, tuple(STANDBYS)[:300])])
    assert once.call_count == 1
    # And again that of each one that is asked: a request takes its room.
    assert rooms.call_count == len(STANDBYS) + 300
    assert len(decided.decision.tag) == 300
    assert decided.decision.with_room == 100


def test_a_decision_carries_the_facts_that_it_was_made_on_and_the_capacity_after_its_commands() -> None:
    known = situation(cluster({A: live(30), B: rdb(report(State.STANDBY, 4))}))
    decided = decide(known, [DrainRdbs("c1", "ann", NOW, (B,))])
    assert decided.facts == known
    assert (counted.capacity_of(known).with_room, decided.commanded.capacity.with_room) == (2, 1)


def test_one_standby_is_left_when_all_that_may_drain_are_chosen() -> None:
    known = situation(cluster(STANDBYS, max_size=500))
    chosen = drains_of(known).may
    assert len(chosen) == len(STANDBYS) - 1


def test_a_drained_rdb_that_the_plan_releases_is_not_shown_as_refused() -> None:
    full = cluster({A: live(70), B: drained(0.5, 20)}, desired=2, min_size=2)
    decided = decide(situation(full))
    assert (decided.decision.target, [r.instance_id for r in decided.decision.release]) == (3, [B])
    assert decided.refusals(B) == ()


@settings(deadline=None)
@given(facts)
def test_reasons_that_are_shown_agree_with_the_decision(known: Facts) -> None:
    decided = decide(situation(known))
    released = {release.instance_id for release in decided.decision.release}
    for refusal in decided.decision.refused:
        if refusal.what == "release":
            assert set(refusal.reasons) <= set(decided.refusals(refusal.instance_id))
    for instance_id in known[0].rdbs:
        if instance_id in released:
            assert decided.refusals(instance_id) == ()
