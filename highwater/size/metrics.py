"""The memory metrics of a cluster's RDBs of past days, as CloudWatch keeps them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from chalicelib.contract.names import METRIC_NAME, METRIC_NAMESPACE, dimensions_of
from highwater.deploy.aws.caller import reading
from highwater.size.growth import Point
from highwater.terminal import Failed

QUERIES_A_CALL, PERIOD = 500, 60
COMPLETE = "Complete"


def memory_of(
    client: Any, cluster: str, instance_ids: Iterable[str], begins: datetime, ends: datetime
) -> dict[str, list[Point]]:
    """Return the points of each RDB from one whole minute to another, in their order; none of who has none.

    Those of an RDB that has rolled have another name, and are not among them. Raises Refused, and Failed
    where CloudWatch did not answer all of it.
    """
    found: dict[str, dict[datetime, float]] = {}
    for some in batched(sorted(instance_ids), QUERIES_A_CALL):
        with reading():
            pages = client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[_query(f"m{n}", cluster, one) for n, one in enumerate(some)],
                StartTime=begins,
                EndTime=ends,
                ScanBy="TimestampAscending",
            )
            results = [result for page in pages for result in page["MetricDataResults"]]
        # AWS may answer one query on several pages: its last status counts.
        last = {result["Id"]: result["StatusCode"] for result in results}
        if lacking := sorted({*last.values()} - {COMPLETE}):
            raise Failed(f"GetMetricData answered in part alone ({', '.join(lacking)}): run this again.")
        for result in results:
            points = found.setdefault(some[int(result["Id"].removeprefix("m"))], {})
            points |= {
                at.astimezone(UTC): min(max(value, 0.0), 100.0)
                for at, value in zip(result["Timestamps"], result["Values"], strict=True)
            }
    return {one: [Point(at, points[at]) for at in sorted(points)] for one, points in found.items() if points}


def _query(query_id: str, cluster: str, instance_id: str) -> dict[str, Any]:
    metric = {
        "Namespace": METRIC_NAMESPACE,
        "MetricName": METRIC_NAME,
        "Dimensions": dimensions_of(cluster, instance_id),
    }
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": PERIOD, "Stat": "Maximum"}}
