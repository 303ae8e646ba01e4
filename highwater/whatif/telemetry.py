"""The metrics of the last minutes, as CloudWatch has them."""

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.core.facts.rdb import Reading, Samples
from highwater.market.host import Measured

WINDOW = timedelta(minutes=15)
SLOPE = timedelta(minutes=10)


class Telemetry:
    """One point a minute and RDB, the highest of that minute, named by its start."""

    def __init__(self) -> None:
        self._points: dict[str, deque[Reading]] = defaultdict(lambda: deque(maxlen=16))

    def put(self, measured: Measured) -> None:
        """Take one point."""
        points, minute = self._points[measured.instance_id], measured.at.replace(second=0, microsecond=0)
        percent = measured.percent
        if points and points[-1].at == minute:
            percent = max(percent, points.pop().percent)
        points.append(Reading(percent, minute))

    def samples(self, instance_ids: Iterable[str], now: datetime) -> dict[str, Samples]:
        """Return the samples of the last 15 minutes by instance id."""
        found = {}
        for instance_id in instance_ids:
            readings = [point for point in self._points[instance_id] if point.at >= now - WINDOW]
            if readings:
                newest = readings[-1]
                earlier = next(point for point in readings if newest.at - point.at <= SLOPE)
                highest = max(readings, key=lambda point: point.percent)
                found[instance_id] = Samples(newest, highest, earlier, tuple(readings))
        return found
