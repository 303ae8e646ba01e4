"""A cluster of real processes: hosts come and go as EC2 Auto Scaling says, the real handlers decide."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic
from typing import Any, TextIO

import boto3

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.contract.names import DRAIN_TAG, ROLE_TAG, Role
from chalicelib.contract.report import State
from chalicelib.core.decision import Decision
from chalicelib.core.facts.ledger import Ledger
from highwater.market.rdb import Cluster
from highwater.market.tickerplant import Tickerplant
from twin.autoscaling import Timings
from twin.aws.clock import WallClock
from twin.aws.cluster import DeployedCluster
from twin.aws.embedded import Conditions, EmbeddedAws
from twin.aws.loopback import LOCK, through_moto
from twin.aws.service import Service
from twin.processes.asking import Client
from twin.processes.group import ProcessGroup
from twin.processes.host import Host, Site
from twin.processes.q import SIZE

CLUSTER = "trades"
# EC2 Auto Scaling takes most of a minute for what takes a second here; so do alarms and the sweep.
TIMINGS = Timings(reaction=0.2, pending=0.3, terminating=0.3, selected=0.1, health_check=5, replacement=0.2)
ALARMS_EVERY = 2.0
SWEEP_EVERY = 5.0
BOOT_SECONDS = 0.3
LEAD_SECONDS = 5
LOOK_EVERY = 0.05
# A machine that is busy with something else must not make a whole RDB of updates at once.
LONGEST_STEP = 0.2
# Updates a second: all that there are, at once.
REPLAY_RATE = 1e9


@dataclass(frozen=True)
class Settings:
    """The settings of a cluster; thresholds in percent."""

    scale: float
    roll: float
    max_size: int
    timings: Timings = TIMINGS

    @property
    def cluster(self) -> Cluster:
        """The cluster's hosts."""
        return Cluster(CLUSTER, SIZE, self.scale, self.roll)


@dataclass(frozen=True)
class Ended:
    """An instance that was terminated, with the state and rows of its q then."""

    instance_id: str
    state: State
    rows: int


class Processes:
    """One cluster. Nothing moves but in `step`: call it often. `rate` are updates a second.

    `terminated` are the calls that end an instance, each with whether it decrements; `watch` is called after
    each step. `broken` has a sentence for each promise that was broken: a loaded RDB was ended, or a
    `drained` was said of a q with rows. `client` asks the gateway for the count of all rows once a second.
    """

    def __init__(self, directory: Path, log: TextIO, settings: Settings) -> None:
        self.rate = 0.0
        self.hosts: dict[str, Host] = {}
        self.members: dict[str, str] = {}
        self.desired = 0
        self.ended: list[Ended] = []
        self.reports: list[dict[str, Any]] = []
        self.broken: list[str] = []
        self.terminated: list[tuple[str, bool]] = []
        self.watch: Callable[[], None] = lambda: None
        self.settings = settings
        self.directory, self._log = directory, log
        self._clock = WallClock()
        self.tickerplant = Tickerplant[Host](self._clock.now(), REPLAY_RATE, 0)
        self._stepped_at = self._clock.now()
        self._news = Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run it, deployed and with its first instance on the way; no process is left over at the end."""
        clock = self._clock
        self.aws = EmbeddedAws(
            clock,
            self._log,
            Conditions(timings=self.settings.timings, whole_wire=True),
            started=self._started,
            ended=self._ended,
        )
        # The last to be entered is the first to end: no reporter is left to see the rest go.
        with self.aws.running(), Service(through_moto) as self.endpoint, ProcessGroup() as self._processes:
            self._deploy()
            self.client = Client(self._processes, self.tickerplant)
            clock.every(ALARMS_EVERY, clock.now(), self.aws.evaluate)
            clock.every(SWEEP_EVERY, clock.now(), self.aws.sweep)
            try:
                yield
            finally:
                for host in self.hosts.values():
                    host.metadata.close()

    def step(self) -> None:
        """Let AWS, the functions, the instances and the tickerplant do what is due."""
        with LOCK:
            self._clock.run_due()
            self._look()
        now = self._clock.now()
        seconds = min((now - self._stepped_at).total_seconds(), LONGEST_STEP)
        self._stepped_at = now
        self.publish(int(self.rate * seconds))

    def publish(self, updates: int) -> None:
        """Publish so many updates more."""
        self.tickerplant.advance(self._clock.now(), self.tickerplant.published + updates)

    def end_day(self) -> None:
        """End the day: all that was published is persisted."""
        self.tickerplant.end_day(self._clock.now(), Random(0))

    def until(self, what: str, done: Callable[[], bool], seconds: float = 60) -> None:
        """Step until something is so. Raises TimeoutError, named after it."""
        deadline = monotonic() + seconds
        while not done():
            if monotonic() > deadline:
                raise TimeoutError(f"not within {seconds:g} s: {what}")
            self.step()
            self.client.look()
            self.watch()
            self._news.wait(LOOK_EVERY)
            self._news.clear()

    def goes_on(self, seconds: float) -> None:
        """Step for so many seconds."""
        end = monotonic() + seconds
        self.until("the end", lambda: monotonic() >= end, seconds + 60)

    def restart_q(self, host: Host) -> None:
        """Start a q that was killed; it joins the tickerplant a moment later."""
        host.start_q()
        self._joins_soon(host)

    def kill_q(self, host: Host) -> None:
        """Kill q, with its rows; the tickerplant sees that at once."""
        host.kill_q()
        self._leaves(host)

    def wish_drained(self, host: Host) -> None:
        """Tag the host as the control plane does for an operator; the instance's metadata shows it."""
        with LOCK:
            boto3.client("ec2").create_tags(
                Resources=[host.instance_id], Tags=[{"Key": DRAIN_TAG, "Value": "asked"}]
            )

    def ledger(self) -> Ledger:
        """Return what the control plane knows."""
        with LOCK:
            return self._ledgers.read(CLUSTER)

    def decisions(self, limit: int) -> list[Decision]:
        """Return the newest decisions first."""
        with LOCK:
            return [decision for _, decision in self._ledgers.decisions(CLUSTER, limit)]

    def _deploy(self) -> None:
        settings = self.settings
        deployed = DeployedCluster(self.aws, settings.cluster, LEAD_SECONDS, (1, settings.max_size))
        url = self.endpoint.url
        self._site = Site(settings.cluster, deployed.reports_topic, url, self._processes, gone=self._leaves)
        self._group = deployed.group
        self._ledgers = Ledgers(boto3.client("dynamodb"), deployed.table)
        self.aws.wire.published = self._reported
        self.aws.wire.watchers.append(self._called)
        self._look()

    def _look(self) -> None:
        group = self._group()
        self.desired = int(group["DesiredCapacity"])
        self.members = {each["InstanceId"]: each["LifecycleState"] for each in group["Instances"]}
        for instance_id, host in self.hosts.items():
            host.shows(self.aws.hosts.tags(instance_id), self.members.get(instance_id, "Terminating"))

    def _started(self, instance_id: str, tags: Mapping[str, str]) -> None:
        if tags.get(ROLE_TAG) == Role.RDB:
            self._clock.after(0, partial(self._launch, instance_id))

    def _launch(self, instance_id: str) -> None:
        credentials = self.aws.instance_credentials(instance_id)
        host = Host(instance_id, self.directory / instance_id, self._site, credentials)
        self.hosts[instance_id] = self.tickerplant.rdbs[instance_id] = host
        host.start()
        self._joins_soon(host)

    def _joins_soon(self, host: Host) -> None:
        self._clock.after(BOOT_SECONDS, partial(self._join, host, host.incarnation))

    def _join(self, host: Host, incarnation: int) -> None:
        if host.incarnation == incarnation and host.instance_id in self.hosts and host.plays:
            self.tickerplant.join(host, self._clock.now())

    def _ended(self, instance_id: str) -> None:
        if host := self.hosts.get(instance_id):
            self.ended.append(Ended(instance_id, host.state, host.rows))
            if host.rows:
                self.broken.append(f"{instance_id} was ended with {host.rows} rows")
            self._clock.after(0, partial(self._remove, host))

    def _remove(self, host: Host) -> None:
        del self.hosts[host.instance_id]
        host.end()
        self._leaves(host)

    def _leaves(self, host: Host) -> None:
        self.tickerplant.leave(host, self._clock.now())

    def _called(self, operation: str, params: Mapping[str, Any]) -> None:
        if operation == "TerminateInstanceInAutoScalingGroup":
            self.terminated.append((params["InstanceId"], params["ShouldDecrementDesiredCapacity"]))

    def _reported(self, topic: str, message: str) -> None:
        report = json.loads(message)
        if topic == self._site.reports_topic:
            self.reports.append(report)
            host = self.hosts.get(report["instance_id"])
            if report["state"] == "drained" and host and host.rows and not host.emptying:
                self.broken.append(f"{host.instance_id} was said to be drained with {host.rows} rows")
        self.aws.publish(topic, message)
        self._news.set()
