"""Heartbeats of one cluster in which nothing happens: what they ask of CloudWatch, write and log.

The hosts are the twin's, which report as the real reporter does. Reports, queue, reconciles and sweeps are
the real ones, on models that answer directly.
"""

import io
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import msgspec

from bench.facts import ROWS, states
from bench.fleet import ENVIRONMENT, Fleet
from bench.report import Row
from chalicelib.adapters.logs import metrics
from chalicelib.contract.names import REPORTS_PREFIX
from chalicelib.contract.report import Report, State
from chalicelib.triggers import events
from chalicelib.triggers.batch import handle_batch
from highwater.market.host import Measured, Outbox, RdbHost
from highwater.market.rdb import SIZES, Cluster
from tests.package.events import records
from twin.aws.clock import Clock
from twin.aws.functions import logging_to
from twin.day.options import MIDNIGHT

COUNTED, SPAN = (6, 60, 400), timedelta(hours=1)
TICK = timedelta(seconds=10)
CLUSTER = "cluster-0000"
TOPIC = f"arn:aws:sns:us-east-1:{ENVIRONMENT['ACCOUNT']}:{REPORTS_PREFIX}{CLUSTER}"
# Percent of memory: the live one is above the scale threshold, so that the standby is needed.
FILLED = {State.LIVE: 70.0, State.ROLLED: 86.0}


class Counts(NamedTuple):
    """What a span of heartbeats came to. Bytes are those of ledgers and of lines."""

    reports: int
    reconciles: int
    metrics_asked: int
    bytes_written: int
    log_lines: int
    log_bytes: int
    calls: int


class Settled(RdbHost):
    """A host that has said the same for hours, and repeats itself at a phase of its own."""

    def settle(self, now: datetime, random: Random) -> None:
        """Have been in its state for four hours, and be due at random."""
        self._said, self._said_since, self._rolled_at = self.state, now - timedelta(hours=4), None
        self._report_due = now + self._period(now) * random.random()
        self._metric_due = now + self._measured_as(now)[1] * random.random()

    def measured(self, at: datetime) -> Measured:
        """Return its memory as its metric had it at a time."""
        return Measured(self.instance_id, self.percent, at, self._measured_as(at)[0])


class Heartbeats:
    """One cluster at noon: one RDB is live, one stands by, all others rolled long ago."""

    def __init__(self, rdbs: int) -> None:
        self._clock = Clock(MIDNIGHT + timedelta(hours=12))
        self._random = Random(rdbs)
        self._rdbs = rdbs
        self._queue: list[str] = []
        self._reports = self._reconciles = self._asked = self._written = 0

    def of(self, span: timedelta) -> Counts:
        """Let so much time pass, and count."""
        log = io.StringIO()
        with self._clock.running(), logging_to(log):
            self._fleet = Fleet(1, self._rdbs, self._clock.now)
            self._count_calls()
            hosts = self._hosts()
            with self._fleet.answering():
                self._begin(hosts)
                log.seek(0)
                log.truncate()
                self._reports = self._reconciles = self._asked = self._written = 0
                self._fleet.calls.clear()
                self._passes(hosts, span)
        lines = [line for line in log.getvalue().splitlines() if line]
        size = sum(map(len, lines))
        calls = sum(self._fleet.calls.values())
        counts = (self._reports, self._reconciles, self._asked, self._written, len(lines), size, calls)
        return Counts(*counts)

    def _passes(self, hosts: list[Settled], span: timedelta) -> None:
        until = self._clock.now() + span
        while (now := self._clock.now()) < until:
            for host in hosts:
                host.tick(now)
            if now.second == 0:
                events.sweep()
                metrics.flush_metrics()
            self._work()
            self._clock.run_until(now + TICK)

    def _work(self) -> None:
        while self._queue:
            some, self._queue = self._queue[:10], self._queue[10:]
            handle_batch(records(*some)["Records"])
            metrics.flush_metrics()
            self._reconciles += 1

    def _hosts(self) -> list[Settled]:
        (group,) = self._fleet.groups.call("DescribeAutoScalingGroups", {})["AutoScalingGroups"]
        said = states(member["InstanceId"] for member in group["Instances"])
        cluster, now = Cluster(CLUSTER, SIZES["medium"], 85.0, 85.0), self._clock.now()
        outbox, hosts = Outbox(self._publish, self._put), []
        for n, (instance_id, state) in enumerate(said.items()):
            host = Settled(instance_id, cluster, outbox, now - timedelta(hours=8))
            host.state = state
            if state in FILLED:
                host.rows = host.room_for(FILLED[state])
                host.first_index, host.last_index = n * ROWS, n * ROWS + host.rows
            hosts.append(host)
        self._fleet.metrics.forget()
        for minutes in range(15, 0, -1):
            for host in hosts:
                self._put(host.measured(now - timedelta(minutes=minutes)))
        return hosts

    def _begin(self, hosts: list[Settled]) -> None:
        """Have everybody report once, and then at a phase of its own."""
        now = self._clock.now()
        for host in hosts:
            host.report(now)
            host.settle(now, self._random)
        self._work()
        self._passes(hosts, timedelta(minutes=2))

    def _publish(self, report: Report) -> None:
        self._reports += 1
        message = msgspec.json.encode(report).decode()
        events.take_report({"Records": [{"Sns": {"TopicArn": TOPIC, "Message": message}}]})
        metrics.flush_metrics()

    def _put(self, measured: Measured) -> None:
        self._fleet.metrics.put(CLUSTER, measured)

    def _count_calls(self) -> None:
        for service, look in (
            (self._fleet.metrics, self._looks_at_metrics),
            (self._fleet.table, self._looks_at_writes),
            (self._fleet.queue, self._queues),
        ):
            self._watch(service, look)

    def _watch(self, service: Any, look: Any) -> None:
        call = service.call

        def watched(operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
            look(params)
            answer: dict[str, Any] = call(operation, params)
            return answer

        service.call = watched

    def _looks_at_metrics(self, params: Mapping[str, Any]) -> None:
        self._asked += len(params["MetricDataQueries"])

    def _looks_at_writes(self, params: Mapping[str, Any]) -> None:
        puts = [put["Put"] for put in params.get("TransactItems", ())]
        puts += [params] if "Item" in params else []
        self._written += sum(len(put["Item"]["document"]["S"]) for put in puts)

    def _queues(self, params: Mapping[str, Any]) -> None:
        entries = params.get("Entries") or [params]
        self._queue += [entry["MessageBody"] for entry in entries]


def measure(progress: Callable[[str], None]) -> list[Row]:
    """Count an hour of each size, as a day; beside it what the square of the RDBs would come to."""
    rows = []
    days = timedelta(days=1) / SPAN
    first = None
    for rdbs in COUNTED:
        progress(f"heartbeats: {rdbs} RDBs")
        counts = Heartbeats(rdbs).of(SPAN)
        first = first or counts
        for name, count in counts._asdict().items():
            square = getattr(first, name) * (rdbs / COUNTED[0]) ** 2 * days
            note = "in a day; reference: the square of those of 6"
            rows.append(Row(name.replace("_", " "), count * days, "", square, note, at=f"{rdbs} RDBs"))
    return rows
