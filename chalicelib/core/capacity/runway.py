"""Runway: the minutes until the live RDB reaches its roll threshold."""

from collections.abc import Mapping

from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.states import may_take_data
from chalicelib.core.facts.trail import NOISE


def runway_minutes(counted: Mapping[str, Rdb], settings: ClusterSettings) -> float | None:
    """Return the minutes until the RDB that fills is at the roll threshold, by the slope since it rises.

    Of several the least counts: any RDB that may take data may be the live one, whose report may be lost.
    None when nobody fills or nothing is known of its slope.
    """
    filling = [rdb for rdb in counted.values() if may_take_data(rdb.state_said)]
    return min((found for rdb in filling if (found := _runway(rdb, settings)) is not None), default=None)


def _runway(rdb: Rdb, settings: ClusterSettings) -> float | None:
    if not rdb.trail:
        return None
    low, newest = min(reading.percent for reading in rdb.trail), rdb.trail[-1]
    # While it stood by it did not rise: those minutes are no part of the slope.
    earlier = [reading for reading in rdb.trail if reading.percent <= low + NOISE][-1]
    if newest.at <= earlier.at or newest.percent <= earlier.percent:
        return None
    minutes = (newest.at - earlier.at).total_seconds() / 60
    slope = (newest.percent - earlier.percent) / minutes
    return max(0.0, settings.roll_threshold - newest.percent) / slope
