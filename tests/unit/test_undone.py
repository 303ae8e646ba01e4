"""A raise of somebody else that our write undid is found in the activities, and put back once (rule 2)."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.capacity.counted import capacity_of
from chalicelib.core.capacity.undone import answered, asked_after, look_due, with_causes
from chalicelib.core.facts.ledger import Asked, KnownGroup, Ledger
from chalicelib.core.looks import looks_of
from tests.unit.builders import (
    NOW,
    A,
    B,
    ago,
    cluster,
    decision,
    due,
    launching,
    live,
    planned,
    situation,
)

OURS = Asked(2, ago(1), version=3)
STARTED = (
    "At 2026-11-23T11:59:10Z an instance was started in response to a difference between desired and actual "
    "capacity."
)


def change(low: int, high: int, seconds: float = 0, by: str = "explicitly set group desired capacity") -> str:
    at = OURS.at + timedelta(seconds=seconds)
    return f"At {at:%FT%TZ} a user request {by} changing the desired capacity from {low} to {high}.  "


def after(*causes: str, asked: Asked = OURS) -> Asked:
    ledger = with_causes(Ledger("trades", asked=asked), causes, NOW)
    assert ledger.asked is not None
    return ledger.asked


def test_the_number_that_our_write_replaced_is_read_from_the_cause_of_the_activity() -> None:
    found = after(change(1, 6, -2) + change(6, 2, 1) + STARTED)
    assert (found.looked, found.undid) == (True, 6)


def test_a_container_whose_clock_is_ahead_finds_its_own_write() -> None:
    assert after(change(1, 6, -41) + change(6, 2, -40) + STARTED).undid == 6


def asked_next(asked: Asked, target: int, at: datetime) -> Asked:
    known = situation(cluster({A: live()}, asked=asked))
    known = msgspec.structs.replace(known, now=at)
    found = asked_after(
        known, capacity_of(known), target, msgspec.structs.replace(known.ledger, version=asked.version)
    )
    assert found is not None
    return found


def test_a_write_that_another_of_ours_followed_at_once_is_looked_for_with_it() -> None:
    first = Asked(2, ago(1), version=3)
    second = asked_next(first, 3, ago(0.5))
    assert second == Asked(3, ago(0.5), version=4, before=first, seen_as=2)
    causes = change(6, 2) + change(2, 3, 30) + STARTED
    found = after(causes, asked=second)
    assert (found.looked, found.undid) == (True, 6)
    gone = cluster({A: live()})[0].with_rdb(A, released_at=ago(0.7), released_in=3)
    fewer = with_causes(msgspec.structs.replace(gone, asked=second), [causes], NOW).asked
    assert fewer
    assert (fewer.looked, fewer.undid) == (True, 5)
    third = asked_next(second, 4, NOW)
    assert third.before == msgspec.structs.replace(second, before=None)
    assert asked_next(msgspec.structs.replace(found, undid=0), 4, NOW).before is None


@pytest.mark.parametrize(
    ("causes", "released", "looked", "undid"),
    [
        (change(6, 2, 1) + change(1, 2, 3), True, True, 5),
        (change(6, 2, 1) + change(2, 2, 3), False, True, 6),
        (change(3, 2, 1) + change(1, 2, 3), True, True, 0),
        (change(1, 2, 1) + change(2, 6, 2) + change(6, 2, 3), False, True, 6),
        (change(1, 6, 1) + change(6, 2, 2), True, True, 6),
        (change(6, 2, 1), True, False, 0),
    ],
)
def test_of_two_writes_of_one_number_each_change_is_that_of_one(
    causes: str, released: bool, looked: bool, undid: int
) -> None:
    second = asked_next(OURS, OURS.target, OURS.at + timedelta(seconds=3))
    known = cluster({A: live(), B: live()}, asked=second)[0]
    if released:
        known = known.with_rdb(B, released_at=OURS.at, released_in=OURS.version, member=None)
    found = with_causes(known, [causes + STARTED], NOW).asked
    assert found
    assert (found.looked, found.undid) == (looked, undid)


def test_who_wrote_our_number_before_our_earlier_write_is_another() -> None:
    first = Asked(5, ago(2), version=3, seen_as=4)
    second = Asked(6, ago(1), version=4, before=first, seen_as=4)
    causes = change(4, 6, -20) + change(6, 5, -20) + change(4, 8, 40) + change(8, 6, 40) + STARTED
    assert after(causes, asked=second).undid == 8


def test_who_writes_the_number_after_our_write_means_it() -> None:
    assert after(change(6, 2) + change(2, 6, 30) + STARTED).undid == 0
    assert after(change(6, 2) + STARTED, change(2, 3, 30) + STARTED).undid == 0


def test_places_that_were_given_up_before_a_later_write_are_not_put_back() -> None:
    second = asked_next(OURS, 4, OURS.at + timedelta(seconds=20))
    causes = (change(1, 4, 20) + STARTED, change(6, 2) + STARTED)
    assert after(*causes, asked=second).undid == 5


def test_what_is_put_back_is_not_put_back_again() -> None:
    found = msgspec.structs.replace(after(change(6, 2) + STARTED), undid=0)
    again = asked_next(found, OURS.target, OURS.at + timedelta(seconds=30))
    assert not after(change(6, 2) + STARTED, asked=again).looked
    both = after(change(6, 2) + STARTED, change(1, 2, 31) + STARTED, asked=again)
    assert (both.looked, both.undid) == (True, 0)


def test_it_is_not_put_back_long_after() -> None:
    undone = (Asked(2, ago(minutes), looked=True, undid=6) for minutes in (9, 10))
    early, late = (due(cluster({A: live(), B: live()}, asked=asked)) for asked in undone)
    assert (early.target, late.target) == (6, None)


def test_an_update_of_the_group_is_told_in_other_words() -> None:
    by = "update of AutoScalingGroup constraints to min: 0, max: 9, desired: 2"
    assert after(change(6, 2, 1, by) + STARTED).undid == 6


@pytest.mark.parametrize(
    ("causes", "looked"),
    [
        ((), False),
        ((STARTED,), False),
        ((change(1, 2) + STARTED,), True),
        ((change(6, 3) + STARTED,), False),
        ((change(6, 2, -61) + STARTED,), False),
        ((change(6, 2, 121) + STARTED,), False),
    ],
)
def test_what_is_not_our_write_undid_nothing(causes: tuple[str, ...], looked: bool) -> None:
    assert (after(*causes).looked, after(*causes).undid) == (looked, 0)


def test_who_lowered_to_our_number_before_our_look_meant_to() -> None:
    asked = asked_next(Asked(1, ago(9), looked=True), 2, OURS.at)
    lowered, ours = change(3, 2, -58), change(2, 1, -5) + change(1, 2, 1)
    assert not after(lowered + STARTED, asked=asked).looked
    assert not after(change(1, 3, -239) + lowered + STARTED, asked=asked).looked
    assert (after(lowered + ours, asked=asked).looked, after(lowered + ours, asked=asked).undid) == (True, 0)


@pytest.mark.parametrize("by", ["a user request", "a scheduled action", "a monitor alarm"])
def test_whatever_raised_after_our_look_is_undone_by_our_write(by: str) -> None:
    asked = asked_next(Asked(1, ago(9), looked=True), 2, OURS.at)
    raised = change(1, 3, -178).replace("a user request", by)
    assert after(raised + change(3, 2, 1) + STARTED, asked=asked).undid == 3


def test_what_no_call_wrote_is_not_our_write() -> None:
    lowered = change(6, 2, 1).replace("a user request", "a scheduled action")
    assert not after(lowered + STARTED).looked


def test_who_lowers_to_our_number_later_meant_to_and_a_call_sent_twice_did_not() -> None:
    ours, raised = change(1, 2, 1), change(2, 6, 4)
    assert after(ours + raised + change(6, 2, 12) + STARTED).undid == 0
    assert after(ours + raised + change(6, 2, 11) + STARTED).undid == 6


def test_what_was_looked_at_is_not_looked_at_again() -> None:
    seen = after(change(1, 2) + STARTED)
    assert after(change(6, 2) + STARTED, asked=seen) == seen


@pytest.mark.parametrize(
    ("seconds", "along", "swept"),
    [(44, False, False), (45, True, False), (179, True, False), (180, True, True), (600, False, False)],
)
def test_the_look_is_taken_along_soon_and_by_itself_later(seconds: int, along: bool, swept: bool) -> None:
    known = cluster({A: live()}, asked=Asked(1, ago(seconds=seconds)))
    looks = looks_of(situation(known))
    assert (looks.raised, looks.activities, looks.due) == (along, swept, swept)
    done = cluster({A: live()}, asked=Asked(1, ago(seconds=seconds), looked=True))
    assert not look_due(situation(done), swept=False)


def test_it_is_put_back_and_told() -> None:
    undid = Asked(2, ago(1), version=3, looked=True, undid=6)
    ledger, made = planned(cluster({A: live(), B: launching()}, asked=undid))
    assert (made.code, made.target) == ("raise", 6)
    (alert,) = [alert for alert in made.alerts if alert.is_of("undone")]
    assert alert.text.startswith(
        "somebody else's desired 6 was undone by our write, the last of 2 at 2026-11-23T11:59:00Z"
    )
    assert ledger.asked == Asked(6, NOW, version=ledger.version + 1, undid=6, seen_as=2)
    shown = cluster({A: live(), B: launching()}, desired=6, asked=ledger.asked)
    assert (decision(shown).target, [a for a in decision(shown).alerts if a.is_of("undone")]) == (None, [])


def test_what_was_written_to_the_group_before_this_one_is_not_put_back() -> None:
    undid = Asked(2, ago(3), version=3, looked=True, undid=6)
    ledger, group = cluster({A: live(), B: launching()}, asked=undid)
    for since, target in ((4, 6), (2, None)):
        left = msgspec.structs.replace(ledger, group=KnownGroup("trades-rdb", ago(since), "trades-copy"))
        assert due((left, group)).target == target


def test_it_is_not_put_back_above_max_size_or_above_what_is_there_already() -> None:
    undid = Asked(2, ago(3), version=3, looked=True, undid=6)
    assert due(cluster({A: live(), B: launching()}, asked=undid, max_size=4)).target == 4
    assert due(cluster({A: live(), B: launching()}, desired=7, asked=undid)).target is None


def test_who_lowers_what_we_wrote_last_meant_to() -> None:
    rdbs = {A: live(), B: live()}
    for minutes, desired, target in ((3, 2, None), (3, 3, 6), (1.9, 2, 6)):
        undid = Asked(3, ago(minutes), version=3, looked=True, undid=6)
        assert due(cluster(rdbs, desired=desired, asked=undid)).target == target
    unseen = Asked(3, ago(3), version=3, undid=6)
    assert due(cluster(rdbs, desired=2, asked=unseen)).target == 6


def test_who_lowers_what_was_there_while_a_put_back_is_refused_meant_to() -> None:
    refused = Asked(6, ago(3), version=3, undid=6, seen_as=3)
    for desired, target in ((2, None), (3, 6)):
        assert due(cluster({A: live(), B: live()}, desired=desired, asked=refused)).target == target


def test_what_is_there_again_is_owed_no_more() -> None:
    undid = Asked(2, ago(3), version=3, looked=True, undid=6)
    ledger, _ = planned(cluster({A: live(), B: launching()}, desired=6, asked=undid))
    assert ledger.asked == msgspec.structs.replace(undid, undid=0)
    assert due(cluster({A: live(), B: live()}, desired=2, asked=ledger.asked)).target is None


def test_without_its_ledger_it_is_put_back_one_host_at_a_time_and_the_rest_stays_owed() -> None:
    asked, desired, written = Asked(2, ago(3), version=3, looked=True, undid=5), 2, []
    for _ in range(4):
        ledger, group = cluster({A: live(), B: launching()}, desired=desired, asked=asked)
        ledger, made = planned((msgspec.structs.replace(ledger, stands_in="it is broken"), group))
        written.append(made.target)
        assert ledger.asked is not None
        asked, desired = answered(ledger).asked or asked, made.target or desired
    assert written == [3, 4, 5, None]
    assert asked.undid == 0


causes = st.lists(
    st.builds(change, st.integers(0, 9), st.integers(0, 9), st.integers(-60, 50)) | st.just(STARTED)
)


@given(causes, st.integers(2, 9))
def test_whatever_the_activities_say_nothing_lower_is_written_and_nothing_twice(
    shown: list[str], max_size: int
) -> None:
    ledger, group = cluster({A: live(), B: live()}, asked=OURS, max_size=max_size)
    ledger = with_causes(ledger, shown, NOW)
    assert with_causes(ledger, shown, NOW) == ledger
    found = due((ledger, group))
    if found.target is not None:
        assert group.desired < found.target <= max_size
    known, made = planned((ledger, group))
    if made.target is not None:
        again = with_causes(msgspec.structs.replace(known), shown, NOW)
        assert planned((again, msgspec.structs.replace(group, desired=made.target)))[1].target is None
