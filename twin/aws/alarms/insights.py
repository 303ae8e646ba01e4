"""Metrics Insights: the SQL of an alarm, and the time series that it returns.

Emulated is what an alarm of Highwater can need: one function of one metric, FROM a namespace or a SCHEMA,
WHERE with equalities joined by AND, GROUP BY, ORDER BY, LIMIT. Keywords may be in any case, names may not.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from twin.aws.alarms.evaluation import STATISTICS, Series, Window, aggregate

FUNCTIONS = {"AVG": "Average", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum", "COUNT": "SampleCount"}
# AWS returns no more series than this, and refuses a higher LIMIT.
MOST_SERIES = 500

_FUNCTION, _NAME, _VALUE = "|".join(FUNCTIONS), r'(?:"[^"]+"|\w+)', "'[^']*'"
_NAMES, _CONDITION = rf"{_NAME}(?:\s*,\s*{_NAME})*", rf"{_NAME}\s*=\s*{_VALUE}"
_QUERY = re.compile(
    rf"""SELECT\s+ (?P<function>{_FUNCTION})\s* \(\s* (?P<metric>{_NAME})\s* \)
    \s+FROM\s+ (?:SCHEMA\s* \(\s* (?P<schema>{_NAMES})\s* \) | (?P<namespace>{_NAME}))
    (?:\s+WHERE\s+ (?P<where>{_CONDITION} (?:\s+AND\s+ {_CONDITION})*))?
    (?:\s+GROUP\s+BY\s+ (?P<group>{_NAMES}))?
    (?:\s+ORDER\s+BY\s+ (?P<order>{_FUNCTION})\s* \(\s* \) (?:\s+(?:ASC|(?P<descending>DESC)))?)?
    (?:\s+LIMIT\s+ (?P<limit>\d+))?""",
    re.VERBOSE | re.IGNORECASE,
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
class Query:
    """A parsed query: functions named as statistics, `schema` None where FROM names only a namespace."""

    statistic: str
    metric: str
    namespace: str
    schema: frozenset[str] | None
    where: tuple[tuple[str, str], ...]
    group_by: tuple[str, ...]
    order_by: str | None
    descending: bool
    limit: int

    def matches(self, point: Point) -> bool:
        """Report whether the query reads the point's metric. A SCHEMA is the exact set of its dimensions."""
        return (
            point.metric == self.metric
            and point.namespace == self.namespace
            and (self.schema is None or point.dimensions.keys() == self.schema)
            and all(point.dimensions.get(name) == value for name, value in self.where)
        )


def select(query: Query, points: Iterable[Point], window: Window) -> list[tuple[Mapping[str, str], Series]]:
    """Return the series that have data in the window, by their grouping attributes, in rank order.

    All the metrics of a group are pooled into one series. A metric without a grouped dimension is in the
    group `Other` (captured), and ORDER BY ranks by all of a series' samples in the window (documented).
    Equal ranks, and a query without ORDER BY, go by their attributes, so that a run can be repeated.
    """
    groups: dict[tuple[str, ...], dict[int, list[float]]] = {}
    for point in points:
        number = window.bin_of(point.at)
        if number is None or not query.matches(point):
            continue
        key = tuple(point.dimensions.get(name, "Other") for name in query.group_by)
        groups.setdefault(key, {}).setdefault(number, []).append(point.value)
    keys = sorted(groups)
    if query.order_by is not None:
        rank = STATISTICS[query.order_by]
        pooled = {
            key: rank([value for found in bins.values() for value in found]) for key, bins in groups.items()
        }
        keys.sort(key=pooled.__getitem__, reverse=query.descending)
    return [
        (dict(zip(query.group_by, key, strict=True)), aggregate(groups[key], query.statistic))
        for key in keys[: query.limit]
    ]


@lru_cache(maxsize=256)
def parse(expression: str) -> Query:
    """Return the query of an expression. Raises ValueError for one that is not understood."""
    found = _QUERY.fullmatch(expression.strip())
    limit = int((found and found["limit"]) or MOST_SERIES)
    if found is None or not 1 <= limit <= MOST_SERIES:
        raise ValueError(f"not a query of an alarm that is emulated: {expression}")
    namespace, *dimensions = _names(found["schema"] or found["namespace"])
    conditions = [condition.split("=", 1) for condition in re.findall(_CONDITION, found["where"] or "")]
    return Query(
        statistic=FUNCTIONS[found["function"].upper()],
        metric=found["metric"].strip('"'),
        namespace=namespace,
        schema=frozenset(dimensions) if found["schema"] else None,
        where=tuple((name.strip(' "'), value.strip(" '")) for name, value in conditions),
        group_by=tuple(_names(found["group"] or "")),
        order_by=FUNCTIONS[found["order"].upper()] if found["order"] else None,
        descending=found["descending"] is not None,
        limit=limit,
    )


def _names(listed: str) -> list[str]:
    return [name.strip('"') for name in re.findall(_NAME, listed)]
