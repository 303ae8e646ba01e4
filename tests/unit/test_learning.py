"""What a cluster learns of its days: volume, the lead of launches, the memory of hosts (rule 1)."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contract.report import State
from chalicelib.core.facts.folding import with_group
from chalicelib.core.facts.learned import IDLE_PERCENT, LEADS_KEPT, Learned
from chalicelib.core.facts.learning import MOST_FILLS, MOST_IDLE, MOST_MIXED, total_of, with_learning
from chalicelib.core.facts.ledger import Asked, Ledger
from chalicelib.core.facts.rdb import Rdb
from tests.unit.arbitrary import facts
from tests.unit.builders import (
    DEFAULTS,
    EMPTY,
    NOW,
    PENDING,
    A,
    B,
    C,
    ago,
    cluster,
    live,
    rdb,
    read,
    report,
    rolled,
)

DAY = timedelta(days=1)


def learnt(ledger: Ledger, now: datetime = NOW, *, max_size: int = 10) -> Ledger:
    """The ledger after it has learned, in a group of that size."""
    group = msgspec.structs.replace(cluster({})[1], max_size=max_size)
    return with_learning(ledger, group, DEFAULTS, now)


def read_at(ledger: Ledger, percent: float, now: datetime = NOW) -> Ledger:
    """The ledger after A was read once more."""
    metric = msgspec.structs.replace(read(percent, 0), at=now)
    return learnt(ledger.with_rdb(A, metric=metric), now)


def test_a_rise_is_counted_once_however_often_it_is_looked_at() -> None:
    ledger = learnt(cluster({A: live(30)})[0], NOW)
    assert ledger.learned.taken == 0
    for percent, taken in ((40, 10), (40, 10), (45, 15), (44.5, 15), (45, 15), (50, 20)):
        ledger = read_at(ledger, percent)
        assert ledger.learned.taken == taken


def test_what_is_persisted_and_fills_again_is_counted_again() -> None:
    ledger = learnt(cluster({A: live(80)})[0], NOW)
    for percent, taken in ((84, 4), (5, 4), (25, 24)):
        ledger = read_at(ledger, percent, NOW + timedelta(minutes=5))
        assert ledger.learned.taken == taken


def test_what_is_read_again_from_the_log_is_not_counted() -> None:
    ledger = learnt(cluster({A: msgspec.structs.replace(live(5), rereads=True)})[0], NOW)
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
    ledger = learnt(launched(ready=1), NOW)
    assert ledger.learned.leads == (240,)
    assert learnt(ledger, NOW).learned.leads == (240,)
    assert learnt(launched(ready=None), NOW).learned.leads == ()


def test_what_was_there_before_or_came_by_somebody_else_teaches_no_lead() -> None:
    ledger, group = cluster({A: rdb(report(State.STANDBY, 4))})
    ledger, _ = with_group(ledger, group, NOW)
    assert learnt(ledger, NOW).learned.leads == ()
    late = msgspec.structs.replace(EMPTY, asked=Asked(1, ago(11)))
    late, _ = with_group(late, cluster({A: rdb(member=PENDING)})[1], NOW)
    assert late.rdbs[A].launch_asked is None


@pytest.mark.parametrize(
    ("seen_as", "target", "taught"),
    [(1, 2, [B]), (1, 3, [B, C]), (2, 3, [C]), (3, 4, [])],
    ids=["one by hand after ours", "both ours", "one asked for before ours", "both replace others"],
)
def test_only_the_launches_that_our_last_raise_brought_teach_a_lead(
    seen_as: int, target: int, taught: list[str]
) -> None:
    ledger = msgspec.structs.replace(cluster({A: live()})[0], asked=Asked(target, ago(9), seen_as=seen_as))
    new = {B: rdb(member=PENDING), C: rdb(member=PENDING)}
    one_more = cluster({A: live(), B: new[B]})[1]
    later, _ = with_group(with_group(ledger, one_more, ago(8))[0], cluster({A: live(), **new})[1], ago(1))
    at_once, _ = with_group(ledger, cluster({A: live(), **new})[1], ago(8))
    for found in (later, at_once):
        assert [i for i in new if found.rdbs[i].launch_asked == ago(9)] == taught


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
    ledger = learnt(cluster({A: large, B: live(30)})[0], NOW)
    assert ledger.learned.host_bytes == 100
    # Ten points of the large host are as much as the small one has.
    risen = msgspec.structs.replace(large, crest=60.0, metric=read(70, 0))
    ledger = msgspec.structs.replace(ledger, rdbs={**ledger.rdbs, A: risen})
    assert learnt(ledger, NOW).learned.taken == 100


def test_without_a_report_a_host_is_the_unit() -> None:
    measured: Rdb = rdb(metric=read(30, 0))
    ledger = learnt(cluster({A: measured})[0], NOW)
    assert ledger.learned.host_bytes == 1
    assert read_at(ledger, 80).learned.taken == pytest.approx(0.5)


def test_an_idle_host_shows_how_much_an_idle_host_takes() -> None:
    ledger = learnt(cluster({A: rolled(), B: rdb(report(State.STANDBY, 7))})[0], NOW)
    assert ledger.learned.idle_percent == 7


def test_no_day_brings_more_than_fills_every_place_twice_whatever_metrics_say() -> None:
    ledger = learnt(cluster({A: live(30)})[0], max_size=2)
    for minute in range(20):
        ledger = ledger.with_rdb(A, metric=read(99 if minute % 2 else 5, 0))
        ledger = learnt(ledger, max_size=2)
    assert ledger.learned.taken == MOST_FILLS * 2 * 100
    # A group that was made smaller forgets nothing.
    assert learnt(ledger, max_size=1).learned.taken == ledger.learned.taken


def test_a_report_is_no_rise_where_metrics_come() -> None:
    ledger = learnt(cluster({A: rdb(report(State.STANDBY, 5, 1), metric=read(5, 2))})[0])
    forged = report(State.STANDBY, 95, 0)
    ledger = learnt(ledger.with_rdb(A, report=forged, received_at=NOW, metric=read(5, 0)))
    assert (ledger.learned.taken, ledger.rdbs[A].crest) == (0, 5)
    alone = learnt(ledger.with_rdb(A, metric=read(5, 10)))
    assert alone.learned.taken == 90


def test_a_launch_teaches_no_more_than_the_boot_deadline() -> None:
    assert DEFAULTS.boot_deadline == timedelta(minutes=10)
    assert learnt(launched(ready=1, asked=59)).learned.leads == (600,)


@pytest.mark.parametrize("ready", [5.0, 300.0])
def test_a_host_whose_clock_is_behind_teaches_no_lead(ready: float) -> None:
    ledger = learnt(launched(ready=ready))
    assert (ledger.learned.leads, ledger.rdbs[A].launch_asked) == ((), None)


def told(total: int, known: Rdb | None = None) -> Rdb:
    """An RDB whose newest report names this memory."""
    said = msgspec.structs.replace(report(State.LIVE, 0), memory_used=0, memory_total=total)
    return msgspec.structs.replace(known or rdb(), report=said, received_at=said.sent_at)


@pytest.mark.parametrize("false", [1, 50, 2**62])
def test_a_host_has_the_memory_of_its_first_report(false: int) -> None:
    ledger = learnt(cluster({A: told(100)})[0])
    ledger = learnt(ledger.with_rdb(A, report=told(false).report))
    assert (ledger.learned.host_bytes, ledger.rdbs[A].total) == (100, 100)


@pytest.mark.parametrize("false", [1, 100 * MOST_MIXED + 1])
def test_a_host_that_names_far_more_or_less_than_the_others_counts_as_they_do(false: int) -> None:
    ledger = learnt(cluster({A: told(100), B: rdb()})[0])
    ledger = learnt(ledger.with_rdb(B, report=told(false).report, received_at=NOW))
    assert (ledger.learned.host_bytes, ledger.rdbs[B].total) == (100, None)
    assert total_of(ledger.rdbs[B], ledger.learned.host_bytes) == 100


def test_hosts_of_another_type_count_once_the_others_are_gone() -> None:
    ledger = learnt(cluster({A: told(100), B: told(9600)})[0])
    assert ledger.learned.host_bytes == 100
    only = learnt(cluster({B: told(9600)})[0])
    changed = msgspec.structs.replace(only, learned=ledger.learned, rdbs={B: told(9600)})
    assert learnt(changed).learned.host_bytes == 9600


def idle(percent: int, measured: float | None = None) -> Rdb:
    """A standby that reports so much in use, and is measured so."""
    return rdb(report(State.STANDBY, percent), metric=None if measured is None else read(measured, 0))


def test_an_idle_host_teaches_only_where_its_metric_and_its_report_agree() -> None:
    for said, measured, taught in ((95, 5, 5.0), (5, 43, 5.0), (9, 8, 8.0), (60, 60, MOST_IDLE)):
        assert learnt(cluster({A: idle(said, measured)})[0]).learned.idle_percent == taught


def test_a_report_alone_teaches_nothing_of_idle_hosts_where_others_are_measured() -> None:
    assert learnt(cluster({A: idle(20)})[0]).learned.idle_percent == 20
    assert (
        learnt(cluster({A: idle(20), B: rdb(report(State.LIVE, 30), metric=None)})[0]).learned.idle_percent
        == 20
    )
    measured = msgspec.structs.replace(live(30), metric=read(30, 0))
    assert learnt(cluster({A: idle(20), B: measured})[0]).learned.idle_percent == IDLE_PERCENT


def test_the_lowest_of_the_idle_hosts_counts_and_none_above_the_limit() -> None:
    assert learnt(cluster({A: idle(7, 7), B: idle(40, 40)})[0]).learned.idle_percent == 7
    assert learnt(cluster({A: idle(95)})[0]).learned.idle_percent == MOST_IDLE


@given(facts, st.integers(0, 3))
def test_learning_twice_from_the_same_facts_changes_nothing(known: tuple[Ledger, object], days: int) -> None:
    once = learnt(known[0], NOW + days * DAY)
    assert learnt(once, NOW + days * DAY) == once
