"""The site of one cluster: its tickerplant, its group, its post, and the account around it.

Everything that faults and people act on, and nobody who acts.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from chalicelib.contract.report import Report
from chalicelib.core.facts.wake_ups import SetFloor, WakeUp
from highwater.market.rdb import Cluster, Size
from highwater.market.tickerplant import Tickerplant
from twin.autoscaling import AwsError
from twin.fuzz.account import START, Account
from twin.fuzz.faulty import FaultyRdb
from twin.fuzz.hosts import SUBNETS
from twin.fuzz.hours import Hours
from twin.fuzz.post import Post
from twin.oracle import Oracle

# An empty q takes 5 % of memory, and 10,000 updates the rest.
FULL = 10_000
SIZE = Size(0.0, 4_000_000, 380.0, 200_000)
# Rule, and if there is a scale threshold.
RULES: Sequence[tuple[Literal["demand", "fixed"], bool]] = (
    ("demand", False),
    ("demand", True),
    ("fixed", True),
)
# Whose commands come back from the dead-letter queue: nobody wants any more what they asked for.
LONG_AGO = "arn:aws:sts::123456789012:assumed-role/operators/long-ago"
OLD_COMMAND = timedelta(minutes=15)
REPLAY_RATE = 100
PERSIST_SECONDS = 240.0


class Site:
    """A cluster of random sizes and thresholds, in an account that it may share.

    `tags` are those of its template, `named` is the cluster tag that the group has now. `in_hand` are the
    messages that functions are working on, `lost` the updates that were in RDBs which crashed or which
    operators ended, `listed` the code under which the last sweep listed the cluster, `said` the last reports
    of each RDB, `kept_ledger` the ledger's item while its place has one that cannot be read. Launches take
    `slower` times the lead. At `tickerplant_silent_since` its tickerplant ceased to report, if it ever did.
    """

    def __init__(self, random: Random, account: Account, name: str) -> None:
        self.account = account
        self.tally, self.agenda, self.hosts = account.tally, account.agenda, account.hosts
        self.autoscaling, self.table, self.metrics = account.autoscaling, account.table, account.metrics
        self.wire, self.note, self.happened = account.wire, account.note, account.happened
        self.function_now = account.function_now
        self.group_name = f"highwater-{name}-rdb"
        self.min_size, self.max_size = random.choice((0, 1, 1, 2)), random.randint(4, 9)
        scale, roll = random.choice(((60.0, 85.0), (40.0, 80.0), (70.0, 90.0)))
        self.lead = random.choice((30, 60, 120))
        rule, scaled = random.choice(RULES)
        hard, hand_back = random.choice((92.0, None)), random.choice((60, 60, 300))
        self.cluster = Cluster(name, SIZE, scale if scaled else roll, roll, hard, rule, scaled)
        self.tags = {
            "highwater:cluster": name,
            "highwater:role": "rdb",
            "highwater:rule": rule,
            **({"highwater:scale-threshold": f"{scale:g}"} if scaled else {}),
            "highwater:roll-threshold": f"{roll:g}",
            "highwater:hard-threshold": f"{hard:g}" if hard else "none",
            "highwater:hand-back-seconds": str(hand_back),
            "highwater:lead-seconds": str(self.lead),
        }
        self.slower = 1.0
        self.oracle = Oracle(self.cluster.scale, roll, self.lead, fixed=rule == "fixed")
        self.named = name
        self.in_hand: list[list[WakeUp]] = []
        self.lost = 0
        self.tickerplant_silent_since: datetime | None = START
        self.listed = ""
        self.kept_ledger: dict[str, Any] | None = None
        self.said: dict[str, deque[Report]] = {}
        self.sequences: dict[str, set[int]] = {}
        self.plant = Tickerplant[FaultyRdb](START, REPLAY_RATE, PERSIST_SECONDS)
        self.post = Post(self.agenda, self.happened)

    def found(self, settings: Mapping[str, Any]) -> None:
        """Create the group as its template has it, with the further settings of a rule."""
        self._settings = settings
        assert self.act("CreateAutoScalingGroup", **self.template(self.min_size, self.max_size))

    def template(self, min_size: int, max_size: int) -> Mapping[str, Any]:
        """Return the group as its template has it."""
        return {
            "MinSize": min_size,
            "MaxSize": max_size,
            "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "$Latest"},
            "VPCZoneIdentifier": SUBNETS,
            "HealthCheckGracePeriod": 300,
            "Tags": [
                {"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in self.tags.items()
            ],
            **self._settings,
        }

    def tag(self, key: str, value: str | None) -> None:
        """Set a tag of the group, or remove it."""
        tag = {"Key": key, "ResourceId": self.group_name, "ResourceType": "auto-scaling-group"}
        if value is None:
            self.autoscaling.call("DeleteTags", {"Tags": [tag]})
        else:
            set_to = {**tag, "Value": value, "PropagateAtLaunch": True}
            self.autoscaling.call("CreateOrUpdateTags", {"Tags": [set_to]})

    def renames(self, cluster: str) -> None:
        """Give the group the name of another cluster."""
        self.named = cluster
        self.tag("highwater:cluster", cluster)

    def group(self) -> Mapping[str, Any]:
        """Return the group as it truly is."""
        named = {"AutoScalingGroupNames": [self.group_name]}
        shown = self.autoscaling.call("DescribeAutoScalingGroups", named)
        found: Mapping[str, Any] = shown["AutoScalingGroups"][0]
        return found

    def act(self, operation: str, **params: Any) -> bool:
        """Call EC2 Auto Scaling past the control plane; return False if AWS refused."""
        if "InstanceId" in params:
            return self._acts(operation, params)
        return self.act_on(self.group_name, operation, **params)

    def act_on(self, group: str, operation: str, **params: Any) -> bool:
        """Call EC2 Auto Scaling about another group too; return False if AWS refused."""
        return self._acts(operation, {"AutoScalingGroupName": group, **params})

    def _acts(self, operation: str, params: Mapping[str, Any]) -> bool:
        try:
            self.autoscaling.call(operation, params)
        except AwsError:
            return False
        return True

    def ledger(self) -> str:
        """Return the ledger's document as stored, or that of the one that stands in for it.

        While it cannot be read and none stands in, as it was before.
        """
        stand_in = self.table.items.get((self.named, "stand-in"))
        item = self.kept_ledger or self.table.ledger(self.named)
        documents = (str(found["document"]["S"]) for found in (stand_in, item) if found)
        return next(filter(None, documents), "{}")

    def known(self) -> str:
        """Return the ledger's document without a floor that nobody wants any more."""
        document = json.loads(self.ledger())
        if (document.get("floor") or {}).get("by") == LONG_AGO:
            del document["floor"]
        return json.dumps(document)

    def restores_ledger(self) -> None:
        """Put the ledger back that could be read, unless there is one again."""
        kept, self.kept_ledger = self.kept_ledger, None
        # What was learned and told meanwhile is not in it.
        self.account.hidden_at = self.agenda.now()
        item = self.table.ledger(self.cluster.name)
        if kept and item and item["version"] == kept["version"]:
            self.table.put(kept)

    @property
    def hours(self) -> Hours:
        """The calendar that is stored."""
        return Hours.of(self.table.items.get((self.named, "calendar")))

    def drains_by(self, who: str, instance_id: str) -> bool:
        """Tell who asked an RDB to drain, by the ledger."""
        drain = json.loads(self.ledger()).get("rdbs", {}).get(instance_id, {}).get("drain") or {}
        return bool(drain.get("by", "").startswith(who))

    def reported(self) -> Iterator[tuple[str, int]]:
        """Yield the instances with a report in the ledger, each with its sequence."""
        for instance_id, rdb in json.loads(self.ledger()).get("rdbs", {}).items():
            if report := rdb.get("report"):
                yield instance_id, report["sequence"]

    def running(self) -> list[FaultyRdb]:
        """Return the RDBs whose hosts run."""
        return [rdb for rdb in self.plant.rdbs.values() if rdb.terminated_at is None]

    def floors_in_hand(self) -> list[int]:
        """Return the capacity that operators ask for in the messages that functions are working on.

        What was asked for long ago nobody wants any more (rule 9).
        """
        commands = [wake_up.command for batch in self.in_hand for wake_up in batch]
        floors = [command for command in commands if isinstance(command, SetFloor)]
        return [asked.floor for asked in floors if self.function_now() - asked.at <= OLD_COMMAND]
