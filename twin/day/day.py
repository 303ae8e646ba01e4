"""One trading day of one cluster through the real control plane, on the embedded AWS."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from random import Random
from typing import Any, TextIO, cast

import boto3
import msgspec

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.contract.names import (
    DRAIN_TAG,
    METRIC_NAMESPACE,
    ROLE_TAG,
    Role,
    dimensions_of,
)
from chalicelib.contract.report import Report, State
from chalicelib.contract.tickerplant import TickerplantReport
from chalicelib.core.commands.drains import CALENDAR
from chalicelib.core.facts.calendar import KeptCalendar
from chalicelib.core.facts.ledger import Ledger
from highwater.market.host import Measured, Outbox, RdbHost
from highwater.market.sessions import DAY_SECONDS
from highwater.market.tickerplant import Tickerplant
from highwater.market.waiting import WaitingReporter
from rdb.contract.report import Report as SignedReport
from rdb.contract.report import decode
from rdb.reporter.proof import signed
from twin.aws.clock import Clock
from twin.aws.cloudformation import REGION
from twin.aws.cluster import DeployedCluster
from twin.aws.embedded import Conditions, EmbeddedAws
from twin.aws.http_api import LOCAL, Api
from twin.day.counted import Counted
from twin.day.options import CLUSTER, DAY, MIDNIGHT, Options
from twin.day.recording import Recording
from twin.day.referee import Referee, WrittenLedger
from twin.day.told import Told
from twin.oracle import Oracle

BEFORE = timedelta(minutes=10)
TICK_SECONDS = 10
# A live RDB takes so many updates a second while it catches up with the log.
REPLAY_RATE = 20_000
PERSIST_SECONDS = 20.0
WOKEN_BY = {"alarm": "OnAlarm", "report": "OnReport", "sweep": "Sweep"}


class Day:
    """The simulated cluster: RDB hosts, their tickerplant, and the end of the day."""

    def __init__(self, options: Options, log: TextIO) -> None:
        self.options = options
        self.opening, self.closing = options.opening, options.closing
        self.clock = Clock(self.opening - BEFORE)
        self.log = log
        self.counted = Counted(log, lambda: self.aws.functions.running)
        self.recording = Recording(MIDNIGHT, self.opening)
        self.told = Told(self.clock.now)
        self._repeats = False
        self._waiting = WaitingReporter(CLUSTER, self._say_what_waits)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the embedded AWS with the cluster deployed, ten minutes before the run begins."""
        with self.clock.running():
            self.tickerplant = Tickerplant[RdbHost](self.clock.now(), REPLAY_RATE, PERSIST_SECONDS)
            self.tickerplant.rests = self.options.overnight == "none"
            conditions = Conditions(
                faults=self.options.faults, withheld=self._withheld, whole_wire=self.options.whole_wire
            )
            log = cast(TextIO, self.counted.log)
            self.aws = EmbeddedAws(self.clock, log, conditions, started=self._started, ended=self._ended)
            with self.aws.running():
                self._deploy()
                yield

    def run(self, progress: Callable[[float], None] = lambda _share: None) -> None:
        """Run the day from its first host to its closing."""
        self.clock.run_until(self.opening)
        self.tickerplant.seconds_without_live = self.tickerplant.seconds_in_overdraft = 0.0
        day_ends, next_day = self.options.ends, self.options.begins + DAY
        self.clock.at(day_ends, self.end_day)
        now, span = self.opening, self.closing - self.opening
        while now < self.closing:
            steps = (now + timedelta(minutes=1), next_day, self.closing)
            now = min(step for step in steps if step > now)
            self.clock.run_until(now)
            if now <= next_day:
                self.recording.seconds_without_live = self.tickerplant.seconds_without_live
                self.recording.seconds_in_overdraft = self.tickerplant.seconds_in_overdraft
            progress((now - self.opening) / span)
        if self.closing < day_ends:
            self._advance()
            self.recording.breaks_off(self.tickerplant, self.lost)

    def repeat(self) -> None:
        """Have every day from now on publish the feed and end as the first one does."""
        self._repeats = True
        self.clock.every(DAY_SECONDS, self.options.ends, self.end_day)

    def end_day(self) -> None:
        """End the trading day now: the RDBs are persisted one after the other."""
        self._advance()
        self.recording.day_ends(self.tickerplant, self.lost)
        self.tickerplant.end_day(self.clock.now(), Random(0))
        for at in self.tickerplant.persisting():
            self.clock.at(at, lambda: self.tickerplant.persist_due(self.clock.now()))

    @property
    def lost(self) -> int:
        """Updates that were ended by somebody else's hand: only a drill has such."""
        return 0

    def desired(self) -> int:
        """Return the group's true desired capacity."""
        return int(self.group()["DesiredCapacity"])

    def not_released(self) -> dict[str, list[str]]:
        """Return by instance id why each RDB is not released, as the API says it; nothing where it fails."""
        status, text = Api(self.aws, LOCAL).answer("GET", f"/clusters/{CLUSTER}")
        shown = json.loads(text)["rdbs"] if status == HTTPStatus.OK else ()
        return {rdb["instance_id"]: rdb["not_released_for"] for rdb in shown}

    def _deploy(self) -> None:
        options = self.options
        sizes = options.min_size, options.max_size
        cluster = DeployedCluster(self.aws, options.cluster, options.lead, sizes)
        self.group, self.group_name, self.table = cluster.group, cluster.group_name, cluster.table
        ledgers = Ledgers(boto3.client("dynamodb"), self.table)
        if options.day_before:
            ledgers.commit(Ledger(CLUSTER, learned=options.learned), None)
        calendar = options.calendar
        if calendar:
            ledgers.commit(ledgers.read(CLUSTER), None, calendar=KeptCalendar(calendar))
        scale = options.roll if options.scale is None else options.scale
        opens = tuple(session.start for session in calendar.sessions) if calendar else ()
        oracle = Oracle(scale, options.roll, options.lead, fixed=options.rule == "fixed")
        self.ledger = WrittenLedger(self.table, CLUSTER)
        self.referee = Referee(self.clock, self.group, self.ledger, oracle, opens)
        self.aws.wire.watchers.append(self.referee.saw)
        self.aws.functions.watchers.append(self.counted.saw)
        self.aws.subscribe(self.aws.wiring.named("Reconcile").environment["OPERATORS_TOPIC"], self.told.heard)
        self.clock.every(TICK_SECONDS, self.clock.now(), self._tick)

    # Straight into topic and store: over the wire the hosts would take half of the day's run.

    def _publish(self, report: Report) -> None:
        """Publish a report; `drained` as the real reporter signs it, with that instance's credentials."""
        text = msgspec.json.encode(report)
        if report.state is State.DRAINED:
            credentials = self.aws.instance_credentials(report.instance_id)
            text = msgspec.json.encode(signed(decode(text, SignedReport), credentials, REGION))
        self.say(text.decode())

    def _say_what_waits(self, report: TickerplantReport) -> None:
        self.say(msgspec.json.encode(report).decode())

    def say(self, text: str) -> None:
        """Publish a report, as its host encoded it."""
        self.counted.reported()
        self.aws.report(CLUSTER, text)

    def put_metric(self, cluster: str, measured: Measured) -> None:
        """Publish the memory of an RDB."""
        datum = {
            "MetricName": measured.name,
            "Dimensions": dimensions_of(cluster, measured.instance_id),
            "Timestamp": measured.at,
            "Value": measured.percent,
            "Unit": "Percent",
        }
        self.aws.metrics.put(METRIC_NAMESPACE, [datum], measured.at)
        self.counted.measured(measured)

    def _started(self, instance_id: str, tags: Mapping[str, str]) -> None:
        if tags.get(ROLE_TAG) != Role.RDB:
            return
        rdb = self.tickerplant.rdbs[instance_id] = self.new_host(instance_id)
        self.clock.after(self.options.lead, lambda: self._booted(rdb))

    def new_host(self, instance_id: str) -> RdbHost:
        """Return a host that was launched now."""
        outbox = Outbox(self._publish, partial(self.put_metric, CLUSTER))
        return RdbHost(instance_id, self.options.cluster, outbox, self.clock.now())

    def _booted(self, rdb: RdbHost) -> None:
        if rdb.terminated_at is None:
            self.tickerplant.join(rdb, self.clock.now())

    def _ended(self, instance_id: str) -> None:
        rdb = self.tickerplant.rdbs.get(instance_id)
        if rdb is not None:
            rdb.terminated_at = self.clock.now()
            self.referee.ended(rdb)
            self.tickerplant.leave(rdb, rdb.terminated_at)
            rdb.rows = 0

    def _tick(self) -> None:
        now = self.clock.now()
        self._advance()
        for rdb in self.tickerplant.rdbs.values():
            if rdb.terminated_at is None:
                if DRAIN_TAG in self.aws.hosts.tags(rdb.instance_id):
                    is_live = rdb is self.tickerplant.live
                    night = is_live and self.ledger.drains_by(CALENDAR, rdb.instance_id)
                    self.tickerplant.drain(rdb, now, live_too=night)
                rdb.tick(now)
        self._waiting.tick(self.tickerplant, now)
        self.recording.sample(now, self.tickerplant, self.group)

    def _advance(self) -> None:
        now = self.clock.now()
        days, seconds = 0.0, (now - self.options.begins).total_seconds()
        if self._repeats and seconds > 0:
            days, seconds = divmod(seconds, DAY_SECONDS)
        feed, end = self.options.feed, (self.options.ends - self.options.begins).total_seconds()
        published = int(days) * feed.published(end) + feed.published(min(seconds, end))
        self.tickerplant.advance(now, published)

    def _withheld(self, function: str, event: Mapping[str, Any]) -> bool:
        """With `only`, the wake-ups of the other two never arrive; a drained report always may."""
        only = self.options.only
        if only is None or WOKEN_BY[only] in function:
            return False
        if WOKEN_BY["report"] in function:
            message = json.loads(event["Records"][0]["Sns"]["Message"])
            return bool(message.get("state") != "drained")
        return any(name in function for name in WOKEN_BY.values())


def run_day(
    day: Day,
    progress: Callable[[float], None] = lambda _share: None,
    prepare: Callable[[], None] = lambda: None,
) -> float:
    """Run a day, with what is to be prepared once it is deployed; return the seconds that it took."""
    started = time.perf_counter()
    with day.running():
        prepare()
        day.run(progress)
        rdbs = day.tickerplant.rdbs.values()
        day.recording.finish(day.table, CLUSTER, day.desired(), rdbs)
        # Before the question that comes last, which is ours.
        day.recording.count(day.aws.functions.calls, day.counted.shown(rdbs, day.closing))
        day.recording.not_released = day.not_released()
    return time.perf_counter() - started
