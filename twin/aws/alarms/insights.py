"""Metrics Insights: the SQL of an alarm, and the time series that it returns.

Understood is what an alarm of Highwater can need: one function of one metric, FROM a namespace or a SCHEMA,
WHERE with equalities joined by AND, GROUP BY, ORDER BY, LIMIT. Keywords may be in any case, names may not.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from twin.aws.alarms.evaluation import STATISTICS, Series, Window, aggregate

FUNCTIONS = {"AVG": "Average", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum", "COUNT": "SampleCount"}

# AWS returns no more series than this, and refuses a higher LIMIT.
MOST_SERIES = 500

_TOKEN = re.compile(r'"[^"]+"|\'[^\']*\'|\w+|\S')


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
        """Whether the query reads the point's metric. A SCHEMA is the exact set of its dimensions."""
        return (
            point.metric == self.metric
            and point.namespace == self.namespace
            and (self.schema is None or point.dimensions.keys() == self.schema)
            and all(point.dimensions.get(name) == value for name, value in self.where)
        )


def select(query: Query, points: Iterable[Point], window: Window) -> list[tuple[Mapping[str, str], Series]]:
    """The series that have data in the window, by their grouping attributes, in rank order.

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
    """The query of an expression. Raises ValueError naming the part that is not understood."""
    words = _Words(expression)
    words.expect("SELECT")
    statistic = words.function()
    words.expect("(")
    metric = words.name("a metric")
    words.expect(")")
    words.expect("FROM")
    namespace, schema = _source(words)
    where = tuple(_conditions(words)) if words.accept("WHERE") else ()
    group_by = tuple(words.names("a dimension")) if words.accept("GROUP", "BY") else ()
    order_by, descending = None, False
    if words.accept("ORDER", "BY"):
        order_by = words.function()
        words.expect("(")
        words.expect(")")
        descending = words.accept("DESC") or (words.accept("ASC") and False)
    limit = words.limit() if words.accept("LIMIT") else MOST_SERIES
    words.expect("")
    return Query(statistic, metric, namespace, schema, where, group_by, order_by, descending, limit)


def _source(words: "_Words") -> tuple[str, frozenset[str] | None]:
    if not words.accept("SCHEMA"):
        return words.name("a namespace"), None
    words.expect("(")
    namespace = words.name("a namespace")
    dimensions = words.names("a dimension") if words.accept(",") else []
    words.expect(")")
    return namespace, frozenset(dimensions)


def _conditions(words: "_Words") -> Iterable[tuple[str, str]]:
    while True:
        name = words.name("a dimension")
        words.expect("=")
        yield name, words.text()
        if not words.accept("AND"):
            return


class _Words:
    """The words of an expression, taken one after the other; "" stands for its end."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._words: list[str] = [*_TOKEN.findall(expression), ""]
        self._next = 0

    def accept(self, *keywords: str) -> bool:
        found = [word.upper() for word in self._words[self._next : self._next + len(keywords)]]
        if found != list(keywords):
            return False
        self._next += len(keywords)
        return True

    def expect(self, keyword: str) -> None:
        if not self.accept(keyword):
            raise self._not_understood(keyword or "the end")

    def function(self) -> str:
        for function, statistic in FUNCTIONS.items():
            if self.accept(function):
                return statistic
        raise self._not_understood(f"one of {', '.join(FUNCTIONS)}")

    def name(self, what: str) -> str:
        return self._take(re.compile(r'"[^"]+"|\w+').fullmatch, what).strip('"')

    def names(self, what: str) -> list[str]:
        found = [self.name(what)]
        while self.accept(","):
            found.append(self.name(what))
        return found

    def text(self) -> str:
        return self._take(re.compile(r"'[^']*'").fullmatch, "a value in single quotes")[1:-1]

    def limit(self) -> int:
        what = f"a number from 1 to {MOST_SERIES}"
        return int(self._take(lambda word: word.isdecimal() and 1 <= int(word) <= MOST_SERIES, what))

    def _take(self, fits: Callable[[str], object], what: str) -> str:
        word = self._words[self._next]
        if not fits(word):
            raise self._not_understood(what)
        self._next += 1
        return word

    def _not_understood(self, expected: str) -> ValueError:
        found = self._words[self._next] or "the end"
        return ValueError(f"expected {expected}, found {found}, in the query: {self._expression}")
