"""One sweep over quiet clusters: what it asks of AWS, how long it takes, how much memory."""

import io
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import datetime
from typing import Any

import boto3

from bench.fleet import Fleet
from bench.report import Row
from chalicelib.contract.names import METRIC_NAME, METRIC_NAMESPACE, dimensions_of
from chalicelib.triggers import events
from tests.package.events import payload
from twin.aws.clock import Clock
from twin.aws.embedded import Conditions, EmbeddedAws
from twin.day.options import MIDNIGHT

FLEETS = (1, 100, 1000)
SLOW_FLEETS, SLOW = (1000, 2000), 0.5
RDBS = 20
MB = 1_000_000
SCHEDULED = payload("schedule")


def measure(progress: Callable[[str], None]) -> list[Row]:
    """Measure each fleet over the wire, and again with the models answering directly."""
    rows = []
    for clusters in FLEETS:
        with Clock(MIDNIGHT).running():
            progress(f"sweep: {clusters} clusters of {RDBS} RDBs are built")
            fleet = Fleet(clusters, RDBS, lambda: MIDNIGHT)
            progress(f"sweep: {clusters} clusters over the wire")
            calls, wired = over_the_wire(fleet)
            progress(f"sweep: {clusters} clusters without the wire")
            direct, peak = _directly(fleet)
        name = f"a sweep over {clusters} clusters"
        messages = sum(n for operation, n in calls.items() if operation.startswith("sqs:"))
        rows += [Row(f"{name}, {operation}", n, "calls") for operation, n in sorted(calls.items())]
        rows += [
            Row(f"{name}, to the queue", messages, "calls"),
            Row(f"{name}, over the wire", wired, "s", note="both ends: the embedded AWS's answers too"),
            Row(f"{name}, without the wire", direct, "s", wired, "reference: over the wire"),
            Row(f"{name}, without the wire, memory", peak / MB, "MB", note="peak, above what was there"),
        ]
    for clusters in SLOW_FLEETS:
        progress(f"sweep: {clusters} clusters, {SLOW} s a call")
        rows.append(Row(f"a sweep over {clusters} clusters, {SLOW} s a call", slowly(clusters), "s"))
    return rows


def slowly(clusters: int) -> float:
    """Return the seconds of one sweep whose every call takes half a second."""
    with Clock(MIDNIGHT).running():
        fleet = Fleet(clusters, RDBS, lambda: MIDNIGHT)
        fleet.slow(SLOW)
        with fleet.answering(), redirect_stdout(io.StringIO()):
            began = time.perf_counter()
            events.sweep()
            return time.perf_counter() - began


def over_the_wire(fleet: Fleet) -> tuple[Counter[str], float]:
    """Return calls and seconds of one sweep through the deployed function, the second of two."""
    with _deployed(fleet) as aws:
        function, functions = aws.wiring.named("Sweep"), aws.functions
        functions.call(function, SCHEDULED)
        before, began = Counter(functions.calls), time.perf_counter()
        functions.call(function, SCHEDULED)
        return functions.calls - before, time.perf_counter() - began


@contextmanager
def _deployed(fleet: Fleet) -> Iterator[EmbeddedAws]:
    """Run the embedded AWS with the control plane, and the fleet in it."""
    aws = EmbeddedAws(Clock(MIDNIGHT), io.StringIO(), Conditions(whole_wire=True))
    with aws.running():
        aws.wire.groups = fleet.groups
        for cluster, instance_id, percent, at in fleet.points():
            aws.metrics.put(METRIC_NAMESPACE, [_metric(cluster, instance_id, percent, at)], at)
        table = aws.wiring.named("Sweep").environment["LEDGER_TABLE"]
        dynamodb = boto3.client("dynamodb")
        for item in fleet.table.items.values():
            dynamodb.put_item(TableName=table, Item=item)
        yield aws


def _directly(fleet: Fleet) -> tuple[float, int]:
    """Return the seconds of one sweep, and the most bytes that another one held: tracing is slow."""
    with fleet.answering(), redirect_stdout(io.StringIO()):
        events.sweep()
        began = time.perf_counter()
        events.sweep()
        seconds = time.perf_counter() - began
        tracemalloc.start()
        try:
            events.sweep()
            return seconds, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def _metric(cluster: str, instance_id: str, percent: float, at: datetime) -> dict[str, Any]:
    dimensions = dimensions_of(cluster, instance_id)
    return {"MetricName": METRIC_NAME, "Dimensions": dimensions, "Timestamp": at, "Value": percent}
