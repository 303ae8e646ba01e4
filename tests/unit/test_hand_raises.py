"""DesiredCapacity that somebody raises past Highwater is a floor, and takes an operator's from nobody."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.capacity.undone import with_causes
from chalicelib.core.commands.floors import OTHERS
from chalicelib.core.decide import Decided, decide
from chalicelib.core.facts.choice import Choice
from chalicelib.core.facts.ledger import Asked, Floor, Ledger
from chalicelib.core.facts.situation import situation_of
from chalicelib.core.facts.wake_ups import DrainRdbs, SetFloor
from tests.unit.builders import NOW, A, B, C, ago, cluster, live, rdb, report, situation

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
FRIDAY = MIDNIGHT + timedelta(days=3)
ANN = Floor(3, "ann", FRIDAY)
STANDBY = rdb(report(State.STANDBY, 4))


def shown(desired: int, known: Ledger, *commands: SetFloor | DrainRdbs) -> Decided:
    """The decision on a group that shows this DesiredCapacity."""
    ledger, group = cluster({A: live(30)}, desired=desired)
    return decide(situation((msgspec.structs.replace(known, rdbs=ledger.rdbs), group)), commands)


def seen(desired: int, floor: Floor | None = None, asked: Asked | None = None) -> Ledger:
    ledger = cluster({A: live(30)})[0]
    return msgspec.structs.replace(ledger, desired=desired, floor=floor, asked=asked)


def test_a_raise_by_hand_stands_above_an_operators_longer_floor() -> None:
    found = shown(5, seen(3, ANN))
    assert found.ledger.floor == Floor(5, OTHERS, MIDNIGHT, over=ANN)
    assert found.decision.reason.startswith("somebody else, not through Highwater, asked for 5")


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (MIDNIGHT - timedelta(seconds=1), Floor(5, OTHERS, MIDNIGHT, over=ANN)),
        (MIDNIGHT, ANN),
        (FRIDAY, None),
    ],
)
def test_the_longer_floor_stands_again_once_the_raise_is_over(now: datetime, left: Floor | None) -> None:
    ledger = shown(5, seen(3, ANN)).ledger
    assert situation_of(ledger, Choice(cluster({A: live(30)})[1]), now).ledger.floor == left


def test_who_raises_by_hand_again_keeps_the_operators_floor_too() -> None:
    again = shown(6, shown(5, seen(3, ANN)).ledger)
    assert again.ledger.floor == Floor(6, OTHERS, MIDNIGHT, over=ANN)


@pytest.mark.parametrize(("desired", "left"), [(4, Floor(4, OTHERS, MIDNIGHT, over=ANN)), (3, ANN), (1, ANN)])
def test_who_lowers_by_hand_takes_back_their_own_raise_alone(desired: int, left: Floor) -> None:
    assert shown(desired, shown(5, seen(3, ANN)).ledger).ledger.floor == left


def test_an_operators_floor_that_is_over_does_not_come_back() -> None:
    short = Floor(3, "ann", ago(-1))
    ledger = shown(5, seen(3, short)).ledger
    later = msgspec.structs.replace(situation(cluster({A: live(30)}, desired=2)), now=ago(-2))
    assert decide(later.on(ledger)).ledger.floor == Floor(2, OTHERS, MIDNIGHT, over=short)


def test_the_newest_word_of_an_operator_counts_for_both() -> None:
    ledger, theirs = shown(5, seen(3, ANN)).ledger, Floor(3, OTHERS, MIDNIGHT, over=ANN)
    asked = SetFloor("c1", "bob", NOW, 2, FRIDAY)
    assert shown(5, ledger, asked).ledger.floor == Floor(2, "bob", FRIDAY)
    known, group = cluster({A: live(30), B: STANDBY, C: STANDBY})
    known = msgspec.structs.replace(known, desired=3, floor=theirs)
    fewer = decide(situation((known, group)), [DrainRdbs("c1", "bob", NOW, (C,), 2)])
    two = msgspec.structs.replace(ANN, hosts=2)
    assert fewer.ledger.floor == Floor(2, OTHERS, MIDNIGHT, over=two)


@pytest.mark.parametrize(
    ("minutes", "looked", "theirs"),
    [(1.9, True, False), (2, True, True), (9, False, False), (10, False, True)],
    ids=["it may show late", "ours has arrived", "ours may yet arrive", "given up"],
)
def test_a_raise_by_hand_up_to_ours_is_theirs_once_ours_was_seen_to_arrive(
    minutes: float, looked: bool, theirs: bool
) -> None:
    ours = Asked(3, ago(minutes), looked=looked, seen_as=2)
    assert shown(3, seen(2, asked=ours)).ledger.floor == (Floor(3, OTHERS, MIDNIGHT) if theirs else None)


def test_what_an_activity_shows_was_there_though_no_look_saw_it() -> None:
    cause = (
        f"At {ago(3):%FT%TZ} a user request update of AutoScalingGroup constraints to min: 0, max: 10, "
        "desired: 3 changing the desired capacity from 1 to 3."
    )
    known = with_causes(seen(1, asked=Asked(3, ago(3), seen_as=1)), [cause], NOW)
    assert (known.asked and known.asked.looked, known.desired) == (True, 3)
    assert shown(3, known).ledger.floor is None
    first = msgspec.structs.replace(known, desired=None, asked=Asked(3, ago(3), seen_as=1))
    assert with_causes(first, [cause], NOW).desired is None


def test_a_place_that_we_gave_up_since_is_not_counted_as_shown() -> None:
    cause = f"At {ago(4):%FT%TZ} a user request changing the desired capacity from 1 to 3."
    ledger = seen(2, asked=Asked(3, ago(4), version=2, seen_as=1))
    leaving = rdb(report(State.DRAINED, 5), member=None, released=3)
    left = msgspec.structs.replace(leaving, released_in=3)
    known = with_causes(msgspec.structs.replace(ledger, rdbs={**ledger.rdbs, B: left}), [cause], NOW)
    assert (known.asked and known.asked.looked, known.desired) == (True, 2)
