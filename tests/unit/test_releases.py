"""By which step who may leave does leave its group, and down to which size."""

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.facts.group import Member
from chalicelib.core.facts.refusal import Refusal
from tests.unit.builders import (
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
    decision,
    drained,
    leaving,
    live,
    planned,
    rdb,
    report,
)


@pytest.mark.parametrize(
    ("min_size", "released", "refused"),
    [(0, (A, B), ()), (1, (A, B), ()), (2, (A,), (B,)), (3, (), (A, B))],
)
def test_drained_rdbs_are_released_down_to_minsize_and_the_others_refused(
    min_size: int, released: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    found = decision(cluster({A: drained(), B: drained(), C: live(30)}, min_size=min_size))
    assert leaving(found) == released
    assert found.refused == tuple(
        Refusal("release", ("the group is at MinSize",), instance_id=i) for i in refused
    )


def test_a_raise_in_the_same_decision_makes_a_release_at_minsize_possible() -> None:
    found = decision(cluster({A: live(70), B: drained(0.5, 20)}, min_size=2))
    assert (found.target, leaving(found)) == (3, (B,))


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
    assert [(release.instance_id, release.step) for release in found.release] == [(B, step)]
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
    assert [r.step for r in decision(cluster({A: live(30), B: one})).release] == ["continue"]


@pytest.mark.parametrize(("min_size", "steps"), [(1, ["terminate"]), (2, ["replace"]), (3, ["replace"])])
def test_a_dead_one_at_minsize_is_replaced_and_keeps_its_place(min_size: int, steps: list[str]) -> None:
    one = msgspec.structs.replace(rdb(member=PENDING), dead_at=NOW)
    after, found = planned(cluster({A: live(30), B: one}, min_size=min_size))
    assert [release.step for release in found.release] == steps
    assert (after.rdbs[B].released_at is None) is (steps == ["replace"])


def test_who_was_released_a_minute_ago_is_neither_released_again_nor_refused() -> None:
    leaver = msgspec.structs.replace(drained(), released_at=ago(1))
    found = decision(cluster({A: live(30), B: leaver}))
    assert (found.release, found.refused) == ((), ())


def test_who_leaves_bare_by_our_release_is_no_wall_to_mend() -> None:
    bare = msgspec.structs.replace(IN_SERVICE, protected=False)
    leaver = msgspec.structs.replace(drained(), member=bare, released_at=ago(1))
    assert decision(cluster({A: live(30), B: leaver})).repair == ()
