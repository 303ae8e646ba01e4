"""The figures of demand name each of its reasons by the words in which decisions give them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import msgspec
import pytest

from chalicelib.core.capacity.demand import Name
from chalicelib.core.capacity.room import Room
from chalicelib.core.commands.hand_back import BY
from chalicelib.core.decision import Decision
from chalicelib.core.facts.learned import Learned
from highwater.whatif.estimate import question_of
from highwater.whatif.foresight import hours_with_foresight
from highwater.whatif.simulation import Simulation
from twin.arguments import options_of
from twin.commands import parser
from twin.day.demanded import OTHER, REASONS, demanded, reason_of
from twin.day.options import Options

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def raised(reason: str, desired: int = 1, target: int = 2) -> Decision:
    return Decision("trades", AT, "raise", reason, desired=desired, counted=desired, target=target)


@pytest.fixture(scope="module")
def day() -> Options:
    words = "whatif --session 07:00-16:00 --grace 60 --updates-per-day 1599740 --lead 300 --overnight none"
    return options_of(parser().parse_args(words.split()))


@pytest.fixture(scope="module")
def decisions(day: Options) -> list[Decision]:
    return Simulation(question_of(day)).run().decisions


def test_each_reason_of_demand_has_its_words() -> None:
    assert REASONS.keys() == set(get_args(Name))


def test_every_raise_of_a_wild_day_has_a_reason_of_demand(day: Options, decisions: list[Decision]) -> None:
    found = demanded(day, decisions, day.learned)["hosts_by_demand"]
    assert OTHER not in found
    assert {"runway", "reserve", "open"} <= found.keys()


def test_a_floor_and_a_lowered_number_are_told_apart() -> None:
    assert reason_of(raised("ann asked for 3: desired 1 to 3")) == "floor"
    assert reason_of(raised("no room in 1 counted, 1 wanted: desired 1 to 2")) == "standby"
    assert reason_of(raised("desired 1 is below the 2 instances that are there")) == OTHER


def test_a_raise_that_aws_refuses_launches_nothing() -> None:
    taken = raised("no room in 1 counted, 1 wanted: desired 1 to 2")
    taken = msgspec.structs.replace(taken, desired=1, target=2, outcome=("SetDesiredCapacity rdb 2",))
    refused = msgspec.structs.replace(taken, outcome=("SetDesiredCapacity rdb 2 failed: AccessDenied",))
    assert demanded(Options(), [refused, refused, taken], Learned())["hosts_by_demand"] == {"standby": 1}


def test_hand_backs_are_counted_and_those_that_were_withdrawn() -> None:
    asked = Room(False, f"asked to drain by {BY} at 2026-11-23T09:00:00Z")
    others = Room(False, "asked to drain by ann at 2026-11-23T09:00:00Z")
    decisions = [
        Decision("trades", AT, "room", "", tag=("i-1", "i-3"), rooms={"i-1": asked, "i-3": others}),
        Decision("trades", AT, "room", "", tag=("i-2",), rooms={"i-2": asked}),
        Decision("trades", AT, "room", "", untag=("i-2", "i-3")),
    ]
    found = demanded(Options(), decisions, Learned())
    assert (found["handed_back"], found["hand_backs_withdrawn"], found["reserve_hosts"]) == (2, 1, 0.0)
    assert found["learned_lead_seconds"] is None


def test_the_reserve_is_eight_times_the_days_mean_for_the_lead_that_was_learned() -> None:
    learned = Learned(host_bytes=100.0, idle_percent=5.0, before=86_400.0, leads=(140, 140))
    found = demanded(Options(), [], learned)
    assert (found["reserve_hosts"], found["learned_lead_seconds"]) == (8 * 200 / 80, 140)


def test_in_a_night_without_any_host_none_is_paid_and_the_first_is_there_before_the_open(
    day: Options,
) -> None:
    answer = Simulation(question_of(day)).run()
    night = [at for at in answer.launches if at.hour < 7]
    assert (answer.minutes_without_live, answer.unheld) == (0, 0)
    assert [f"{at:%H}" for at in night][:1] == ["06"]
    # Two hosts that stay for 14 hours of the night would be 28 hours more.
    assert answer.hours < hours_with_foresight(question_of(replace(day, overnight="one"))) - 4


def test_who_knows_a_day_keeps_no_host_at_night_either_and_needs_no_more_hours_than_the_cluster(
    day: Options,
) -> None:
    known = hours_with_foresight(question_of(day))
    # From five minutes before the session of nine hours to an hour after it.
    night = 24 - (10 + 5 / 60)
    assert hours_with_foresight(question_of(replace(day, overnight="one"))) - known == pytest.approx(night)
    assert known < Simulation(question_of(day)).run().hours


def test_who_knows_the_day_pays_for_each_host_from_its_lead_before_the_one_before_it_is_full() -> None:
    """The hours of a feed that fills four hosts evenly from 00:00 on, by hand."""
    words = "whatif --updates-per-day 1440 --kib-per-update 9000 --lead 600 --session 00:00-24:00"
    question = question_of(options_of(parser().parse_args(words.split())))
    held = int((3.98e6 * 0.85 - 150_000) / 9000) + 1
    times = [question.feed.published(60 * minute) for minute in range(1441)]
    fills = [next(m for m, n in enumerate(times) if n >= full) for full in range(held, 1440, held)]
    by_hand = 24 + sum(24 - minute / 60 + 1 / 6 for minute in fills)
    assert hours_with_foresight(question) == pytest.approx(by_hand, abs=0.02 * len(fills))
