"""One trading day of one cluster through the real control plane, on the embedded AWS."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TextIO

import boto3
import msgspec

from rdb.contract.report import Report, decode
from rdb.reporter.proof import signed
from twin.aws.clock import Clock
from twin.aws.cloudformation import REGION
from twin.aws.delivery import Faults
from twin.aws.embedded import EmbeddedAws
from twin.day.recording import Recording
from twin.day.referee import Referee
from twin.market.feed import Feed, paper
from twin.market.rdb import SIZES, Outbox, Rdb, Size
from twin.market.tickerplant import Tickerplant

CLUSTER = "trades"
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
BEFORE = timedelta(minutes=10)
AFTER = timedelta(minutes=45)
TICK_SECONDS = 10

Only = Literal["alarm", "report", "sweep"]
WOKEN_BY = {"alarm": "OnAlarm", "report": "OnReport", "sweep": "Sweep"}


@dataclass(frozen=True)
class Options:
    """What a day is made of. Thresholds in percent, lead time and end of day in seconds."""

    size: str = "medium"
    scale: float = 60.0
    roll: float = 85.0
    lead: int = 60
    feed: Feed = field(default_factory=paper)
    feed_name: str = "paper"
    kib_per_update: float | None = None
    end_of_day: int = 24 * 3600
    only: Only | None = None
    faults: Faults = field(default_factory=Faults)
    max_size: int = 40

    @property
    def host(self) -> Size:
        """The host, with the memory per update that was asked for."""
        size = SIZES[self.size]
        return Size(size.usd_per_hour, size.total_kib, self.kib_per_update or size.kib_per_update)


class Day:
    """The simulated cluster: RDB hosts, their tickerplant, and the end of the day."""

    def __init__(self, options: Options, log: TextIO) -> None:
        self.options = options
        self.clock = Clock(MIDNIGHT - BEFORE)
        self._log = log
        self.recording = Recording(MIDNIGHT)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The embedded AWS with the cluster deployed, ten minutes before midnight."""
        with self.clock.running():
            self.tickerplant = Tickerplant(self.clock, self.options.roll, self._published)
            self.aws = EmbeddedAws(
                self.clock,
                self.options.faults,
                self._log,
                started=self._started,
                ended=self._ended,
                withheld=self._withheld,
            )
            with self.aws.running():
                self._deploy()
                yield

    def run(self, progress: Callable[[float], None] = lambda _share: None) -> None:
        """The day from its first host to 45 minutes after its end."""
        self.clock.run_until(MIDNIGHT)
        self.tickerplant.seconds_without_live = 0.0
        self.clock.at(MIDNIGHT + timedelta(seconds=self.options.end_of_day), self._end_day)
        end = MIDNIGHT + timedelta(days=1) + AFTER
        for minute in range(int((end - MIDNIGHT).total_seconds()) // 60):
            if minute == 24 * 60:
                self.recording.seconds_without_live = self.tickerplant.seconds_without_live
            self.clock.run_until(MIDNIGHT + timedelta(minutes=minute + 1))
            progress(60 * (minute + 1) / (end - MIDNIGHT).total_seconds())

    def desired(self) -> int:
        """The group's true desired capacity."""
        return int(self._group()["DesiredCapacity"])

    def _deploy(self) -> None:
        options = self.options
        resources = self.aws.deploy_cluster(
            CLUSTER,
            {
                "ScaleThreshold": f"{options.scale:g}",
                "RollThreshold": f"{options.roll:g}",
                "LeadSeconds": str(options.lead),
                "MaxSize": str(options.max_size),
            },
        )
        self._group_name = str(resources["RdbGroup"][1]["Name"])
        function = self.aws.wiring.named("Reconcile")
        self.table = function.environment["LEDGER_TABLE"]
        self.referee = Referee(self.clock, self.table, CLUSTER, options.scale)
        self.aws.wire.watchers.append(self.referee.watch(self.desired))
        exports = boto3.client("cloudformation").list_exports()["Exports"]
        topic = next(e["Value"] for e in exports if e["Name"] == "highwater-reports-topic")
        metrics = self.aws.metrics
        # Straight into topic and store: over the wire the hosts would take half of the day's run.
        self._outbox = Outbox(
            publish=lambda text: self.aws.publish(topic, text),
            sign=self._signed,
            put_metric=lambda instance_id, percent, at: metrics.put(
                "Highwater", [_metric(instance_id, percent, at)], at
            ),
        )
        self.clock.every(TICK_SECONDS, self.clock.now(), self._tick)

    def _group(self) -> Mapping[str, Any]:
        query = {"AutoScalingGroupNames": [self._group_name]}
        group: Mapping[str, Any] = self.aws.groups.call("DescribeAutoScalingGroups", query)[
            "AutoScalingGroups"
        ][0]
        return group

    def _signed(self, said: str) -> str:
        """A report as the real reporter signs it, with the credentials of that instance."""
        report = decode(said, Report)
        credentials = self.aws.instance_credentials(report.instance_id)
        return msgspec.json.encode(signed(report, credentials, REGION)).decode()

    def _started(self, instance_id: str, tags: Mapping[str, str]) -> None:
        if tags.get("highwater:role") != "rdb":
            return
        rdb = Rdb(CLUSTER, instance_id, self.options.host, self.options.scale, self._outbox, self.clock.now())
        self.tickerplant.rdbs[instance_id] = rdb
        self.clock.after(self.options.lead, lambda: self._booted(rdb))

    def _booted(self, rdb: Rdb) -> None:
        if rdb.terminated_at is None:
            self.tickerplant.join(rdb)

    def _ended(self, instance_id: str) -> None:
        rdb = self.tickerplant.rdbs.get(instance_id)
        if rdb is not None:
            rdb.terminated_at = self.clock.now()
            self.tickerplant.leave(rdb)
            self.referee.ended(rdb)

    def _tick(self) -> None:
        now = self.clock.now()
        self.tickerplant.advance()
        for rdb in self.tickerplant.rdbs.values():
            if rdb.terminated_at is None:
                if "highwater:drain" in self.aws.hosts.tags(rdb.instance_id):
                    self.tickerplant.drain(rdb)
                rdb.tick(now)
        self.recording.sample(now, self.tickerplant, self.desired)

    def _end_day(self) -> None:
        self.tickerplant.advance()
        self.recording.day_ends(self.tickerplant, self._published(self.clock.now()))
        self.tickerplant.end_day()

    def _published(self, now: datetime) -> int:
        seconds = (now - MIDNIGHT).total_seconds()
        return self.options.feed.published(min(seconds, self.options.end_of_day))

    def _withheld(self, function: str, event: Mapping[str, Any]) -> bool:
        """With `only`, the wake-ups of the other two never arrive; a drained report always may."""
        only = self.options.only
        if only is None or WOKEN_BY[only] in function:
            return False
        if WOKEN_BY["report"] in function:
            message = json.loads(event["Records"][0]["Sns"]["Message"])
            return bool(message["state"] != "drained")
        return any(name in function for name in WOKEN_BY.values())


def _metric(instance_id: str, percent: float, at: datetime) -> dict[str, Any]:
    return {
        "MetricName": "MemoryUtilization",
        "Dimensions": [{"Name": "Cluster", "Value": CLUSTER}, {"Name": "InstanceId", "Value": instance_id}],
        "Timestamp": at,
        "Value": percent,
        "Unit": "Percent",
    }


def run_day(
    options: Options, log: TextIO, progress: Callable[[float], None] = lambda _share: None
) -> "tuple[Day, float]":
    """Runs a day; the day and the wall-clock seconds that it took."""
    started = time.perf_counter()
    day = Day(options, log)
    with day.running():
        day.run(progress)
        day.recording.finish(day.table, CLUSTER, day.desired(), day.tickerplant.rdbs.values())
    return day, time.perf_counter() - started
