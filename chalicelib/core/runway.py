"""Runway: the minutes until the live RDB reaches its roll threshold, and launches that are overdue."""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.contract.report import State
from chalicelib.core.ledger import Ledger, Rdb
from chalicelib.core.settings import ClusterSettings


def runway_minutes(counted: Mapping[str, Rdb], settings: ClusterSettings) -> float | None:
    """Free memory up to the roll threshold over the slope of the last ten minutes, of the RDB that fills.

    None when nobody fills or nothing is known of its slope.
    """
    filling = [rdb for rdb in counted.values() if rdb.state not in (State.ROLLED, State.DRAINED)]
    return min((found for rdb in filling if (found := _runway(rdb, settings)) is not None), default=None)


def _runway(rdb: Rdb, settings: ClusterSettings) -> float | None:
    newest, earlier = rdb.metric, rdb.earlier
    if newest is None or earlier is None or newest.at <= earlier.at or newest.percent <= earlier.percent:
        return None
    minutes = (newest.at - earlier.at).total_seconds() / 60
    slope = (newest.percent - earlier.percent) / minutes
    return max(0.0, settings.roll_threshold - newest.percent) / slope


def overdue_since(
    ledger: Ledger, counted: Mapping[str, Rdb], settings: ClusterSettings, now: datetime
) -> datetime | None:
    """Since when a launch has been awaited that should have arrived by now; None when none is overdue."""
    awaited = [rdb.first_seen for rdb in counted.values() if rdb.member and rdb.member.pending]
    if ledger.owed_since:
        awaited.append(ledger.owed_since)
    late = [since for since in awaited if now - since >= settings.boot_deadline]
    return min(late, default=None)
