"""CloudWatch: the memory metrics of RDBs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from chalicelib.adapters.clients import read
from chalicelib.contract.names import METRIC_NAME, METRIC_NAMESPACE, dimensions_of
from chalicelib.core.rdb import Reading, Samples

QUERIES_A_CALL = 500
WINDOW = timedelta(minutes=15)
SLOPE = timedelta(minutes=10)
PERIOD = 60


class Telemetry:
    """Readings of `MemoryUtilization`, dimensions Cluster and InstanceId, one point a minute."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def samples(self, clusters: Mapping[str, str], now: datetime) -> dict[str, Samples]:
        """Return the samples of the last 15 minutes by instance id, 500 RDBs a call. Raises Unreadable.

        `clusters` has the cluster of each instance id. An RDB without a point in that time is absent.
        """
        found: dict[str, Samples] = {}
        for some in batched(sorted(clusters.items()), QUERIES_A_CALL):
            queries = [_query(f"m{n}", cluster, instance) for n, (instance, cluster) in enumerate(some)]
            for result in self._results(queries, now):
                if result["Values"]:
                    instance_id = some[int(result["Id"].removeprefix("m"))][0]
                    found[instance_id] = _samples(result["Timestamps"], result["Values"])
        return found

    def _results(self, queries: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries,
            StartTime=now - WINDOW,
            EndTime=now + timedelta(seconds=PERIOD),
            ScanBy="TimestampDescending",
        )
        return read("GetMetricData", lambda: [one for page in pages for one in page["MetricDataResults"]])


def _query(query_id: str, cluster: str, instance_id: str) -> dict[str, Any]:
    metric = {
        "Namespace": METRIC_NAMESPACE,
        "MetricName": METRIC_NAME,
        "Dimensions": dimensions_of(cluster, instance_id),
    }
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": PERIOD, "Stat": "Maximum"}}


def _samples(times: list[datetime], values: list[float]) -> Samples:
    readings = [Reading(value, at) for at, value in zip(times, values, strict=True)]
    newest = max(readings, key=lambda reading: reading.at)
    recent = (reading for reading in readings if newest.at - reading.at <= SLOPE)
    return Samples(
        newest=newest,
        highest=max(readings, key=lambda reading: reading.percent),
        earlier=min(recent, key=lambda reading: reading.at),
    )
