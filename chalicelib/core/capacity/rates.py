"""Rates: how fast the cluster takes data, by the readings of its last minutes (rule 1)."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.core.facts.learning import takes_new_data, total_of
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Rdb, Reading
from chalicelib.core.facts.trail import NOISE

WINDOWS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15))


class Rate(msgspec.Struct, frozen=True):
    """Bytes a second, and the window over which they came so fast."""

    per_second: float
    over: timedelta


def fastest_rate(ledger: Ledger, now: datetime, fresh: timedelta) -> Rate | None:
    """Return the fastest of the rates over the windows; None while no RDB was read twice.

    It is the cluster's, across rolls: what any RDB took counts, also one that has rolled since. All windows
    end with the newest reading.
    """
    members = [rdb for rdb in ledger.rdbs.values() if rdb.member and rdb.member.serves]
    heard = (at for rdb in members for at in (rdb.said_at, rdb.metric.at if rdb.metric else None))
    newest = max(filter(None, heard), default=None)
    if newest is None or now - newest >= fresh:
        return None
    trails = [(rdb, rdb.trail) for rdb in members if len(rdb.trail) > 1 and takes_new_data(rdb)]
    ends = max((trail[-1].at for _, trail in trails), default=newest)
    rates = (
        Rate(sum(_rate(rdb, trail, ends, window, ledger) for rdb, trail in trails), window)
        for window in WINDOWS
    )
    return max(rates, key=lambda rate: rate.per_second)


def data_comes(ledger: Ledger, now: datetime, fresh: timedelta) -> bool:
    """Return whether an RDB is known to take data now."""
    rate = fastest_rate(ledger, now, fresh)
    return rate is not None and rate.per_second > 0


def _rate(rdb: Rdb, trail: tuple[Reading, ...], ends: datetime, window: timedelta, ledger: Ledger) -> float:
    """Return what one RDB took in a window, in bytes a second."""
    begins, last = ends - window, trail[-1]
    if last.at <= begins:
        return 0.0
    first = next((r for r in reversed(trail) if r.at <= begins), trail[0])
    rise = last.percent - first.percent
    if rise < NOISE:
        return 0.0
    seconds = max(window, last.at - first.at).total_seconds()
    return rise / 100 * total_of(rdb, ledger.learned.host_bytes) / seconds
