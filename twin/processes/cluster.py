"""A cluster of real processes: hosts come and go as EC2 Auto Scaling says, the real handlers decide."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any, TextIO

import boto3

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.contract.names import DRAIN_TAG
from chalicelib.core.decision import Decision
from chalicelib.core.ledger import Ledger
from twin.autoscaling import Timings
from twin.aws.clock import WallClock
from twin.aws.delivery import Faults
from twin.aws.embedded import EmbeddedAws
from twin.aws.loopback import Door
from twin.aws.service import Service
from twin.processes.group import ProcessGroup
from twin.processes.host import Host, Site
from twin.processes.tickerplant import Tickerplant

CLUSTER = "trades"
# EC2 Auto Scaling takes most of a minute for what takes a second here; so do alarms and the sweep.
TIMINGS = Timings(
    reaction=0.2, pending=0.3, proceeding=0.1, terminating=0.3, selected=0.1, health_check=5, replacement=0.2
)
ALARMS_EVERY = 2.0
SWEEP_EVERY = 5.0
BOOT_SECONDS = 0.3
LOOK_EVERY = 0.05
# A machine that is busy with something else must not make a whole RDB of updates at once.
LONGEST_STEP = 0.2


@dataclass(frozen=True)
class Ended:
    """An instance that was terminated, with what its q held then."""

    instance_id: str
    state: str
    rows: int


class Processes:
    """One cluster. Nothing moves but in `step`: call it often. `rate` are updates a second.

    `terminated` are the calls that end an instance, each with whether it decrements; `watch` is called after
    each step. `broken` has a sentence for each promise that was broken: a loaded RDB was ended, or a
    `drained` was said of a q with rows.
    """

    def __init__(
        self,
        directory: Path,
        log: TextIO,
        *,
        scale: float,
        roll: float,
        max_size: int,
        rate: float = 0.0,
        timings: Timings = TIMINGS,
    ) -> None:
        self.rate = rate
        self.hosts: dict[str, Host] = {}
        self.members: dict[str, str] = {}
        self.desired = 0
        self.ended: list[Ended] = []
        self.reports: list[dict[str, Any]] = []
        self.broken: list[str] = []
        self.terminated: list[tuple[str, bool]] = []
        self.watch: Callable[[], None] = lambda: None
        self.tickerplant = Tickerplant()
        self.directory, self._log = directory, log
        self._scale, self._roll, self._max_size = scale, roll, max_size
        self._timings = timings
        self._started_at: list[str] = []
        self._joining: list[tuple[float, Host, int]] = []
        self._published_at = monotonic()
        self._news = Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Deployed, with its first instance on the way; no process is left over at the end."""
        clock = self._clock = WallClock()
        self.aws = EmbeddedAws(
            clock, Faults(), self._log, started=self._started, ended=self._ended, timings=self._timings
        )
        # The last to be entered is the first to end: no reporter is left to see the rest go.
        with self.aws.running(), Service(Door) as self.endpoint, ProcessGroup() as self._processes:
            self._deploy()
            clock.every(ALARMS_EVERY, clock.now(), self.aws.evaluate)
            clock.every(SWEEP_EVERY, clock.now(), self.aws.sweep)
            try:
                yield
            finally:
                for host in self.hosts.values():
                    host.metadata.close()

    def step(self) -> None:
        """Lets AWS, the functions, the instances and the tickerplant do what is due."""
        with Door.lock:
            self._clock.run_due()
            self._look()
            for instance_id in self._started_at:
                self._launch(instance_id)
            self._started_at.clear()
        for instance_id in self.hosts.keys() & {ended.instance_id for ended in self.ended}:
            host = self.hosts.pop(instance_id)
            host.end()
            self.tickerplant.lose(host)
        now = monotonic()
        due = [joining for joining in self._joining if joining[0] <= now]
        self._joining = [joining for joining in self._joining if joining[0] > now]
        for _, host, incarnation in due:
            if host.incarnation == incarnation and host.instance_id in self.hosts and host.plays:
                self.tickerplant.join(host)
        self.tickerplant.publish(int(self.rate * min(now - self._published_at, LONGEST_STEP)))
        self._published_at = now

    def until(self, what: str, done: Callable[[], bool], seconds: float = 60) -> None:
        """Steps until something is so. Raises TimeoutError, named after it."""
        deadline = monotonic() + seconds
        while not done():
            if monotonic() > deadline:
                raise TimeoutError(f"not within {seconds:g} s: {what}")
            self.step()
            self.watch()
            self._news.wait(LOOK_EVERY)
            self._news.clear()

    def goes_on(self, seconds: float) -> None:
        """Steps for so long."""
        end = monotonic() + seconds
        self.until("the end", lambda: monotonic() >= end, seconds + 60)

    def restart_q(self, host: Host) -> None:
        """A q that was killed comes back, and joins the tickerplant a moment later."""
        host.start_q()
        self._joining.append((monotonic() + BOOT_SECONDS, host, host.incarnation))

    def kill_q(self, host: Host) -> None:
        """q is gone, with its rows; the tickerplant sees that at once."""
        host.kill_q()
        self.tickerplant.lose(host)

    def wish_drained(self, host: Host) -> None:
        """As the control plane does for an operator: a tag, which the instance's metadata shows."""
        with Door.lock:
            boto3.client("ec2").create_tags(
                Resources=[host.instance_id], Tags=[{"Key": DRAIN_TAG, "Value": "asked"}]
            )

    def ledger(self) -> Ledger:
        """What the control plane knows."""
        with Door.lock:
            return self._ledgers.read(CLUSTER)

    def decisions(self, limit: int) -> list[Decision]:
        """The newest ones first."""
        with Door.lock:
            return [decision for _, decision in self._ledgers.decisions(CLUSTER, limit)]

    def _deploy(self) -> None:
        exports = boto3.client("cloudformation").list_exports()["Exports"]
        topic = next(e["Value"] for e in exports if e["Name"] == "highwater-reports-topic")
        self._site = Site(CLUSTER, topic, self._scale, self._roll, self.endpoint.url)
        parameters = {
            "ScaleThreshold": f"{self._scale:g}",
            "RollThreshold": f"{self._roll:g}",
            "LeadSeconds": "5",
            "MaxSize": str(self._max_size),
        }
        self.group = str(self.aws.deploy_cluster(CLUSTER, parameters)["RdbGroup"][1]["Name"])
        table = self.aws.wiring.named("Reconcile").environment["LEDGER_TABLE"]
        self._ledgers = Ledgers(boto3.client("dynamodb"), table)
        self.aws.wire.published = self._reported
        self.aws.wire.watchers.append(self._called)
        self._look()

    def _look(self) -> None:
        query = {"AutoScalingGroupNames": [self.group]}
        (group,) = self.aws.groups.call("DescribeAutoScalingGroups", query)["AutoScalingGroups"]
        self.desired = int(group["DesiredCapacity"])
        self.members = {each["InstanceId"]: each["LifecycleState"] for each in group["Instances"]}
        for instance_id, host in self.hosts.items():
            host.shows(self.aws.hosts.tags(instance_id), self.members.get(instance_id, "Terminating"))

    def _started(self, instance_id: str, tags: Mapping[str, str]) -> None:
        if tags.get("highwater:role") == "rdb":
            self._started_at.append(instance_id)

    def _launch(self, instance_id: str) -> None:
        credentials = self.aws.instance_credentials(instance_id)
        directory = self.directory / instance_id
        host = self.hosts[instance_id] = Host(
            instance_id, directory, self._site, self._processes, credentials
        )
        host.start()
        self._joining.append((monotonic() + BOOT_SECONDS, host, host.incarnation))

    def _ended(self, instance_id: str) -> None:
        if host := self.hosts.get(instance_id):
            self.ended.append(Ended(instance_id, host.said["state"], host.rows))
            if host.rows:
                self.broken.append(f"{instance_id} was ended with {host.rows} rows")

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
