"""AWS's limits on a call, for models that answer without the wire; and what was called."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from twin.autoscaling import AwsError
from twin.fuzz import adapters
from twin.fuzz.adapters import TABLE
from twin.fuzz.wire import Service

MOST_QUERIES = 500
MOST_KEYS = 100
MOST_BYTES = 16 * 1024 * 1024


class Metered:
    """A service that counts its calls as `service:Operation`."""

    def __init__(self, name: str, service: Service, calls: Counter[str]) -> None:
        self._name = name
        self._service = service
        self._calls = calls

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """One call. Raises AwsError."""
        self._calls[f"{self._name}:{operation}"] += 1
        return self._service.call(operation, params)


class Metrics(adapters.Metrics):
    """CloudWatch: at most 500 queries a call. (DescribeAutoScalingGroups has its own limit in its model.)"""

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """GetMetricData. Raises AwsError."""
        if len(params["MetricDataQueries"]) > MOST_QUERIES:
            raise AwsError("ValidationError", f"more than {MOST_QUERIES} MetricDataQueries")
        return super().call(operation, params)


class Table(adapters.Table):
    """DynamoDB: a batch has at most 100 keys, and its answer at most 16 MB; the rest is left unprocessed."""

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Operations of a table. Raises AwsError."""
        if operation != "BatchGetItem":
            return super().call(operation, params)
        keys = params["RequestItems"][TABLE]["Keys"]
        if len(keys) > MOST_KEYS:
            raise AwsError("ValidationException", f"more than {MOST_KEYS} keys")
        size, read = 0, 0
        while read < len(keys) and size <= MOST_BYTES:
            item = self.items.get(keys[read]["cluster"]["S"])
            size += len(item["document"]["S"]) if item else 0
            read += size <= MOST_BYTES
        answer = super().call(operation, {"RequestItems": {TABLE: {"Keys": keys[:read]}}})
        left = {TABLE: {"Keys": keys[read:], "ConsistentRead": True}} if keys[read:] else {}
        return {**answer, "UnprocessedKeys": left}
