"""The cost of heartbeats grows with the RDBs of a cluster, not with their square."""

from datetime import timedelta
from functools import cache

import pytest

from bench.heartbeats import Counts, Heartbeats

SIZES = FEW, SOME, MOST = 6, 60, 400
SPAN = timedelta(minutes=20)
# There are 6.7 times as many RDBs, and what is more than one for each is a fixed part.
LINEAR = 7.5


@cache
def counted(rdbs: int) -> Counts:
    return Heartbeats(rdbs).of(SPAN)


@pytest.mark.parametrize(
    "what", ["metrics_asked", "bytes_written", "log_lines", "log_bytes", "calls", "reconciles"]
)
def test_of_400_rdbs_it_is_at_most_seven_and_a_half_times_that_of_60(what: str) -> None:
    few, some, most = (getattr(counted(rdbs), what) for rdbs in SIZES)
    assert 0 < most <= LINEAR * some
    assert some <= 10 * few


def test_a_day_asks_for_some_metrics_of_each_rdb() -> None:
    days = timedelta(days=1) / SPAN
    # Live and standby each minute, by the sweep, and at each look; all of them every five minutes.
    for rdbs in SIZES:
        asked = counted(rdbs).metrics_asked * days
        assert asked <= 2 * 1440 + 288 * rdbs + 4 * counted(rdbs).reconciles * days


def test_what_has_rolled_is_written_with_what_others_say() -> None:
    found = counted(MOST)
    assert found.reports > 2 * SPAN / timedelta(minutes=5) + MOST / 4
    # The reports of the live one and of the standby, and once in four minutes what else is known.
    writes = found.bytes_written / (725 * MOST)
    assert writes <= 2 * SPAN / timedelta(minutes=5) + SPAN / timedelta(minutes=4)
