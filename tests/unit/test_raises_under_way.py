"""A raise that the group does not show may still be under way: nobody writes over it (rule 2)."""

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from chalicelib.core.capacity.raises import UNDER_WAY
from chalicelib.core.decide import Decided, decide
from chalicelib.core.facts.ledger import Asked, Gone
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.wake_ups import SetFloor
from chalicelib.core.results import results_of
from tests.unit.builders import (
    NOW,
    RETAINED,
    TERMINATING,
    A,
    B,
    C,
    Facts,
    ago,
    cluster,
    due,
    gone,
    live,
    rdb,
    report,
    rolled,
    situation,
)

# Another function has it in the ledger that it raises to 2, and the group shows 1.
OTHERS = Asked(2, ago(seconds=5), version=3)
ANN = SetFloor("c1", "ann", NOW, 4)


def under_way(desired: int = 1, asked: Asked = OTHERS) -> Facts:
    return cluster({A: live(70)}, desired=desired, asked=asked)


def is_put_off(decided: Decided) -> bool:
    assert decided.ledger.floor
    return decided.ledger.floor.put_off


def later(decided: Decided, desired: int, seconds: float) -> Decided:
    """The next look, by which the group shows this."""
    group = msgspec.structs.replace(decided.facts.group, desired=desired)
    facts = msgspec.structs.replace(situation((decided.ledger, group)), now=NOW + timedelta(seconds=seconds))
    return decide(facts)


def test_nothing_is_written_over_a_raise_that_may_be_under_way() -> None:
    found = due(under_way(), [ANN])
    assert (found.target, found.code) == (None, "waiting")
    assert found.reason == "ann asked for 4, but a raise to 2 is under way and not yet visible in the group"


def test_once_the_group_shows_it_the_next_one_is_written() -> None:
    assert due(under_way(desired=2), [ANN]).target == 4


@pytest.mark.parametrize(
    ("seconds", "target"), [(-40, None), (0, None), (29.9, None), (30, 4), (119, 4), (150, 4)]
)
def test_a_function_that_ended_before_it_wrote_holds_nobody_up_for_longer(
    seconds: float, target: int | None
) -> None:
    asked = Asked(2, ago(seconds=seconds), version=3)
    assert due(under_way(asked=asked), [ANN]).target == target


def test_it_is_waited_for_longer_than_a_function_lives() -> None:
    stages = json.loads(Path(".chalice/config.json").read_text())["stages"]
    lives = [stage["lambda_functions"]["reconcile"]["lambda_timeout"] for stage in stages.values()]
    assert lives
    assert 2 * timedelta(seconds=max(lives)) <= UNDER_WAY


@pytest.mark.parametrize(
    ("leaver", "desired", "target"),
    [
        pytest.param(gone(0), 3, None, id="neither shows"),
        pytest.param(gone(0), 4, 5, id="the raise shows alone"),
        pytest.param(rdb(report(), TERMINATING, released=0), 2, None, id="the release shows alone"),
        pytest.param(rdb(report(), TERMINATING, released=0), 3, 5, id="both show"),
        pytest.param(rdb(report(), RETAINED, released=0), 3, 5, id="both show, and it was retained"),
        pytest.param(rdb(report(), None, released=0), 3, 5, id="both show, and it has left"),
    ],
)
def test_a_release_since_then_is_told_from_a_raise_that_does_not_show(
    leaver: Rdb, desired: int, target: int | None
) -> None:
    leaver = msgspec.structs.replace(leaver, released_in=4)
    known = cluster({A: live(70), B: live(30), C: leaver}, desired=desired, asked=Asked(4, NOW, 3))
    assert due(known, [SetFloor("c1", "ann", NOW, 5)]).target == target


def test_a_release_from_before_it_makes_no_raise_seem_to_show() -> None:
    leaver = msgspec.structs.replace(rdb(report(), TERMINATING, released=0), released_in=2)
    known = cluster({A: live(70), B: live(30), C: leaver}, desired=2, asked=Asked(3, NOW, 3))
    assert due(known, [SetFloor("c1", "ann", NOW, 5)]).target is None


@pytest.mark.parametrize(("seconds", "target"), [(29.9, None), (30, 4)])
def test_one_that_raises_back_is_waited_for_though_an_old_look_shows_its_number(
    seconds: float, target: int | None
) -> None:
    ledger, group = cluster({A: live(70), B: rolled(), C: rolled()}, desired=2)
    back = decide(situation((msgspec.structs.replace(ledger, desired=3), group)))
    (ledger, asked), old = (back.ledger, back.ledger.asked), msgspec.structs.replace(group, desired=3)
    assert asked
    assert (asked.target, asked.again) == (4, False)
    ledger = msgspec.structs.replace(ledger, asked=Asked(3, ago(seconds=seconds), 3, again=True))
    assert due((ledger, old)).target == target


@pytest.mark.parametrize(("known", "again"), [(None, False), (1, False), (2, True), (3, True)])
def test_what_the_ledger_knows_to_have_been_lowered_is_told_with_the_raise(
    known: int | None, again: bool
) -> None:
    ledger, group = cluster({A: live(30), B: rolled()}, desired=1)
    found = decide(situation((msgspec.structs.replace(ledger, desired=known), group))).ledger.asked
    assert found == Asked(2, NOW, 1, seen_as=1, again=again)


# What an operator asked for meanwhile.


@pytest.mark.parametrize(("desired", "seconds"), [(2, 1), (1, 40)])
def test_a_floor_that_meets_it_is_taken_and_raised_for_at_the_next_look(desired: int, seconds: float) -> None:
    first = decide(situation(under_way()), [ANN])
    (result,) = results_of(first.decision, [ANN])
    assert (first.decision.target, first.decision.refused, result.state) == (None, (), "carried-out")
    assert result.reasons == (first.decision.reason,)
    second = later(first, desired, seconds)
    assert (second.decision.target, second.decision.at_once) == (4, True)
    assert is_put_off(first) is True
    assert is_put_off(second) is False


def waiting() -> Facts:
    """A cluster in which a raise is under way, and others wait for hosts that were of no use."""
    ledger, group = under_way()
    return msgspec.structs.replace(ledger, gone={B: Gone(ago(25), "died"), C: Gone(ago(18), "died")}), group


def test_a_floor_that_was_put_off_waits_for_no_pause_either() -> None:
    first = decide(situation(waiting()), [ANN])
    assert first.decision.target is None
    second = later(first, 2, 1)
    assert second.decision.target == 4


def test_a_floor_that_was_put_off_is_raised_in_a_cluster_that_retires() -> None:
    facts = situation(under_way())
    retiring = msgspec.structs.replace(facts, settings=msgspec.structs.replace(facts.settings, retiring=True))
    first = decide(retiring, [ANN])
    group = msgspec.structs.replace(facts.group, desired=2)
    assert first.decision.target is None
    again = decide(msgspec.structs.replace(retiring, ledger=first.ledger, group=group))
    assert again.decision.target == 4


def test_a_floor_that_the_raise_under_way_meets_is_not_put_off() -> None:
    found = decide(situation(under_way()), [SetFloor("c1", "ann", NOW, 2)])
    assert (found.decision.code, is_put_off(found)) == ("room", False)


def test_a_floor_does_not_wait_where_more_than_it_is_wanted_and_that_waits() -> None:
    known, group = cluster({A: live(70)})
    learned = msgspec.structs.replace(known.learned, host_bytes=1e11, day="2026-11-22", before=2e15)
    died = {B: Gone(ago(25), "died"), C: Gone(ago(18), "died")}
    known = msgspec.structs.replace(known, gone=died, learned=learned)
    assert due((known, group)).code == "waiting"
    found = decide(situation((known, group)), [SetFloor("c1", "ann", NOW, 2)]).decision
    assert (found.target, found.at_once, found.refused) == (2, True, ())
    assert found.reason == "ann asked for 2: desired 1 to 2"
