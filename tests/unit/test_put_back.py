"""What is put back is not forgotten before it is there, and a floor of somebody else is not lowered by it."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.core.alerts.failed_raises import after_failed_raise
from chalicelib.core.capacity.undone import answered
from chalicelib.core.commands.floors import OTHERS
from chalicelib.core.decide import Decided, decide
from chalicelib.core.facts.ledger import Asked, Floor, Ledger
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.situation import Situation
from tests.unit.builders import (
    DEFAULTS,
    NOW,
    A,
    B,
    C,
    ago,
    cluster,
    decision,
    drained,
    due,
    launching,
    live,
    planned,
)

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
UNDONE = Asked(2, ago(1), version=3, looked=True, undid=6, seen_as=1)
LEDGER, GROUP = cluster({A: live(30), B: live(1)}, asked=UNDONE)
OWED = msgspec.structs.replace(LEDGER, desired=2)


def decided(
    ledger: Ledger, seconds: float, desired: int = 2, settings: ClusterSettings = DEFAULTS
) -> Decided:
    group = msgspec.structs.replace(GROUP, desired=desired)
    return decide(Situation(ledger, group, settings, NOW + seconds * SECOND))


def committed(found: Decided) -> Ledger:
    return msgspec.structs.replace(found.ledger, version=found.ledger.version + 1)


@pytest.mark.parametrize("retiring", [False, True])
def test_it_is_put_back_again_if_the_function_dies_before_the_write(retiring: bool) -> None:
    settings = msgspec.structs.replace(DEFAULTS, retiring=retiring)
    found = decided(OWED, 0, settings=settings)
    assert (found.decision.target, found.ledger.desired) == (6, 2)
    for seconds in (60, 119):
        found = decided(committed(found), seconds, settings=settings)
        assert found.decision.target is None
    again = decided(committed(found), 120, settings=settings)
    assert again.decision.target == 6
    (told,) = [alert for alert in again.decision.alerts if alert.is_of("undone")]
    assert told.text == (
        "desired 6, which was put back for somebody else at 2026-11-23T12:00:00Z, does not show, and is put "
        "back again to 6"
    )
    if not retiring:
        assert again.ledger.floor
        assert again.ledger.floor.hosts == 6


def test_it_is_wanted_while_aws_refuses_it_for_half_an_hour() -> None:
    ledger = OWED
    for minute in range(30):
        found = decided(ledger, 60 * minute)
        _, refused = after_failed_raise(found.decision, found.ledger, ledger, "no", refused=True)
        ledger = msgspec.structs.replace(refused, version=refused.version + 1)
        assert (ledger.floor and ledger.floor.hosts, ledger.desired) == (6, 2)


def test_a_function_whose_clock_is_ahead_and_looks_before_the_write_lowers_no_floor() -> None:
    theirs = Floor(4, OTHERS, NOW + 5 * HOUR)
    ledger = msgspec.structs.replace(OWED, floor=theirs, asked=None)
    found = decided(ledger, 0)
    assert found.decision.target == 4
    ahead = decided(committed(found), 122)
    assert (ahead.ledger.floor, ahead.ledger.desired) == (theirs, 2)
    shown = decided(committed(ahead), 5, desired=4)
    assert (shown.ledger.floor, shown.ledger.desired) == (theirs, 4)
    lowered = decided(committed(shown), 300, desired=3)
    assert lowered.ledger.floor == msgspec.structs.replace(theirs, hosts=3)


def test_once_it_was_answered_whoever_lowers_it_meant_to() -> None:
    found = decided(OWED, 0)
    ledger = answered(committed(found))
    assert ledger.asked
    assert ledger.asked.undid == 0
    assert answered(OWED) == OWED
    shown = decided(ledger, 30, desired=6)
    lowered = decided(committed(shown), 130, desired=3)
    assert lowered.decision.target is None
    assert lowered.ledger.floor
    assert lowered.ledger.floor.hosts == 3


def test_our_own_release_lowers_no_floor_of_somebody_else() -> None:
    theirs = Floor(3, OTHERS, NOW + 5 * HOUR)
    leaving = msgspec.structs.replace(drained(), released_at=NOW)
    ledger, group = cluster({A: live(30), B: launching(), C: leaving}, desired=2)
    ledger = msgspec.structs.replace(ledger, floor=theirs, desired=3)
    found = decide(Situation(ledger, group, DEFAULTS, NOW))
    assert (found.ledger.floor, found.ledger.desired) == (theirs, 2)


def test_what_was_released_since_is_not_put_back() -> None:
    undid = Asked(2, ago(3), version=3, looked=True, undid=6)
    ledger, group = cluster({A: live(), B: launching(), C: live()}, desired=2, asked=undid)
    left = ledger.with_rdb(C, released_at=ago(2), released_in=4, member=None)
    members = {i: member for i, member in group.members.items() if i != C}
    assert due((left, msgspec.structs.replace(group, members=members))).target == 5


def test_a_release_that_came_to_nothing_gave_up_no_place() -> None:
    undid = Asked(2, ago(3), version=3, looked=True, undid=3)
    rdbs = {A: live(), B: drained(1, 20)}
    ledger, group = cluster(rdbs, desired=2, asked=undid)
    void = ledger.with_rdb(B, released_at=ago(3), released_in=3)
    again, made = planned((void, group))
    assert ([release.instance_id for release in made.release], made.target) == ([B], 3)
    shown = {A: live()}
    # What was put back is a floor too, which would have it launched again.
    left = msgspec.structs.replace(again.with_rdb(B, member=None), floor=None)
    assert due((left, cluster(shown, desired=2)[1])).target is None


def test_what_somebody_raised_again_is_not_counted_again_after_a_release() -> None:
    undid = Asked(2, ago(30), version=3, looked=True, undid=3)
    ledger, made = planned(cluster({A: live(), B: drained(1, 20), C: live()}, asked=undid))
    assert ([release.instance_id for release in made.release], made.target) == ([B], None)
    shown = cluster({A: live(), C: live()}, asked=ledger.asked)
    assert decision(shown).target is None
