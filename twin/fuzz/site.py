"""The site of one world: its clock, post, tickerplant, hosts and groups, and what AWS stores for it.

Everything that faults and people act on, and nobody who acts.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from chalicelib.core.wake_ups import SetFloor, WakeUp
from twin.agenda import Agenda
from twin.autoscaling import AutoScaling, AwsError
from twin.fuzz.faulty import FaultyRdb
from twin.fuzz.hosts import SUBNETS, Hosts
from twin.fuzz.plan import Kind
from twin.fuzz.post import Post
from twin.fuzz.services import Metrics, Table, Topic
from twin.fuzz.tally import Tally
from twin.fuzz.wire import Service, Wire
from twin.market.rdb import Cluster, Size
from twin.market.tickerplant import Tickerplant

START = datetime(2026, 11, 23, 6, tzinfo=UTC)
# An empty q takes 5 % of memory, and 10,000 updates the rest.
FULL = 10_000
SIZE = Size(0.0, 4_000_000, 380.0, 200_000)
REPLAY_RATE = 100
PERSIST_SECONDS = 240.0


class Site:
    """A cluster of random sizes and thresholds. `trace` collects what happens as lines, if it is a list.

    `skew` is how far the clock of the function that runs is off, `in_hand` the messages that functions are
    working on, `lost` the updates that were in RDBs which crashed or which operators ended. `emitted` gets
    each event of EC2 Auto Scaling.
    """

    def __init__(self, random: Random, trace: list[str] | None) -> None:
        self.trace = trace
        self.tally = Tally()
        self.group_name = "highwater-trades-rdb"
        self.min_size, self.max_size = random.choice((0, 1, 1, 2)), random.randint(4, 9)
        self.cluster = Cluster("trades", SIZE, *random.choice(((60.0, 85.0), (40.0, 80.0), (70.0, 90.0))))
        self.lead = random.choice((30, 60, 120))
        self.skew = timedelta()
        self.in_hand: list[list[WakeUp]] = []
        self.lost = 0
        self.agenda = Agenda(START)
        self.plant = Tickerplant[FaultyRdb](START, REPLAY_RATE, PERSIST_SECONDS)
        self.post = Post(self.agenda, self.happened)
        self.hosts = Hosts()
        self.emitted: Callable[[Mapping[str, Any]], None] = lambda _event: None
        self.autoscaling = AutoScaling(self.hosts, lambda event: self.emitted(event), self.agenda.now)
        self.agenda.beside = self.autoscaling
        self.table, self.metrics = Table(), Metrics()
        services: dict[str, Service] = {
            "autoscaling": self.autoscaling,
            "cloudwatch": self.metrics,
            "dynamodb": self.table,
            "ec2": self.hosts,
            "sns": Topic(),
        }
        self.wire = Wire(services, self.agenda.now, self.happened)

    def found(self, settings: Mapping[str, Any]) -> None:
        """Create the group as its template has it, with the further settings of a rule."""
        cluster = self.cluster
        tags = {"cluster": cluster.name, "role": "rdb", "scale-threshold": f"{cluster.scale:g}"}
        tags |= {"roll-threshold": f"{cluster.roll:g}", "lead-seconds": str(self.lead)}
        created = self.act(
            "CreateAutoScalingGroup",
            MinSize=self.min_size,
            MaxSize=self.max_size,
            LaunchTemplate={"LaunchTemplateId": "lt-1", "Version": "$Latest"},
            VPCZoneIdentifier=SUBNETS,
            HealthCheckGracePeriod=300,
            Tags=[
                {"Key": f"highwater:{key}", "Value": value, "PropagateAtLaunch": True}
                for key, value in tags.items()
            ],
            **settings,
        )
        assert created

    def group(self) -> Mapping[str, Any]:
        """Return the group as it truly is."""
        shown = self.autoscaling.call("DescribeAutoScalingGroups", {})
        found: Mapping[str, Any] = shown["AutoScalingGroups"][0]
        return found

    def act(self, operation: str, **params: Any) -> bool:
        """Call EC2 Auto Scaling past the control plane; return False if AWS refused."""
        if "InstanceId" not in params:
            params["AutoScalingGroupName"] = self.group_name
        try:
            self.autoscaling.call(operation, params)
        except AwsError:
            return False
        return True

    def ledger(self) -> str:
        """Return the ledger's document as stored."""
        item = self.table.items.get(self.cluster.name)
        return str(item["document"]["S"]) if item else "{}"

    def running(self) -> list[FaultyRdb]:
        """Return the RDBs whose hosts run."""
        return [rdb for rdb in self.plant.rdbs.values() if rdb.terminated_at is None]

    def function_now(self) -> datetime:
        """Return the time by the clock of the function that runs."""
        return self.agenda.now() + self.skew

    def floors_in_hand(self) -> list[int]:
        """Return the capacity that operators ask for in the messages that functions are working on."""
        commands = [wake_up.command for batch in self.in_hand for wake_up in batch]
        return [command.floor for command in commands if isinstance(command, SetFloor)]

    def note(self, text: str) -> None:
        """Add a line to the history."""
        if self.trace is not None:
            self.trace.append(f"{self.agenda.now():%d %H:%M:%S} {text}")

    def happened(self, kind: Kind) -> None:
        """Count a fault that took effect."""
        self.tally.fault(kind)
        self.note(f"  happened: {kind}")
