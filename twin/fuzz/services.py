"""The services behind the clients: the ledger's table, the metrics of memory, the topic of operators."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from chalicelib.contract.names import METRIC_NAME, ROLLED_METRIC_NAME
from highwater.market.host import Measured
from twin.autoscaling import AwsError

TABLE = "ledger"
# AWS's limits on a call of GetMetricData and of BatchGetItem.
MOST_QUERIES, MOST_KEYS, MOST_BYTES = 500, 100, 16 * 1024 * 1024
# A minute each, as many as the longest span that is asked for.
MOST_POINTS = 66
METRIC_NAMES = (METRIC_NAME, ROLLED_METRIC_NAME)


class Table:
    """DynamoDB, as far as the ledger needs it: one table, its conditions, of the decisions the newest."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.decisions: dict[str, str] = {}

    def ledger(self, cluster: str) -> dict[str, Any] | None:
        """Return the item with a cluster's ledger, if there is one."""
        return self.items.get((cluster, "ledger"))

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer GetItem, BatchGetItem, TransactWriteItems and PutItem. Raises AwsError."""
        match operation:
            case "GetItem":
                item = self.items.get(_key(params["Key"]))
                return {"Item": item} if item else {}
            case "BatchGetItem":
                return self._batch(params["RequestItems"][TABLE]["Keys"])
            case "TransactWriteItems":
                puts = [put["Put"] for put in params["TransactItems"]]
                if not all(self._holds(put) for put in puts):
                    raise AwsError("TransactionCanceledException", "Transaction cancelled")
                for put in puts:
                    self.put(put["Item"])
            case "PutItem":
                if not self._holds(params):
                    raise AwsError("ConditionalCheckFailedException", "The conditional request failed")
                self.put(params["Item"])
            case _:
                raise NotImplementedError(f"{operation} is not modelled")
        return {}

    def _batch(self, keys: Sequence[Any]) -> dict[str, Any]:
        if len(keys) > MOST_KEYS:
            raise AwsError("ValidationException", f"more than {MOST_KEYS} keys")
        found, size, left = [], 0, list(keys)
        while left and size <= MOST_BYTES:
            item = self.items.get(_key(left[0]))
            size += len(item["document"]["S"]) if item else 0
            if size <= MOST_BYTES:
                found += [item] if item else []
                del left[0]
        unread = {TABLE: {"Keys": left, "ConsistentRead": True}} if left else {}
        return {"Responses": {TABLE: found}, "UnprocessedKeys": unread}

    def _holds(self, put: Mapping[str, Any]) -> bool:
        known = self.items.get(_key(put["Item"]))
        if "ConditionExpression" not in put or known is None:
            return True
        return bool(known["version"] == put["ExpressionAttributeValues"][":read"])

    def put(self, item: dict[str, Any]) -> None:
        """Store an item."""
        if item["item"]["S"].startswith("decision#"):
            self.decisions[item["cluster"]["S"]] = item["document"]["S"]
        elif not item["cluster"]["S"].endswith("#commands"):  # nobody reads those here
            self.items[_key(item)] = item


def _key(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["cluster"]["S"], item["item"]["S"]


class Metrics:
    """CloudWatch: the highest memory of each minute, by instance and metric, as far as anybody asks.

    While `partial` is set, each Id's points come on two pages, or the newest of them stay `unfinished`.
    """

    def __init__(self) -> None:
        self.partial: Literal["", "pages", "unfinished"] = ""
        self._clusters: dict[str, str] = {}
        self._points: dict[tuple[str, str], dict[datetime, float]] = {}

    def put(self, cluster: str, measured: Measured) -> None:
        """Take a point, stamped with its minute."""
        self._clusters[measured.instance_id] = cluster
        points = self._points.setdefault((measured.instance_id, measured.name), {})
        minute = measured.at.replace(second=0, microsecond=0)
        points[minute] = max(measured.percent, points.get(minute, 0.0))
        while len(points) > MOST_POINTS:
            del points[next(iter(points))]

    def forget(self) -> None:
        """Lose every point."""
        self._points.clear()

    def whole(self) -> None:
        """Answer in full from now on."""
        self.partial = ""

    def newest(self, instance_id: str) -> tuple[datetime, float] | None:
        """Return the last point of an instance."""
        of_all = (self._points.get((instance_id, name)) for name in METRIC_NAMES)
        return max((next(reversed(points.items())) for points in of_all if points), default=None)

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer GetMetricData, the newest first."""
        if operation != "GetMetricData":
            raise NotImplementedError(f"{operation} is not modelled")
        if len(params["MetricDataQueries"]) > MOST_QUERIES:
            raise AwsError("ValidationError", f"more than {MOST_QUERIES} MetricDataQueries")
        second = "NextToken" in params
        first, end = params["StartTime"] - timedelta(minutes=1), params["EndTime"]
        results = []
        for query in params["MetricDataQueries"]:
            dimensions = {d["Name"]: d["Value"] for d in query["MetricStat"]["Metric"]["Dimensions"]}
            instance_id = dimensions["InstanceId"]
            ours = self._clusters.get(instance_id) == dimensions["Cluster"]
            name = query["MetricStat"]["Metric"]["MetricName"]
            points = self._points.get((instance_id, name), {}) if ours else {}
            shown = [(at, value) for at, value in reversed(points.items()) if first < at < end]
            times, values = [at for at, _ in shown], [value for _, value in shown]
            half = slice(None)
            if self.partial or second:
                half = slice(len(times) // 2, None) if second or self.partial == "unfinished" else slice(2)
            more = bool(self.partial) and not second
            status = "PartialData" if more or self.partial == "unfinished" else "Complete"
            found = {"Id": query["Id"], "Timestamps": times[half], "Values": values[half]}
            results.append({**found, "StatusCode": status})
        token = {"NextToken": "2"} if self.partial == "pages" and not second else {}
        return {"MetricDataResults": results, **token}


class Topic:
    """SNS: the operators' topic. `standing` are the alerts that were told and not cleared, with their text.

    Their keys are the cluster and the alert's own key.
    """

    def __init__(self) -> None:
        self.told = 0
        self.standing: dict[tuple[str, str], str] = {}

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer Publish."""
        if operation != "Publish":
            raise NotImplementedError(f"{operation} is not modelled")
        self.told += 1
        news = json.loads(json.loads(params["Message"])["default"])
        for alert in (*news["told"], *news["changed"]):
            self.standing[news["cluster"], alert["key"]] = alert["text"]
        for alert in news["cleared"]:
            self.standing.pop((news["cluster"], alert["key"]), None)
        return {"MessageId": str(self.told)}
