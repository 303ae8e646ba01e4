"""The counts behind the estimate are those of the twin: heartbeats here, a whole day in docs/deploy.md."""

from datetime import timedelta

import pytest

from bench.heartbeats import Heartbeats
from highwater.deploy.rules.counts import LOOKS, Usage, counts_of

SPAN = timedelta(minutes=60)
RDBS = 20
TICKERPLANT = 24 * 12  # its reports of a day


@pytest.fixture(scope="module")
def counted() -> dict[str, float]:
    """A day of heartbeats of 20 RDBs, of which one is live, one stands by and the others have rolled."""
    found = Heartbeats(RDBS).of(SPAN)._asdict()
    return {name: count * (timedelta(days=1) / SPAN) for name, count in found.items()}


@pytest.mark.parametrize(
    ("name", "what", "of_life"),
    [
        ("reports", "reports", TICKERPLANT),
        ("wake_ups", "reconciles", LOOKS + TICKERPLANT),
        ("metrics_asked", "metrics_asked", 0),
    ],
)
def test_heartbeats_are_counted_within_five_percent(
    counted: dict[str, float], name: str, what: str, of_life: int
) -> None:
    usage = Usage(rdbs=0, rdb_hours=24 * RDBS, standby_hours=24)
    assert getattr(counts_of(usage), name) - of_life == pytest.approx(counted[what], rel=0.05)
