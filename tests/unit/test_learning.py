"""What a cluster learns of its days: volume, the lead of launches, the memory of hosts (rule 1)."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contract.report import State
from chalicelib.core.facts.folding import with_group
from chalicelib.core.facts.learned import LEADS_KEPT, Learned
from chalicelib.core.facts.learning import with_learning
from chalicelib.core.facts.ledger import Asked, Ledger
from chalicelib.core.facts.rdb import Rdb
from tests.unit.builders import (
    EMPTY,
    NOW,
    PENDING,
    A,
    B,
    ago,
    cluster,
    facts,
    live,
    rdb,
    read,
    report,
    rolled,
)

DAY = timedelta(days=1)


def read_at(ledger: Ledger, percent: float, now: datetime = NOW) -> Ledger:
    """The ledger after A was read once more."""
    metric = msgspec.structs.replace(read(percent, 0), at=now)
    return with_learning(ledger.with_rdb(A, metric=metric), now)


def test_a_rise_is_counted_once_however_often_it_is_looked_at() -> None:
    ledger = with_learning(cluster({A: live(30)})[0], NOW)
    assert ledger.learned.taken == 0
    for percent, taken in ((40, 10), (40, 10), (45, 15), (44.5, 15), (45, 15), (50, 20)):
        ledger = read_at(ledger, percent)
        assert ledger.learned.taken == taken


def test_what_is_persisted_and_fills_again_is_counted_again() -> None:
    ledger = with_learning(cluster({A: live(80)})[0], NOW)
    for percent, taken in ((84, 4), (5, 4), (25, 24)):
        ledger = read_at(ledger, percent, NOW + timedelta(minutes=5))
        assert ledger.learned.taken == taken


def test_what_is_read_again_from_the_log_is_not_counted() -> None:
    ledger = with_learning(cluster({A: msgspec.structs.replace(live(5), rereads=True)})[0], NOW)
    assert read_at(ledger, 80).learned.taken == 0


def test_the_day_before_is_kept_and_one_on_which_nothing_came_teaches_nothing() -> None:
    learned = Learned(host_bytes=100.0, day=f"{NOW:%F}", taken=500.0, before=300.0)
    sunday = learned.on(f"{NOW + DAY:%F}")
    assert (sunday.taken, sunday.before) == (0, 500)
    assert sunday.on(f"{NOW + 2 * DAY:%F}").before == 500


def test_the_mean_is_that_of_the_larger_of_both_days() -> None:
    assert Learned().mean_rate is None
    assert Learned(before=86_400.0).mean_rate == 1
    assert Learned(before=86_400.0, taken=172_800.0).mean_rate == 2


def launched(ready: float | None, asked: float = 5.0) -> Ledger:
    """A ledger that asked so many minutes ago for a host, which then came and may be ready since."""
    ledger = msgspec.structs.replace(EMPTY, asked=Asked(1, ago(asked)))
    ledger, _ = with_group(ledger, cluster({A: rdb(member=PENDING)})[1], ago(asked - 1))
    said = report(State.STANDBY, 4, ready) if ready is not None else None
    return ledger.with_rdb(A, report=said, received_at=said and said.sent_at, ready_at=said and said.sent_at)


def test_the_lead_is_learned_from_our_raise_to_the_first_standby_and_once() -> None:
    ledger = with_learning(launched(ready=1), NOW)
    assert ledger.learned.leads == (240,)
    assert with_learning(ledger, NOW).learned.leads == (240,)
    assert with_learning(launched(ready=None), NOW).learned.leads == ()


def test_what_was_there_before_or_came_by_somebody_else_teaches_no_lead() -> None:
    ledger, group = cluster({A: rdb(report(State.STANDBY, 4))})
    ledger, _ = with_group(ledger, group, NOW)
    assert with_learning(ledger, NOW).learned.leads == ()
    late = msgspec.structs.replace(EMPTY, asked=Asked(1, ago(11)))
    late, _ = with_group(late, cluster({A: rdb(member=PENDING)})[1], NOW)
    assert late.rdbs[A].launch_asked is None


@pytest.mark.parametrize(("leads", "slow"), [([60], 60), (range(1, 11), 9), (range(1, 21), 18)])
def test_the_slow_end_of_the_leads_counts(leads: list[int], slow: int) -> None:
    assert Learned(leads=tuple(leads)).slow_lead == timedelta(seconds=slow)


def test_the_newest_leads_are_kept() -> None:
    learned = Learned()
    for seconds in range(50):
        learned = learned.with_lead(timedelta(seconds=seconds))
    assert learned.leads == tuple(range(50 - LEADS_KEPT, 50))


def test_the_smallest_host_counts_where_they_are_mixed() -> None:
    said = report(State.LIVE, 30)
    large = rdb(msgspec.structs.replace(said, memory_used=600, memory_total=1000))
    ledger = with_learning(cluster({A: large, B: live(30)})[0], NOW)
    assert ledger.learned.host_bytes == 100
    # Ten points of the large host are as much as the small one has.
    risen = msgspec.structs.replace(large, crest=60.0, metric=read(70, 0))
    ledger = msgspec.structs.replace(ledger, rdbs={**ledger.rdbs, A: risen})
    assert with_learning(ledger, NOW).learned.taken == 100


def test_without_a_report_a_host_is_the_unit() -> None:
    measured: Rdb = rdb(metric=read(30, 0))
    ledger = with_learning(cluster({A: measured})[0], NOW)
    assert ledger.learned.host_bytes == 1
    assert read_at(ledger, 80).learned.taken == pytest.approx(0.5)


def test_an_idle_host_shows_how_much_an_idle_host_takes() -> None:
    ledger = with_learning(cluster({A: rolled(), B: rdb(report(State.STANDBY, 7))})[0], NOW)
    assert ledger.learned.idle_percent == 7


@given(facts, st.integers(0, 3))
def test_learning_twice_from_the_same_facts_changes_nothing(known: tuple[Ledger, object], days: int) -> None:
    once = with_learning(known[0], NOW + days * DAY)
    assert with_learning(once, NOW + days * DAY) == once
