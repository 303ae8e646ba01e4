"""The rate of a cluster, by the readings of its last minutes and across rolls (rule 1)."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.capacity.rates import Rate, fastest_rate
from chalicelib.core.facts.folding import with_report, with_samples
from chalicelib.core.facts.learned import Learned
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Rdb, Samples
from tests.unit.builders import NOW, A, B, cluster, live, rdb, read, report, rolled

FRESH = timedelta(minutes=15)
# The host of a report of the builders has 100 bytes, so that a point is a byte.
HOST = Learned(host_bytes=100.0)
MINUTE = 60


def rising(known: Rdb, *percents: float, ended: float = 1.0) -> Rdb:
    """An RDB that was read each minute, the last time so many minutes ago."""
    trail = tuple(read(percent, ended + age) for age, percent in enumerate(reversed(percents)))[::-1]
    return msgspec.structs.replace(known, trail=trail, metric=trail[-1])


def rate(**rdbs: Rdb) -> Rate | None:
    ledger, _ = cluster(dict(zip((A, B), rdbs.values(), strict=False)))
    return fastest_rate(msgspec.structs.replace(ledger, learned=HOST), NOW, FRESH)


@pytest.mark.parametrize(
    ("percents", "per_minute", "minutes"),
    [
        ([10, 11, 12, 13, 14, 15, 20], 5, 1),
        ([10, 15, 20, 25, 30, 35, 35.2], 5 - 0.96, 5),  # what moves by less than half a point is no data
        ([10, 12, 14, 16, 18, 20, 22], 2, 1),
    ],
)
def test_the_fastest_of_the_last_1_5_and_15_minutes_counts(
    percents: list[float], per_minute: float, minutes: int
) -> None:
    found = rate(a=rising(live(30), *percents))
    assert found is not None
    assert found.per_second * MINUTE == pytest.approx(per_minute)
    assert found.over == timedelta(minutes=minutes)


def test_it_is_the_clusters_across_rolls() -> None:
    before = rising(rolled(), 70, 75, 80, 85, 85, 85)
    after = rising(live(20), 5, 5, 5, 5, 10, 15)
    found = rate(a=before, b=after)
    assert found is not None
    assert found.per_second * MINUTE == pytest.approx(25 / 5)


def test_memory_that_falls_is_no_data() -> None:
    assert rate(a=rising(live(30), 80, 70, 60, 50)) == Rate(0.0, timedelta(minutes=1))


@pytest.mark.parametrize("known", [rdb(), rdb(report(State.LIVE, 30, minutes=15))])
def test_what_was_not_read_for_a_quarter_of_an_hour_has_no_rate(known: Rdb) -> None:
    assert rate(a=known) is None


def test_what_is_read_again_from_the_log_is_no_data() -> None:
    again = msgspec.structs.replace(rising(live(30), 5, 40, 80), rereads=True)
    assert rate(a=again) == Rate(0.0, timedelta(minutes=1))
    assert rate(a=rising(rdb(report(State.BOOTING, 30)), 5, 40, 80)) == Rate(0.0, timedelta(minutes=1))


def test_with_metrics_only_hosts_are_counted_as_alike() -> None:
    ledger, _ = cluster({A: rising(rdb(), 10, 15, 20)})
    ledger = msgspec.structs.replace(ledger, learned=Learned(host_bytes=1.0))
    found = fastest_rate(ledger, NOW, FRESH)
    assert found is not None
    assert found.per_second * MINUTE == pytest.approx(0.05)


def test_with_reports_only_their_own_times_are_taken() -> None:
    ledger, _ = cluster({A: rdb()})
    for minutes, percent in ((11, 10), (6, 20), (1, 40)):
        said = report(State.LIVE, percent, minutes, window=(0, 100 - minutes))
        ledger, _ = with_report(ledger, said, said.sent_at)
    found = fastest_rate(msgspec.structs.replace(ledger, learned=HOST), NOW, FRESH)
    assert found is not None
    assert found.per_second * MINUTE == pytest.approx(20 / 5)


def metrics(*percents: float) -> Samples:
    trail = tuple(read(percent, age) for age, percent in enumerate(reversed(percents)))[::-1]
    return Samples(trail[-1], max(trail, key=lambda reading: reading.percent), trail[0], trail)


def test_a_report_between_two_metrics_does_not_change_the_trail() -> None:
    ledger = with_samples(cluster({A: rdb()})[0], {A: metrics(10, 15, 20)})
    trail = ledger.rdbs[A].trail
    ledger, _ = with_report(ledger, report(State.LIVE, 21, 0.1), NOW)
    assert ledger.rdbs[A].trail == trail == metrics(10, 15, 20).trail


def test_a_trail_that_does_not_rise_is_not_kept() -> None:
    assert with_samples(cluster({A: rdb()})[0], {A: metrics(10, 10.2, 10.4)}).rdbs[A].trail == ()


def told(ledger: Ledger, state: State, minutes: float, instance_id: str, last: int) -> Ledger:
    said = report(state, 30, minutes, instance_id, window=(0, last))
    return with_report(ledger, said, said.sent_at)[0]


def test_one_that_goes_on_with_the_window_of_another_reads_it_again_until_it_is_as_far() -> None:
    ledger = told(cluster({A: rdb(), B: rdb()})[0], State.LIVE, 9, A, 1000)
    ledger = told(ledger, State.LIVE, 8, B, 0)
    assert ledger.rdbs[B].rereads
    assert told(ledger, State.LIVE, 7, B, 500).rdbs[B].rereads
    assert not told(ledger, State.LIVE, 7, B, 1000).rdbs[B].rereads
    assert not told(ledger, State.LIVE, 3, B, 500).rdbs[B].rereads


def test_one_that_follows_a_roll_reads_nothing_again() -> None:
    ledger = told(cluster({A: rdb(), B: rdb()})[0], State.ROLLED, 9, A, 1000)
    assert not told(ledger, State.LIVE, 8, B, 1000).rdbs[B].rereads


def test_one_that_has_rolled_and_restarts_reads_its_window_again() -> None:
    ledger = told(cluster({A: rdb()})[0], State.ROLLED, 9, A, 1000)
    for state, minutes in ((State.BOOTING, 8), (State.ROLLED, 7)):
        ledger = told(ledger, state, minutes, A, 1000)
        assert ledger.rdbs[A].rereads
