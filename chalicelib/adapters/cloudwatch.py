"""CloudWatch: the memory metrics of RDBs."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import batched, groupby
from typing import Any

import msgspec

from chalicelib.adapters.clients import read
from chalicelib.contract.names import METRIC_NAME, METRIC_NAMESPACE, dimensions_of
from chalicelib.core.facts.rdb import Reading, Samples
from chalicelib.core.facts.text import named

QUERIES_A_CALL = 500
WINDOW = timedelta(minutes=15)
SLOPE = timedelta(minutes=10)
PERIOD = 60
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
    """Readings of `MemoryUtilization`, dimensions Cluster and InstanceId, one point a minute."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def samples(self, clusters: Mapping[str, str], now: datetime) -> Seen:
        """Return the samples of the last 15 minutes by instance id, 500 RDBs a call. Raises Unreadable.

        `clusters` has the cluster of each instance id. An RDB without a point in that time is absent.
        AWS may answer one query on several pages: its points count together, and its last status.
        """
        found: dict[str, Samples] = {}
        incomplete: dict[str, str] = {}
        for some in batched(sorted(clusters.items()), QUERIES_A_CALL):
            queries = [_query(f"m{n}", cluster, instance) for n, (instance, cluster) in enumerate(some)]
            results = sorted(self._results(queries, now), key=_id)
            for query_id, pages in groupby(results, key=_id):
                parts = list(pages)
                instance_id = some[int(query_id.removeprefix("m"))][0]
                times = [at for part in parts for at in part["Timestamps"]]
                if times:
                    found[instance_id] = _samples(
                        times, [value for part in parts for value in part["Values"]]
                    )
                if (status := parts[-1]["StatusCode"]) != COMPLETE:
                    incomplete[instance_id] = status
        return Seen(found, incomplete)

    def _results(self, queries: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries,
            StartTime=now - WINDOW,
            EndTime=now + timedelta(seconds=PERIOD),
            ScanBy="TimestampDescending",
        )
        return read("GetMetricData", lambda: [one for page in pages for one in page["MetricDataResults"]])


def _id(result: Mapping[str, Any]) -> str:
    return str(result["Id"])


def _query(query_id: str, cluster: str, instance_id: str) -> dict[str, Any]:
    metric = {
        "Namespace": METRIC_NAMESPACE,
        "MetricName": METRIC_NAME,
        "Dimensions": dimensions_of(cluster, instance_id),
    }
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": PERIOD, "Stat": "Maximum"}}


def _samples(times: list[datetime], values: list[float]) -> Samples:
    # Anybody may publish any number: none has more than all of its memory in use.
    readings = [Reading(min(max(value, 0.0), 100.0), at) for at, value in zip(times, values, strict=True)]
    newest = max(readings, key=lambda reading: reading.at)
    recent = (reading for reading in readings if newest.at - reading.at <= SLOPE)
    return Samples(
        newest=newest,
        highest=max(readings, key=lambda reading: reading.percent),
        earlier=min(recent, key=lambda reading: reading.at),
        trail=tuple(sorted(readings, key=lambda reading: reading.at)),
    )
