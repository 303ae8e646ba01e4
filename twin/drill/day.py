"""The day of a drill: its cluster, the clusters beside it, and RDBs that can fail."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TextIO, cast

import boto3
import msgspec

from chalicelib.contract.errors import BadInput
from chalicelib.contract.names import ROLE_TAG, Role
from chalicelib.contract.report import Report, State
from highwater.market.host import Outbox
from highwater.market.rdb import Cluster
from highwater.market.sessions import clock
from highwater.market.tickerplant import Tickerplant
from rdb.contract.report import Report as SignedReport
from rdb.contract.report import decode
from rdb.reporter.proof import signed
from twin.aws.cloudformation import REGION
from twin.aws.cluster import DeployedCluster
from twin.day.day import PERSIST_SECONDS, REPLAY_RATE, Day
from twin.day.options import CLUSTER, MIDNIGHT, Options
from twin.drill.events import AnyEvent, Become, Launches
from twin.drill.host import DrillHost
from twin.drill.script import Script

GROUP_TAG = "aws:autoscaling:groupName"
BOOT_SECONDS = 10.0
# EC2 ends a launch whose disk it cannot decrypt some seconds after it has shown it.
TAKEN_BACK, TAKEN_BACK_SECONDS = "Client.InternalError: Client error on launch", 5.0
# The quiet before the feed and the first event: the first host is live within minutes.
QUIET = 20 * 60


class DrillDay(Day):
    """A day whose RDBs can fail.

    `undone` has the events that wait for something, and why they have not happened. `returned` counts the
    commands of long ago that came back. `launching` is the newest event that says how launches turn out.
    `neighbours` are the other clusters that the events name: each has its stack and one RDB, and no feed.
    """

    def __init__(self, options: Options, log: TextIO, script: Script) -> None:
        super().__init__(options, log)
        self.script = script
        self.become: Become = "well"
        self.launching: Launches | None = None
        self.neighbours: dict[str, Tickerplant[DrillHost]] = {}
        self.undone: dict[AnyEvent, str] = {}
        self.returned = 0
        self._neighbour_groups: dict[str, str] = {}
        self._lost: dict[str, int] = {}

    @property
    def lost(self) -> int:
        """Updates that were ended by somebody else's hand, and are in the log alone."""
        return sum(self._lost.values())

    def hosts(self, cluster: str = CLUSTER) -> list[DrillHost]:
        """Return the RDBs of a cluster that were ever launched, in that order."""
        return list(self._plant(cluster).rdbs.values())

    def host(self, instance_id: str) -> DrillHost | None:
        """Return an RDB of any cluster."""
        plants = [self._plant(CLUSTER), *self.neighbours.values()]
        return next((plant.rdbs[instance_id] for plant in plants if instance_id in plant.rdbs), None)

    # Faults of one RDB

    def q_dies(self, rdb: DrillHost) -> None:
        """Let q end, with what it holds."""
        self._forgets(rdb)
        rdb.report(self.clock.now())

    def q_hangs(self, rdb: DrillHost) -> None:
        """Let q answer nobody: the tickerplant goes on to the next standby at once."""
        plant, now = self._plant_of(rdb), self.clock.now()
        # Before the tickerplant goes on: a q that hangs does not say that it is rolled.
        rdb.hang()
        if plant.live is rdb:
            plant.roll(now)
        else:
            plant.leave(rdb, now)
            rdb.report(now)

    def q_returns(self, rdb: DrillHost) -> bool:
        """Let a q that hangs answer again, start one that is dead or never got ready; False for others."""
        plant, now = self._plant_of(rdb), self.clock.now()
        if rdb.answers_again():
            if rdb.owed:
                plant.persist(rdb, rdb.owed, now)
            if rdb.state is State.STANDBY and rdb not in plant.queue:
                plant.queue.append(rdb)
            rdb.report(now)
            return True
        if rdb.starts_again(now):
            self.clock.after(BOOT_SECONDS, partial(self._booted, rdb))
            return True
        return False

    def stops(self, rdb: DrillHost) -> None:
        """Stop an instance: what it holds in memory is gone."""
        self._forgets(rdb)
        rdb.running = False
        self.aws.hosts.stop(rdb.instance_id)

    def dies(self, rdb: DrillHost) -> None:
        """Terminate an instance in EC2."""
        self.referee.excuses(rdb.instance_id)
        self.aws.hosts.terminate(rdb.instance_id)

    def by_somebody(self, operation: str, request: Mapping[str, Any]) -> None:
        """Make a call of EC2 Auto Scaling as somebody who is not Highwater. Raises AwsError."""
        self.aws.groups.call(operation, request)
        self.aws.wire.called()

    def replace_ledger(self, cluster: str, document: str) -> None:
        """Put another text into a cluster's ledger."""
        if cluster == CLUSTER:
            self.ledger.replaced_by(document)
        table = boto3.Session().resource("dynamodb", region_name=REGION).Table(self.table)
        key = {"cluster": cluster, "item": "ledger"}
        known = table.get_item(Key=key, ConsistentRead=True).get("Item", {"version": 0})
        table.put_item(Item={**known, **key, "document": document})

    def publish_from(self, cluster: str, text: str) -> None:
        """Publish to the topic that the hosts of a cluster may publish to."""
        self.counted.reported()
        self.aws.report(cluster, text)

    def signed(self, rdb: DrillHost, text: bytes) -> bytes:
        """Return a report with the proof of an instance; one that no reporter would send stays without."""
        try:
            report = decode(text, SignedReport)
        except BadInput:
            return text
        return msgspec.json.encode(signed(report, self.aws.instance_credentials(rdb.instance_id), REGION))

    # The day

    def _deploy(self) -> None:
        for name in self.script.neighbours(CLUSTER):
            self.neighbours[name] = Tickerplant(self.clock.now(), REPLAY_RATE, PERSIST_SECONDS)
        super()._deploy()
        for name in self.neighbours:
            # Its name is known before its first host starts, which is some seconds after the stack.
            options = self.options
            deployed = DeployedCluster(self.aws, self._of(name), options.lead, (1, options.max_size))
            self._neighbour_groups[deployed.group_name] = name

    def _of(self, name: str) -> Cluster:
        return replace(self.options.cluster, name=name)

    def _plant(self, cluster: str) -> Tickerplant[DrillHost]:
        # `_started` makes the RDBs of the day.
        mine = cast(Tickerplant[DrillHost], self.tickerplant)
        return mine if cluster == CLUSTER else self.neighbours[cluster]

    def _plant_of(self, rdb: DrillHost) -> Tickerplant[DrillHost]:
        return self._plant(rdb.cluster.name)

    def _started(self, instance_id: str, tags: Mapping[str, str]) -> None:
        if tags.get(ROLE_TAG) != Role.RDB:
            return
        # The launch template says whose host it is, whatever the tags say.
        cluster = self._neighbour_groups.get(tags[GROUP_TAG], CLUSTER)
        outbox = Outbox(partial(self._report_from, cluster), partial(self.put_metric, cluster))
        rdb = DrillHost(instance_id, self._of(cluster), outbox, self.clock.now())
        rdb.turn_out(self.become)
        self._plant(cluster).rdbs[instance_id] = rdb
        if self.become == "vanish":
            self.referee.excuses(instance_id)
            take_back = partial(self.aws.hosts.take_back, instance_id, TAKEN_BACK)
            self.clock.after(TAKEN_BACK_SECONDS, take_back)
        elif rdb.boots:
            self.clock.after(self.options.lead, partial(self._booted, rdb))

    def _booted(self, rdb: Any) -> None:
        if rdb.terminated_at is None and rdb.serves:
            self._plant_of(rdb).join(rdb, self.clock.now())
            self._lost.pop(rdb.instance_id, None)

    def _ended(self, instance_id: str) -> None:
        rdb = self.host(instance_id)
        if rdb is None:
            return
        rdb.terminated_at = self.clock.now()
        excused = self.referee.ended(rdb)
        live, rows = self._plant_of(rdb).live is rdb, rdb.rows
        self._plant_of(rdb).leave(rdb, self.clock.now())
        rdb.rows = 0
        if excused and not live and rows:
            self._lost[instance_id] = rows

    def _forgets(self, rdb: DrillHost) -> None:
        plant = self._plant_of(rdb)
        # The window of a live one begins again with the next: nothing of it is lost.
        live = plant.live is rdb
        plant.leave(rdb, self.clock.now())
        lost = rdb.die()
        if lost and not live:
            self._lost[rdb.instance_id] = lost

    def _report_from(self, cluster: str, report: Report) -> None:
        text = msgspec.json.encode(report)
        if report.state is State.DRAINED and (rdb := self.host(report.instance_id)):
            text = self.signed(rdb, text)
        self.publish_from(cluster, text.decode())

    def _tick(self) -> None:
        super()._tick()
        now: datetime = self.clock.now()
        for plant in self.neighbours.values():
            plant.advance(now, 0)
            for rdb in plant.rdbs.values():
                if rdb.terminated_at is None:
                    rdb.tick(now)


def opening_of(script: Script, options: Options) -> int:
    """Return when a drill begins, in seconds: 20 minutes before its feed and its events begin.

    Raises ValueError for a script that begins after the end of the run, and for a day that begins before
    midnight: the times of events are those of one date.
    """
    first = script.events[0]
    if options.begins < MIDNIGHT:
        raise ValueError("--events: a drill trades within one date, so give no --session over midnight")
    if options.until is not None and first.seconds >= options.until:
        raise ValueError(
            f"--until {clock(options.until)}: the run ends before {script.name} line {first.line}, "
            f"which is at {first.event.at}"
        )
    return max(0, min(options.feed.first_second, first.seconds) - QUIET)
