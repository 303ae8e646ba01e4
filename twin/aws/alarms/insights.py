"""Metrics Insights: the SQL of the memory alarm, and the time series that it returns.

Emulated is the form of that query alone: MAX of one metric, FROM a namespace or a SCHEMA, WHERE with one
equality, GROUP BY one dimension, ORDER BY MAX() DESC, LIMIT.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

# AWS returns no more series than this.
MOST_SERIES = 500
PERIOD = timedelta(minutes=1)
# An alarm retrieves more bins than the one that it evaluates. Captured: at a period of 60 s, in a grouped
# alarm, at least two more and four as it seems; six more at a period of 10 s. AWS publishes no formula.
BINS = 7

_QUERY = re.compile(
    r"""SELECT\ MAX\((?P<metric>\w+)\)
    \ FROM\ (?:SCHEMA\("(?P<schema>\w+)",\ (?P<dimensions>\w+(?:,\ \w+)*)\)|"(?P<namespace>\w+)")
    (?:\ WHERE\ (?P<name>\w+)\ ?=\ ?'(?P<value>[^']*)')?
    \ GROUP\ BY\ (?P<group>\w+)\ ORDER\ BY\ MAX\(\)\ DESC
    (?:\ LIMIT\ (?P<limit>\d+))?""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Point:
    """One sample as PutMetricData takes it: `at` is its timestamp, aware UTC."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    at: datetime
    value: float


@dataclass(frozen=True)
class Series:
    """The newest bin of a time series, by its start, and the attributes that the query grouped by."""

    attributes: Mapping[str, str]
    newest: datetime
    value: float


@dataclass(frozen=True)
class Query:
    """A parsed query. `dimensions` are None where FROM names only a namespace."""

    metric: str
    namespace: str
    dimensions: frozenset[str] | None
    where: Mapping[str, str]
    group: str
    limit: int

    def matches(self, point: Point) -> bool:
        """Report whether the query reads the point's metric. A SCHEMA is the exact set of its dimensions."""
        return (
            (point.namespace, point.metric) == (self.namespace, self.metric)
            and (self.dimensions is None or point.dimensions.keys() == self.dimensions)
            and all(point.dimensions.get(name) == value for name, value in self.where.items())
        )


def parse(expression: str) -> Query:
    """Return the query of an expression. Raises NotImplementedError for one of another form."""
    found = _QUERY.fullmatch(expression.strip())
    if found is None:
        raise NotImplementedError(f"not the query of an alarm that is modelled: {expression}")
    dimensions = found["dimensions"]
    return Query(
        metric=found["metric"],
        namespace=found["schema"] or found["namespace"],
        dimensions=frozenset(dimensions.split(", ")) if dimensions else None,
        where={found["name"]: found["value"]} if found["name"] else {},
        group=found["group"],
        limit=int(found["limit"] or MOST_SERIES),
    )


def select(query: Query, points: Iterable[Point], now: datetime) -> list[Series]:
    """Return the series that have data in the last bins, the highest maximum over all of them first.

    All the metrics of a group are pooled into one series. Equal ranks go by their attribute, so that a run
    can be repeated. A point at the full minute belongs to the minute that begins.
    """
    end = now.replace(second=0, microsecond=0)
    oldest = end - BINS * PERIOD
    groups: dict[str, dict[datetime, float]] = {}
    for point in points:
        if oldest <= point.at < end and query.matches(point):
            # A metric without the grouped dimension is in the group `Other` (captured).
            bins = groups.setdefault(point.dimensions.get(query.group, "Other"), {})
            start = point.at.replace(second=0, microsecond=0)
            bins[start] = max(point.value, bins.get(start, point.value))
    ranked = sorted(groups.items(), key=lambda group: (-max(group[1].values()), group[0]))
    return [
        Series({query.group: attribute}, max(bins), float(bins[max(bins)]))
        for attribute, bins in ranked[: query.limit]
    ]
