"""An operator's floor stands until its time, the end of the session or the day, or until it is lowered."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.commands.floors import OTHERS, end_of
from chalicelib.core.decide import Decided, decide
from chalicelib.core.facts.calendar import Calendar, KeptCalendar, Session
from chalicelib.core.facts.choice import Choice
from chalicelib.core.facts.ledger import Asked, Floor
from chalicelib.core.facts.rdb import DrainAsked
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.situation import Situation, situation_of
from chalicelib.core.facts.wake_ups import Asking, Command, DrainRdbs, SetFloor
from chalicelib.core.requests import CapacityWish, capacity_command, release_command
from tests.unit.builders import (
    NOW,
    A,
    B,
    C,
    Facts,
    cluster,
    drained,
    live,
    planned,
    rdb,
    report,
    rolled,
    situation,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ONE = cluster({A: live(30)})
ANN = Floor(3, "ann", NOW + HOUR)


def standing(known: Facts, *commands: Command, floor: Floor = ANN) -> Decided:
    ledger, group = known
    return decide(situation((msgspec.structs.replace(ledger, floor=floor), group)), commands)


def evening(known: Facts, floor: Floor | None = None) -> Situation:
    """The situation three hours after a session, with another one to come."""
    sessions = [Session(NOW - 9 * HOUR, NOW - 3 * HOUR), Session(NOW + 14 * HOUR, NOW + 20 * HOUR)]
    ledger, group = known
    judged = situation((msgspec.structs.replace(ledger, floor=floor), group))
    return msgspec.structs.replace(judged, kept=KeptCalendar(Calendar.of(sessions)))


def test_a_floor_is_kept_in_the_ledger_until_its_time() -> None:
    ledger, found = planned(ONE, [SetFloor("c1", "ann", NOW, 3, NOW + HOUR)])
    assert (ledger.floor, found.target) == (ANN, 3)


def test_a_host_of_it_that_is_gone_is_launched_again() -> None:
    found = standing(cluster({A: live(30), B: rolled()})).decision
    assert found.target == 3
    assert found.reason.startswith("ann asked for 3 until 2026-11-23T13:00:00Z")


def test_it_waits_as_others_do_after_its_first_decision() -> None:
    assert not standing(ONE).decision.at_once
    assert planned(ONE, [SetFloor("c1", "ann", NOW, 3)])[1].at_once


def test_it_is_over_at_its_time() -> None:
    ledger, group = ONE
    over = msgspec.structs.replace(ledger, floor=Floor(3, "ann", NOW))
    found = situation_of(over, Choice(group), NOW)
    assert found.ledger.floor is None
    assert situation_of(over, Choice(group), NOW - HOUR).ledger.floor is not None


def test_without_a_time_it_stands_until_midnight_in_utc_or_until_the_close() -> None:
    ledger, _ = planned(ONE, [SetFloor("c1", "ann", NOW, 3)])
    assert ledger.floor == Floor(3, "ann", datetime(2026, 11, 24, tzinfo=UTC))
    close = NOW + 4 * HOUR
    kept = KeptCalendar(Calendar.of([Session(NOW - HOUR, close), Session(close + HOUR, close + 2 * HOUR)]))
    judged = msgspec.structs.replace(situation(ONE), kept=kept)
    assert decide(judged, [SetFloor("c1", "ann", NOW, 3)]).ledger.floor == Floor(3, "ann", close)


@pytest.mark.parametrize(("seconds", "days"), [(3600, 1), (3599, 2), (2, 2)])
def test_a_default_end_that_is_less_than_an_hour_off_is_skipped(seconds: int, days: int) -> None:
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    late = msgspec.structs.replace(situation(ONE), now=midnight - timedelta(seconds=seconds))
    assert end_of(late) == datetime(2026, 11, 23 + days, tzinfo=UTC)
    sessions = [Session(NOW - HOUR, midnight), Session(midnight + HOUR, midnight + 8 * HOUR)]
    traded = msgspec.structs.replace(late, kept=KeptCalendar(Calendar.of(sessions)))
    assert end_of(traded) == (midnight if days == 1 else midnight + 8 * HOUR)


@pytest.mark.parametrize(("opens", "ends"), [(11, 17), (13, 12)])
def test_who_asks_some_hours_before_an_open_means_that_session(opens: int, ends: int) -> None:
    kept = KeptCalendar(Calendar.of([Session(NOW + opens * HOUR, NOW + (opens + 6) * HOUR)]))
    judged = msgspec.structs.replace(situation(ONE), kept=kept)
    asked = capacity_command(decide(judged), CapacityWish(desired=2), Asking("c1", "ann", NOW))
    assert asked == SetFloor("c1", "ann", NOW, 2, NOW + ends * HOUR)
    assert decide(judged, [SetFloor("c1", "ann", NOW, 2)]).ledger.floor == Floor(2, "ann", NOW + ends * HOUR)


def test_what_was_asked_for_until_a_time_that_is_over_is_refused() -> None:
    over = SetFloor("c1", "ann", NOW - 2 * MINUTE, 3, NOW)
    ledger, found = planned(ONE, [over])
    assert (ledger.floor, found.target) == (None, None)
    assert found.refused == (
        Refusal("capacity", ("asked for until 2026-11-23T12:00:00Z, which is over",), "c1"),
    )


@pytest.mark.parametrize("hosts", [2, 5])
def test_what_is_asked_later_counts_though_it_is_lower(hosts: int) -> None:
    found = standing(cluster({A: live(30)}), SetFloor("c1", "bob", NOW, hosts, NOW + HOUR))
    assert found.ledger.floor == Floor(hosts, "bob", NOW + HOUR)


def test_of_two_in_one_decision_the_higher_one_stands() -> None:
    asks = [SetFloor("c1", "ann", NOW, 4, NOW + HOUR), SetFloor("c2", "bob", NOW, 3)]
    assert planned(ONE, asks)[0].floor == Floor(4, "ann", NOW + HOUR)


def test_no_standby_of_it_drains_until_it_is_lowered() -> None:
    standby = rdb(report(State.STANDBY, 5))
    three = cluster({A: live(30), B: standby, C: standby})
    refused = standing(three, DrainRdbs("c1", "bob", NOW, (C,))).decision
    assert refused.tag == ()
    assert "ann asked for 3" in refused.refused[0].reasons[0]
    lowered = standing(three, DrainRdbs("c1", "bob", NOW, (C,), floor=2))
    assert lowered.decision.tag == (C,)
    assert lowered.ledger.floor == Floor(2, "ann", NOW + HOUR)


def test_a_wish_for_fewer_hosts_lowers_it() -> None:
    standby = rdb(report(State.STANDBY, 5))
    known = standing(cluster({A: live(30), B: standby, C: standby}))
    wish = CapacityWish(desired=2)
    assert capacity_command(known, wish, Asking("c1", "ann", NOW)) == DrainRdbs("c1", "ann", NOW, (B,), 2)


def test_a_wish_may_say_until_when() -> None:
    wish = CapacityWish(desired=2, until=NOW + HOUR)
    asked = capacity_command(standing(ONE), wish, Asking("c1", "ann", NOW))
    assert asked == SetFloor("c1", "ann", NOW, 2, NOW + HOUR)


def test_it_asks_for_no_more_than_max_size_while_what_has_drained_is_still_there() -> None:
    gone = msgspec.structs.replace(drained(), drain=DrainAsked("bob", NOW), tagged=True)
    full = cluster({A: live(30), B: rolled(), C: gone}, max_size=3, walls=False)
    assert standing(full).decision.code == "room"
    asked = msgspec.structs.replace(rdb(report(State.STANDBY, 5)), drain=DrainAsked("bob", NOW), tagged=True)
    assert standing(cluster({A: live(30), B: rolled(), C: asked}, max_size=3)).decision.untag == (C,)
    leaving = msgspec.structs.replace(rolled(), drain=DrainAsked("the calendar", NOW), tagged=True)
    rolls = cluster({A: live(30), B: leaving, C: leaving}, max_size=3, walls=False)
    assert decide(evening(rolls, ANN)).decision.code == "room"


def test_one_more_in_the_evening_is_one_more_than_the_hosts_that_stay() -> None:
    leaving = msgspec.structs.replace(rolled(), drain=DrainAsked("the calendar", NOW), tagged=True)
    three = cluster({A: live(30), B: leaving, C: leaving})
    asked = capacity_command(decide(evening(three)), CapacityWish(change=1), Asking("c1", "ann", NOW))
    assert isinstance(asked, SetFloor)
    found = decide(evening(three), [asked])
    assert (asked.floor, found.decision.target) == (2, 4)
    left = cluster({A: live(30), B: rdb(report(State.STANDBY, 5))})
    assert decide(evening(left, found.ledger.floor)).decision.target is None


def test_a_standby_that_is_named_for_release_lowers_it_by_one() -> None:
    three = cluster({A: live(30), B: rdb(report(State.STANDBY, 4)), C: rdb(report(State.STANDBY, 4))})
    command = release_command(standing(three), C, Asking("c1", "ann", NOW))
    assert command == DrainRdbs("c1", "ann", NOW, (C,), 2)
    found = standing(three, command)
    assert (found.decision.tag, found.decision.refused) == ((C,), ())
    assert found.ledger.floor == msgspec.structs.replace(ANN, hosts=2)


def test_a_release_that_is_refused_leaves_it_alone() -> None:
    found = standing(ONE, DrainRdbs("c1", "ann", NOW, (A,), 0))
    assert [refusal.what for refusal in found.decision.refused] == ["drain"]
    assert found.ledger.floor == ANN


def by_others(desired: int, seen: int | None, *, floor: Floor | None = None, **changes: object) -> Decided:
    ledger, group = cluster({A: live(30)}, desired=desired)
    ledger = msgspec.structs.replace(ledger, desired=seen, floor=floor, **changes)
    return decide(situation((ledger, group)))


THEIRS = Floor(3, OTHERS, datetime(2026, 11, 24, tzinfo=UTC))


def test_a_raise_of_somebody_else_is_a_floor_until_midnight() -> None:
    found = by_others(3, 1)
    assert (found.ledger.floor, found.ledger.desired, found.decision.target) == (THEIRS, 3, None)
    assert found.decision.reason == (
        "somebody else, not through Highwater, asked for 3 until 2026-11-24T00:00:00Z"
    )


@pytest.mark.parametrize("minutes", [1, 9, 10])
def test_what_we_wrote_in_the_last_minutes_is_nobody_elses(minutes: float) -> None:
    asked = Asked(3, NOW - timedelta(minutes=minutes))
    assert by_others(3, 1, asked=asked).ledger.floor == (THEIRS if minutes == 10 else None)


def test_what_is_there_when_a_cluster_is_first_seen_is_no_raise() -> None:
    found = by_others(3, None)
    assert (found.ledger.floor, found.ledger.desired) == (None, 3)


def test_a_release_of_ours_that_shows_late_is_no_raise() -> None:
    ledger, group = cluster({A: live(30), B: drained()}, desired=2)
    rdbs = {**ledger.rdbs, B: msgspec.structs.replace(ledger.rdbs[B], released_at=NOW)}
    found = decide(situation((msgspec.structs.replace(ledger, rdbs=rdbs, desired=1), group)))
    assert (found.ledger.floor, found.ledger.desired) == (None, 1)


def test_somebody_else_who_lowers_lowers_their_floor_and_no_operators() -> None:
    assert by_others(1, 3, floor=THEIRS).ledger.floor == msgspec.structs.replace(THEIRS, hosts=1)
    assert by_others(1, 3, floor=ANN).ledger.floor == ANN


def test_an_operators_higher_floor_stays_when_somebody_else_raises() -> None:
    assert by_others(3, 1, floor=ANN).ledger.floor == ANN
