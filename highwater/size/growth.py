"""What came in a day, from the memory of a cluster's RDBs: by how much the live one's grew. Pure.

An RDB's memory grows as it boots, while it replays and when it is queried, too. So growth counts only while
it may be live, as the decisions on record tell, and only above the most that it held before.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from highwater.operate.words.day import BOOTS
from highwater.operate.words.rdbs import is_live

MINUTE = timedelta(minutes=1)
# A point has the name of the minute in which it was read, and a decision comes seconds after what it tells.
AROUND = 2 * MINUTE
# Emptied is who falls below half of what it held, unless nearly all is back soon: that is a replay. What is
# less than LEAST, in percent, comes and goes with any program of the host.
HALF, NEARLY_ALL, SOON, LEAST = 0.5, 0.9, timedelta(minutes=15), 2.0
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Point(NamedTuple):
    """The most memory of an RDB that was read in the minute from `at`."""

    at: datetime
    percent: float


class Life(NamedTuple):
    """A time in which an RDB was live, as decisions tell."""

    begin: datetime
    end: datetime

    def has(self, minute: datetime) -> bool:
        """Return whether what grew in a minute came while it was live."""
        return self.begin < minute + AROUND and minute - AROUND < self.end


def lives_of(decisions: Iterable[Mapping[str, Any]]) -> dict[str, list[Life]]:
    """Return when each RDB may have been live, the oldest decision first.

    No decision need tell of a hand-over. So a life begins when another one was last said to be live, or when
    it was last said to boot itself: who stands by does not grow. It ends when others are said to be.
    """
    found: dict[str, list[Life]] = {}
    live: dict[str, datetime] = {}
    said: dict[str, datetime] = {}
    boots: dict[str, datetime] = {}
    for decision in decisions:
        at = datetime.fromisoformat(decision["at"])
        whys = {one: room["why"] for one, room in decision.get("rooms", {}).items()}
        boots |= {one: at for one, why in whys.items() if why.startswith(BOOTS)}
        named = [one for one, why in whys.items() if is_live(why)]
        if not named:
            continue
        for one in named:
            live.setdefault(one, max([*said.values(), boots.get(one, FIRST)]))
        for one in [one for one in live if one not in named]:
            found.setdefault(one, []).append(Life(live.pop(one), at))
        said |= dict.fromkeys(named, at)
    for one, begin in live.items():
        found.setdefault(one, []).append(Life(begin, LAST))
    return found


def growth_of(points: Sequence[Point]) -> dict[datetime, float]:
    """Return by how much the memory of one RDB rose in each minute, in percent, never less than 0.

    Points come in their order. A rise after minutes without a point is spread over these.
    """
    found: dict[datetime, float] = {}
    if not points:
        return found
    mark = least = points[0].percent
    for number, (before, point) in enumerate(pairwise(points), 1):
        least = min(least, point.percent)
        held = mark - least
        if point.percent > mark:
            minutes = (point.at - before.at) // MINUTE
            for back in range(minutes):
                found[point.at - back * MINUTE] = (point.percent - mark) / minutes
            mark = point.percent
        elif (
            held >= LEAST
            and point.percent < least + HALF * held
            and not _comes_back(points[number:], least + NEARLY_ALL * held)
        ):
            mark = point.percent
    return found


def grown(
    memory: Mapping[str, Sequence[Point]],
    lives: Mapping[str, Sequence[Life]],
    host_bytes: Mapping[str, float],
    begins: datetime,
) -> dict[int, float]:
    """Return the KiB that came in the 24 hours from `begins`, by minute of the clock.

    `memory` has the points of each RDB, `host_bytes` what 100 percent of it are.
    """
    found: dict[int, float] = {}
    for one, points in memory.items():
        kib = host_bytes[one] / 100 / 1024
        for minute, percent in growth_of(points).items():
            inside = begins <= minute < begins + timedelta(days=1)
            if inside and any(life.has(minute) for life in lives.get(one, ())):
                clock = 60 * minute.hour + minute.minute
                found[clock] = found.get(clock, 0.0) + percent * kib
    return found


def _comes_back(points: Sequence[Point], percent: float) -> bool:
    until = points[0].at + SOON
    for point in points:
        if point.at > until:
            return False
        if point.percent >= percent:
            return True
    return False
