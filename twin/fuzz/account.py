"""The AWS account of one world, which its clusters share: clock, wire, EC2, groups, and what AWS stores."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from twin.agenda import Agenda
from twin.autoscaling import AutoScaling
from twin.fuzz.hosts import Hosts
from twin.fuzz.plan import HIDES, Kind
from twin.fuzz.services import Metrics, Table, Topic
from twin.fuzz.tally import Tally
from twin.fuzz.wire import FAILURES, Service, Wire

START = datetime(2026, 11, 23, 6, tzinfo=UTC)


class Account:
    """One account and region. `trace` collects what happens as lines, if it is a list.

    `skew` is how far the clock of the function that runs is off, `hidden_at` when a fault last kept the
    functions from knowing something, `forged_at` when somebody last spoke in a host's name. `emitted` gets
    each event of EC2 Auto Scaling.
    """

    def __init__(self, trace: list[str] | None) -> None:
        self.trace = trace
        self.tally = Tally()
        self.skew = timedelta()
        self.hidden_at = self.forged_at = START
        self.agenda = Agenda(START)
        self.hosts = Hosts()
        self.emitted: Callable[[Mapping[str, Any]], None] = lambda _event: None
        self.autoscaling = AutoScaling(self.hosts, lambda event: self.emitted(event), self.agenda.now)
        self.agenda.beside = self.autoscaling
        self.table, self.metrics, self.topic = Table(), Metrics(), Topic()
        services: dict[str, Service] = {
            "autoscaling": self.autoscaling,
            "cloudwatch": self.metrics,
            "dynamodb": self.table,
            "ec2": self.hosts,
            "sns": self.topic,
        }
        self.wire = Wire(services, self.agenda.now, self.happened)

    def function_now(self) -> datetime:
        """Return the time by the clock of the function that runs."""
        return self.agenda.now() + self.skew

    def note(self, text: str) -> None:
        """Add a line to the history."""
        if self.trace is not None:
            self.trace.append(f"{self.agenda.now():%d %H:%M:%S} {text}")

    def happened(self, kind: Kind) -> None:
        """Count a fault that took effect."""
        self.tally.fault(kind)
        if kind in HIDES and kind not in FAILURES:
            self.hidden_at = self.agenda.now()
        if kind in ("forged_drained", "forged_sequence", "forged_total"):
            self.forged_at = self.agenda.now()
        self.note(f"  happened: {kind}")
