"""Many quiet clusters: their groups in the strict model, their metrics and their ledgers."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from bench.facts import TAGS, percent, reconciled, states
from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.contract.names import CLUSTER_TAG, rdb_group
from chalicelib.core.release.walls import SUSPENDED
from chalicelib.reconcile import runtime
from highwater.market.host import Measured
from twin.autoscaling import AutoScaling
from twin.fuzz.clients import Client
from twin.fuzz.hosts import SUBNETS, Hosts
from twin.fuzz.rules import WALLS
from twin.fuzz.services import TABLE, Metrics, Table
from twin.fuzz.wire import Service, Wire

MINUTES = 15
ENVIRONMENT = {
    "WAKE_UPS_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/highwater-wake-ups.fifo",
    "LEDGER_TABLE": TABLE,
    "OPERATORS_TOPIC": "arn:aws:sns:us-east-1:123456789012:highwater-operators",
    "ACCOUNT": "123456789012",
    "PARTITION": "aws",
    "URL_SUFFIX": "amazonaws.com",
    "AWS_REGION": "us-east-1",
}


class Metered:
    """A service that counts its calls as `service:Operation`; each takes so many `seconds`."""

    def __init__(self, name: str, service: Service, calls: Counter[str]) -> None:
        self._name = name
        self._service = service
        self._calls = calls
        self.seconds = 0.0

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one request. Raises AwsError."""
        self._calls[f"{self._name}:{operation}"] += 1
        if self.seconds:
            time.sleep(self.seconds)
        return self._service.call(operation, params)


class Queue:
    """SQS: how many messages were sent."""

    def __init__(self) -> None:
        self.messages = 0

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Take the messages of SendMessage or SendMessageBatch."""
        self.messages += len(params["Entries"]) if operation == "SendMessageBatch" else 1
        return {}


class Fleet:
    """So many clusters of so many RDBs, as a reconcile left them a moment ago: nothing is due.

    `calls` counts what is asked over its clients, as `service:Operation`.
    """

    def __init__(self, clusters: int, rdbs: int, now: Callable[[], datetime]) -> None:
        self._now = now
        self._age = timedelta(minutes=5)
        self.calls: Counter[str] = Counter()
        self.groups = AutoScaling(Hosts(), _ignore, lambda: now() - self._age)
        self.metrics, self.table, self.queue = Metrics(), Table(), Queue()
        services: dict[str, Service] = {
            "autoscaling": self.groups,
            "cloudwatch": self.metrics,
            "dynamodb": self.table,
            "sqs": self.queue,
        }
        self._metered = {name: Metered(name, service, self.calls) for name, service in services.items()}
        self._wire = Wire(dict(self._metered), now, _ignore)
        for n in range(clusters):
            self._create(f"cluster-{n:04}", rdbs)
        # The groups were made some minutes ago, so their hosts serve by now.
        self._age = timedelta()
        self.groups.advance()
        self._described = Groups(self.client("autoscaling"), lambda: self.client("autoscaling")).all()
        for cluster, instance_id, memory, at in self.points():
            self.metrics.put(cluster, Measured(instance_id, memory, at))
        ledgers = Ledgers(self.client("dynamodb"), TABLE)
        for group in self._described:
            ledgers.commit(reconciled(group, states(group.members), now())[0], None)
        self.calls.clear()

    def slow(self, seconds: float) -> None:
        """Have each call take so long from now on."""
        for metered in self._metered.values():
            metered.seconds = seconds

    def client(self, service: str, *, once: bool = False) -> Client:  # noqa: ARG002 - as chalicelib.aws has it
        """Return a client of one service that the models answer directly."""
        return Client(self._wire, service)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Be what the functions' clients ask, until it is left."""
        with patch.object(runtime, "client", self.client), patch.dict(os.environ, ENVIRONMENT):
            yield

    def points(self) -> Iterator[tuple[str, str, float, datetime]]:
        """Yield every metric of the last quarter of an hour: cluster, instance id, percent, time."""
        times = [self._now() - timedelta(minutes=minutes) for minutes in range(MINUTES, 0, -1)]
        for group in self._described:
            for instance_id, state in states(group.members).items():
                for at in times:
                    yield group.cluster, instance_id, percent(state), at

    def _create(self, cluster: str, rdbs: int) -> None:
        name, tags = rdb_group(cluster), {**TAGS, CLUSTER_TAG: cluster}
        settings = {
            "AutoScalingGroupName": name,
            "MinSize": 1,
            "MaxSize": 2 * rdbs,
            "DesiredCapacity": rdbs,
            "VPCZoneIdentifier": SUBNETS,
            "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"},
            **WALLS,
            "Tags": [{"Key": k, "Value": v, "PropagateAtLaunch": True} for k, v in tags.items()],
        }
        self.groups.call("CreateAutoScalingGroup", settings)
        processes = {"AutoScalingGroupName": name, "ScalingProcesses": sorted(SUSPENDED)}
        self.groups.call("SuspendProcesses", processes)


def _ignore(*_: object) -> None:
    """Nobody listens."""
