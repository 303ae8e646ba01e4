"""Runway: the minutes until the live RDB reaches its roll threshold, or another one."""

from collections.abc import Mapping

from chalicelib.core.facts.rdb import Rdb, Reading
from chalicelib.core.facts.states import may_take_data
from chalicelib.core.facts.trail import NOISE

# Who rises by so many points from one reading to the next, at first, has read what waited in the log.
READ_AT_ONCE = 10.0


def runway_minutes(counted: Mapping[str, Rdb], threshold: float) -> float | None:
    """Return the minutes until the RDB that fills is at a threshold, in percent, by the slope since it rises.

    Of several the least counts: any RDB that may take data may be the live one, whose report may be lost.
    None when nobody fills or nothing is known of its slope.
    """
    filling = [rdb for rdb in counted.values() if may_take_data(rdb.state_said)]
    return min((found for rdb in filling if (found := _runway(rdb, threshold)) is not None), default=None)


def _runway(rdb: Rdb, threshold: float) -> float | None:
    if not rdb.trail:
        return None
    earlier, newest = _begin(rdb.trail), rdb.trail[-1]
    if newest.at <= earlier.at or newest.percent <= earlier.percent:
        return None
    minutes = (newest.at - earlier.at).total_seconds() / 60
    slope = (newest.percent - earlier.percent) / minutes
    return max(0.0, threshold - newest.percent) / slope


def _begin(trail: tuple[Reading, ...]) -> Reading:
    """Return the reading from which the slope is that of data which comes.

    While it stood by it did not rise, and what it read from the log it read at once: neither is part of the
    slope. Without a rise after that nothing else is known, and it counts.
    """
    low, newest = min(reading.percent for reading in trail), trail[-1]
    begin = max(index for index, reading in enumerate(trail) if reading.percent <= low + NOISE)
    first = trail[begin]
    while begin + 2 < len(trail) and trail[begin + 1].percent - trail[begin].percent >= READ_AT_ONCE:
        begin += 1
    return trail[begin] if trail[begin].percent < newest.percent else first
