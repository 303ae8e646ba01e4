"""CloudWatch: the memory metrics of RDBs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import batched, groupby
from typing import Any

import msgspec

from chalicelib.adapters.clients import Together, in_order, read, taken
from chalicelib.contract.names import METRIC_NAMESPACE, ROLLED_METRIC_NAME, dimensions_of
from chalicelib.contract.report import MEASURED_EVERY
from chalicelib.core.facts.measuring import Wanted
from chalicelib.core.facts.rdb import Reading, Samples
from chalicelib.core.facts.settings import LONGEST
from chalicelib.core.facts.text import named

# An instance, its cluster and the metric's name.
Query = tuple[str, str, str]
QUERIES_A_CALL = 500
WINDOW = timedelta(minutes=15)
SLOPE = timedelta(minutes=10)
# Of one that has rolled: longer than it may be silent in any cluster, so that what came last is still there
# then, also for a ledger that was lost.
ROLLED_WINDOW = LONGEST + MEASURED_EVERY
PERIOD = timedelta(minutes=1)
COMPLETE = "Complete"
NAMED = 5


class Seen(msgspec.Struct, frozen=True):
    """What CloudWatch answered: samples by instance id, and the status of those that it did not complete.

    `failure` says why there is no answer at all.
    """

    samples: dict[str, Samples] = {}
    incomplete: dict[str, str] = {}
    failure: str = ""

    def failure_of(self, instance_ids: Iterable[str]) -> str:
        """Return what must be told about the readings of some RDBs; empty where they are complete."""
        lacking = [f"{i} ({self.incomplete[i]})" for i in sorted(instance_ids) if i in self.incomplete]
        if self.failure or not lacking:
            return self.failure
        return f"GetMetricData failed: incomplete for {named(lacking, NAMED)}"


class Telemetry:
    """Readings of memory, dimensions Cluster and InstanceId: one point a minute, or each five minutes."""

    def __init__(self, client: Any, together: Together = in_order) -> None:
        self._client = client
        self._together = together

    def samples(self, wanted: Mapping[str, Wanted], now: datetime) -> Seen:
        """Return the samples of the last minutes by instance id, 500 metrics a call. Raises Unreadable.

        An RDB without a point in that time is absent. AWS may answer one query on several pages: its points
        count together, and its last status.
        """
        queries = [(i, asked.cluster, name) for i, asked in sorted(wanted.items()) for name in asked.names]
        parts = list(batched(queries, QUERIES_A_CALL))
        answers = self._together([partial(self._answers, some, now) for some in parts])
        found: dict[str, list[Reading]] = {}
        rested: dict[str, datetime] = {}
        incomplete: dict[str, str] = {}
        for answer in answers:
            for (instance_id, _, name), readings, status in taken(answer):
                if readings:
                    found.setdefault(instance_id, []).extend(readings)
                if readings and name == ROLLED_METRIC_NAME:
                    rested[instance_id] = max(reading.at for reading in readings)
                if status != COMPLETE:
                    incomplete[instance_id] = status
        return Seen({i: _samples(readings, rested.get(i)) for i, readings in found.items()}, incomplete)

    def _answers(self, some: Sequence[Query], now: datetime) -> list[tuple[Query, list[Reading], str]]:
        """Return the readings of each query, and its status."""
        span = ROLLED_WINDOW if any(name == ROLLED_METRIC_NAME for *_, name in some) else WINDOW
        queries = [_query(f"m{n}", *query) for n, query in enumerate(some)]
        found = []
        for query_id, pages in groupby(sorted(self._results(queries, now - span, now), key=_id), key=_id):
            results, query = list(pages), some[int(query_id.removeprefix("m"))]
            oldest = now - (ROLLED_WINDOW if query[2] == ROLLED_METRIC_NAME else WINDOW) - PERIOD
            readings = [reading for result in results for reading in _readings(result) if reading.at > oldest]
            found.append((query, readings, results[-1]["StatusCode"]))
        return found

    def _results(self, queries: list[dict[str, Any]], start: datetime, now: datetime) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries,
            StartTime=start,
            EndTime=now + PERIOD,
            ScanBy="TimestampDescending",
        )
        return read("GetMetricData", lambda: [one for page in pages for one in page["MetricDataResults"]])


def _id(result: Mapping[str, Any]) -> str:
    return str(result["Id"])


def _query(query_id: str, instance_id: str, cluster: str, name: str) -> dict[str, Any]:
    metric = {
        "Namespace": METRIC_NAMESPACE,
        "MetricName": name,
        "Dimensions": dimensions_of(cluster, instance_id),
    }
    seconds = int(PERIOD.total_seconds())
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": seconds, "Stat": "Maximum"}}


def _readings(result: Mapping[str, Any]) -> list[Reading]:
    # Anybody may publish any number: none has more than all of its memory in use.
    points = zip(result["Timestamps"], result["Values"], strict=True)
    return [Reading(min(max(value, 0.0), 100.0), at) for at, value in points]


def _samples(readings: list[Reading], rested: datetime | None) -> Samples:
    """Return the samples; `rested` is when the newest reading came that has the name of one that rolled."""
    newest = max(readings, key=lambda reading: reading.at)
    recent = (reading for reading in readings if newest.at - reading.at <= SLOPE)
    return Samples(
        newest=newest,
        highest=max(readings, key=lambda reading: (reading.percent, reading.at)),
        earlier=min(recent, key=lambda reading: reading.at),
        trail=tuple(sorted(readings, key=lambda reading: reading.at)),
        rested=newest.at == rested,
    )
