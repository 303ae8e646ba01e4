"""Updates wait though an RDB says that it takes them: the tickerplant's second word counts for more."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.capacity.brake import pause
from chalicelib.core.capacity.missed import missed_since
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.tickerplant import KnownTickerplant
from chalicelib.core.facts.voices import Unanswered
from tests.unit.builders import (
    NOW,
    A,
    B,
    C,
    D,
    Facts,
    ago,
    capacity,
    cluster,
    live,
    planned,
    rdb,
    report,
    rolled,
    situation,
    tickerplant,
)

STANDBY = rdb(report(State.STANDBY, 4, rows=0))
HUNG = rdb(report(State.UNKNOWN, 30), unanswered=Unanswered(ago(5), State.LIVE))


def waits(since: float, again: float | None = 1) -> KnownTickerplant:
    """Updates wait since so many minutes ago; the tickerplant said so again so many minutes ago."""
    known = tickerplant(waiting=7, ago=since)
    if again is None:
        return known
    later = tickerplant(waiting=9000, ago=again)
    return known.after(later.report, later.received_at)


def facts(rdbs: dict[str, Rdb], known: KnownTickerplant) -> Facts:
    ledger, group = cluster(rdbs)
    return msgspec.structs.replace(ledger, tickerplant=known), group


@pytest.mark.parametrize("one", [live(30), live(30, 6), STANDBY], ids=["live", "live and silent", "standby"])
def test_updates_that_still_wait_for_one_that_says_it_is_ready_are_told_and_another_is_launched(
    one: Rdb,
) -> None:
    _, decision = planned(facts({A: one}, waits(6)))
    (alert,) = decision.alerts
    assert alert.key == "no-live"
    assert f"no RDB is live since {ago(6):%FT%TZ}, and 9000 updates wait in the log" in alert.text
    assert f"{A} ({one.state}, and updates wait since {ago(6):%FT%TZ})" in alert.text
    assert alert.text.endswith(f"; look at q on {A}, or look at the tickerplant")
    assert decision.target == 2


@pytest.mark.parametrize(
    ("one", "known"),
    [
        (live(30), waits(30, None)),
        (live(30), waits(2.9)),
        (rdb(report(State.LIVE, 30, window=(0, 9)), seen=2.9), waits(30)),
        (live(30), waits(60, 20)),
        (live(30), tickerplant(waiting=0)),
        (rolled(), waits(30)),
        (rdb(report(State.BOOTING, 4), seen=5), waits(30)),
    ],
    ids=[
        "its word that none wait may be lost",
        "they wait since a moment",
        "it was ready a moment before",
        "the tickerplant is silent",
        "none waits",
        "it rolled",
        "it boots",
    ],
)
def test_who_may_just_begin_to_take_them_or_takes_no_more_is_not_missed(
    one: Rdb, known: KnownTickerplant
) -> None:
    assert missed_since(one, situation(facts({A: one}, known))) is None


def test_a_standby_is_not_missed_while_the_tickerplant_has_one_in_its_queue() -> None:
    """It is the tickerplant then that does not go on: another host would change nothing."""
    known = waits(30)
    queue = msgspec.structs.replace(known, report=msgspec.structs.replace(known.report, queue=1))
    assert missed_since(STANDBY, situation(facts({A: STANDBY}, queue))) is None
    assert missed_since(live(), situation(facts({A: live()}, queue))) == ago(30)


def test_a_word_that_came_late_is_of_the_time_when_it_was_said() -> None:
    one = rdb(report(State.LIVE, 30, window=(0, 9)), seen=5)
    known = waits(30)
    late = msgspec.structs.replace(known, report=msgspec.structs.replace(known.report, sent_at=ago(6)))
    assert missed_since(one, situation(facts({A: one}, known))) == ago(5)
    assert missed_since(one, situation(facts({A: one}, late))) is None


def test_one_whose_q_does_not_answer_needs_no_second_word() -> None:
    assert missed_since(HUNG, situation(facts({A: HUNG}, waits(2, None)))) == ago(2)
    assert missed_since(HUNG, situation(facts({A: HUNG}, waits(1.9, None)))) is None


@pytest.mark.parametrize("state", [State.LIVE, State.STANDBY])
def test_hosts_that_only_say_that_they_are_ready_are_not_launched_without_end(state: State) -> None:
    """Each was ready for longer than those of use are, by its own word alone."""
    ages = (100.0, 75.0, 50.0, 25.0)
    window = (0, 9) if state is State.LIVE else None
    said = [rdb(report(state, 30, 1, rows=0, window=window), seen=minutes) for minutes in ages]
    known = facts(dict(zip((A, B, C, D), said, strict=True)), waits(120))
    _, decision = planned(known)
    assert decision.target is None
    assert decision.code == "waiting"
    assert "no other is launched until" in decision.reason
    well = facts(known[0].rdbs, tickerplant(waiting=0))
    assert pause(situation(well), capacity(well)) is None


def test_who_took_data_before_updates_waited_was_of_use() -> None:
    before, _ = planned(facts({A: live()}, tickerplant(waiting=0, ago=20)))
    assert before.useful_since == NOW - timedelta(minutes=60)
    ledger = msgspec.structs.replace(before, tickerplant=waits(10))
    after, decision = planned((ledger, cluster({A: live()})[1]))
    assert (after.useful_since, decision.target) == (before.useful_since, 2)
