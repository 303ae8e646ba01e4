"""One cluster on one EC2 Auto Scaling for some days: with the faults of a plan, and without at the end."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from chalicelib.core.wake_ups import WakeUp
from twin.autoscaling import AutoScaling
from twin.fuzz import faults
from twin.fuzz.adapters import Metrics, Table, Topic
from twin.fuzz.agenda import Agenda
from twin.fuzz.convergence import unconverged
from twin.fuzz.crowd import Crowd
from twin.fuzz.feed import Feed
from twin.fuzz.functions import Functions
from twin.fuzz.hosts import SUBNETS, Hosts
from twin.fuzz.mishaps import Mishaps
from twin.fuzz.operators import Operators
from twin.fuzz.post import Post
from twin.fuzz.rdbs import Tickerplant
from twin.fuzz.referee import Referee, Stopped
from twin.fuzz.rules import RULES, Rule
from twin.fuzz.tally import Tally
from twin.fuzz.wire import Service, Wire

START = datetime(2026, 11, 23, 6, tzinfo=UTC)
LOOKED_AT = [timedelta(minutes=minutes) for minutes in (20, 30, 40, 50, 60)]


class World:
    """A cluster, its hosts and its operators under one rule. The same seed and plan give the same history.

    `trace` collects what happens as lines, if it is a list.
    """

    def __init__(self, seed: str, rule: str, trace: list[str] | None = None) -> None:
        # For the days alone: a day stays the same when a fault is taken out of its plan.
        self._days = Random(seed)
        self.trace = trace
        self.tally = Tally()
        self.cluster, self.group_name = "trades", "highwater-trades-rdb"
        self.min_size, self.max_size = self._days.choice((0, 1, 1, 2)), self._days.randint(4, 9)
        self.scale, self.roll = self._days.choice(((60.0, 85.0), (40.0, 80.0), (70.0, 90.0)))
        self.lead = self._days.choice((30, 60, 120))
        self.full = 10_000
        self.feed = Feed.quiet()
        self.agenda = Agenda(START)
        self.crowd = Crowd(self)
        self.plant = Tickerplant(self.scale, self.roll, self.crowd.says)
        self.hosts = Hosts(self.crowd.started, self.crowd.ended)
        self.autoscaling = AutoScaling(self.hosts, self._emitted, lambda: self.agenda.now)
        self.table, self.metrics = Table(), Metrics()
        self.functions = Functions(self)
        services: dict[str, Service] = {
            "autoscaling": self.autoscaling,
            "cloudwatch": self.metrics,
            "dynamodb": self.table,
            "ec2": self.hosts,
            "sns": Topic(),
        }
        self.wire = Wire(services, lambda: self.agenda.now, self.faulted, self.functions.overlap)
        self.post = Post(self.agenda, self.faulted)
        self.referee: Referee = Referee(self)
        self.operators: Operators = Operators(self)
        self.mishaps: Mishaps = Mishaps(self)
        self.rule: Rule = RULES[rule](self)

    def run(self, plan: Sequence[faults.Fault] | None = None, *, stop_at: str = "") -> list[faults.Fault]:
        """Runs one to three days, with the faults of `plan` or with faults of its own; returns those.

        `stop_at` is an invariant whose breach ends the run.
        """
        self.referee.stop_at = stop_at
        done: list[faults.Fault] = []
        with suppress(Stopped):
            self._found()
            for day in range(self._days.choice((1, 1, 2, 3))):
                seconds = self._days.choice((1.0, 2.0, 3.0, 5.0)) * 3600
                own = faults.plan(Random(self._days.getrandbits(64)), day, seconds)
                todays = own if plan is None else [fault for fault in plan if fault.day == day]
                done += todays
                self._day(todays, seconds)
        return done

    def group(self) -> Mapping[str, Any]:
        """The group as it truly is."""
        shown = self.autoscaling.call("DescribeAutoScalingGroups", {})
        found: Mapping[str, Any] = shown["AutoScalingGroups"][0]
        return found

    def ledger(self) -> str:
        """The ledger's document as stored."""
        item = self.table.items.get(self.cluster)
        return str(item["document"]["S"]) if item else "{}"

    def note(self, text: str) -> None:
        """A line of the history."""
        if self.trace is not None:
            self.trace.append(f"{self.agenda.now:%d %H:%M:%S} {text}")

    def faulted(self, kind: str) -> None:
        """A fault has happened."""
        self.tally.fault(kind)
        self.note(f"  happened: {kind}")

    def _found(self) -> None:
        """The group as its template has it, and ten quiet minutes."""
        tags = {"cluster": self.cluster, "role": "rdb", "scale-threshold": f"{self.scale:g}"}
        tags |= {"roll-threshold": f"{self.roll:g}", "lead-seconds": str(self.lead)}
        self.autoscaling.call(
            "CreateAutoScalingGroup",
            {
                "AutoScalingGroupName": self.group_name,
                "MinSize": self.min_size,
                "MaxSize": self.max_size,
                "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "$Latest"},
                "VPCZoneIdentifier": SUBNETS,
                "HealthCheckGracePeriod": 300,
                "Tags": [
                    {"Key": f"highwater:{key}", "Value": value, "PropagateAtLaunch": True}
                    for key, value in tags.items()
                ],
                **self.rule.settings,
            },
        )
        self.wire.watcher = self.referee
        self.crowd.ticks()
        self.functions.sweeps()
        self._run_until(START + timedelta(minutes=10))

    def _day(self, plan: Sequence[faults.Fault], seconds: float) -> None:
        """A session with faults, its end, and after the last fault at most an hour to converge."""
        start = self.agenda.now
        self.tally.counts["days"] += 1
        self.note(f"day: {seconds / 3600:g} hours")
        close = seconds * self._days.uniform(0.5, 0.85)
        self.feed = Feed.of(self._days, start, close, self.full * self._days.uniform(1.5, 7.0))
        end_of_day = Random(self._days.getrandbits(64))
        self.agenda.after(close, lambda: self.plant.end_day(self.agenda.now, end_of_day))
        for fault in plan:
            self.agenda.at(start + timedelta(seconds=fault.at), self._injecting(fault))
        calm = start + timedelta(seconds=seconds)
        self._run_until(calm)
        self.mishaps.end()
        reasons: tuple[str, ...] = ()
        for passed in LOOKED_AT:
            self._run_until(calm + passed)
            if not (reasons := unconverged(self)):
                return
        self.referee.broken("days_not_converged", "; ".join(reasons))

    def _injecting(self, fault: faults.Fault) -> Callable[[], None]:
        def inject() -> None:
            self.note(f"fault: {fault.kind}")
            if faults.FAULTS[fault.kind][1](self, Random(fault.dice)):
                self.faulted(fault.kind)
            self.referee.look()

        return inject

    def _run_until(self, end: datetime) -> None:
        self.agenda.run_until(end, self.autoscaling)
        self.referee.look()

    def _emitted(self, event: Mapping[str, Any]) -> None:
        """EC2 Auto Scaling tells of an instance."""
        wake_up = WakeUp(self.cluster, "fleet", self.agenda.now, str(event["detail-type"]))
        self.post.send(wake_up.cause, lambda: self.functions.woken(wake_up))
