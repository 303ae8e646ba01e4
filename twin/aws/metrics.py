"""CloudWatch's store of metrics, as moto has it but indexed by metric, so that a day of them stays fast."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from twin.aws.alarms.insights import Point

Key = tuple[str, str, tuple[tuple[str, str], ...]]


class MetricStore:
    """Points by namespace, metric and exact dimensions: CloudWatch does not roll up across dimensions."""

    def __init__(self) -> None:
        self._points: dict[Key, list[tuple[datetime, float]]] = defaultdict(list)

    def put(self, namespace: str, data: Iterable[Mapping[str, Any]], now: datetime) -> None:
        """PutMetricData with single values; NotImplementedError for the forms that nobody here sends."""
        for datum in data:
            if "Value" not in datum:
                raise NotImplementedError(f"PutMetricData without Value: {sorted(datum)}")
            at = _utc(datum.get("Timestamp") or now)
            points = self._points[_key(namespace, datum["MetricName"], datum.get("Dimensions") or [])]
            points.append((at, float(datum["Value"])))
            if len(points) > 1 and points[-2][0] > at:
                points.sort()

    def get(
        self, queries: Iterable[Mapping[str, Any]], start: datetime, end: datetime
    ) -> list[dict[str, Any]]:
        """GetMetricData for MetricStat queries, newest point first; each bin is named by its start."""
        return [self._result(query, _utc(start), _utc(end)) for query in queries]

    def recent(self, now: datetime, span: timedelta) -> Iterator[Point]:
        """Every point of the last `span`, as alarms look at them."""
        for (namespace, name, dimensions), points in self._points.items():
            for at, value in points[bisect_left(points, (now - span, float("-inf"))) :]:
                yield Point(namespace, name, dict(dimensions), at, value)

    def _result(self, query: Mapping[str, Any], start: datetime, end: datetime) -> dict[str, Any]:
        stat = query.get("MetricStat", {})
        if stat.get("Stat") != "Maximum":
            raise NotImplementedError(f"GetMetricData but for the Maximum of a metric: {query}")
        metric, period = stat["Metric"], int(stat["Period"])
        points = self._points.get(_key(metric["Namespace"], metric["MetricName"], metric["Dimensions"]), [])
        bins: dict[datetime, list[float]] = defaultdict(list)
        for at, value in points[bisect_left(points, (start, float("-inf"))) :]:
            if at < end:
                seconds = int(at.timestamp()) // period * period
                bins[datetime.fromtimestamp(seconds, UTC)].append(value)
        newest_first = sorted(bins, reverse=True)
        return {
            "Id": query["Id"],
            "Label": metric["MetricName"],
            "Timestamps": newest_first,
            "Values": [max(bins[at]) for at in newest_first],
            "StatusCode": "Complete",
        }


def _key(namespace: str, name: str, dimensions: Iterable[Mapping[str, str]]) -> Key:
    return namespace, name, tuple(sorted((d["Name"], d["Value"]) for d in dimensions))


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
