"""Operators' floors and releases: refused whole or carried out once, by the gate that all pass."""

import msgspec
import pytest

from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.wake_ups import ReleaseRdb, SetFloor
from tests.unit.builders import NOW, A, B, ago, cluster, decision, drained, leaving, live, planned, rdb

NO_PROOF = "no proof: none came with a report"


@pytest.mark.parametrize(("memory", "raised"), [(30, None), (70, 2)])
def test_a_floor_above_maxsize_is_refused_whole_and_hinders_no_raise(memory: int, raised: int | None) -> None:
    found = decision(cluster({A: live(memory)}, max_size=3), [SetFloor("c1", "ann", NOW, 4)])
    assert found.target == raised
    assert found.refused == (Refusal("capacity", ("ann asked for 4, but MaxSize is 3",), "c1"),)
    assert found.carried_out == ("c1",)


def test_a_floor_of_just_maxsize_is_met() -> None:
    assert decision(cluster({A: live(30)}, max_size=4), [SetFloor("c1", "ann", NOW, 4)]).target == 4


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
    found = decision(cluster(known), [ReleaseRdb("c1", "ann", NOW, A)])
    assert leaving(found) == ()
    assert found.refused == (Refusal("release", reasons, "c1", A),)
    assert found.carried_out == ("c1",)


def test_an_operators_release_of_a_drained_rdb_releases_it_once() -> None:
    asks = [ReleaseRdb("c1", "ann", NOW, A), ReleaseRdb("c2", "bob", NOW, A)]
    assert leaving(decision(cluster({A: drained(), B: live()}), asks)) == (A,)


def test_an_operators_command_is_carried_out_once_however_often_it_is_delivered() -> None:
    ledger, group = cluster({A: live(30)})
    ask = SetFloor("c1", "ann", NOW, 4)
    after, first = planned((ledger, group), [ask])
    assert (first.target, first.carried_out) == (4, ("c1",))

    assert after.commands == {"c1": NOW}
    for shown in (group.desired, 4):
        again = decision((after, msgspec.structs.replace(group, desired=shown)), [ask])
        assert (again.target, again.carried_out) == (None, ())


def test_a_command_that_was_carried_out_before_adds_nothing_though_the_group_has_shrunk_since() -> None:
    known = cluster({A: live(30)}, commands={"c1": ago(60)})
    assert not decision(known, [SetFloor("c1", "ann", NOW, 4)]).acts
    assert decision(known, [SetFloor("c2", "ann", NOW, 4)]).target == 4
