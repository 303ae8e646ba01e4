"""A controller on adapters that answer what a test says, and note what was written and told."""

from types import SimpleNamespace
from typing import Any, cast

import msgspec

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.clients import Outcome, Unwritten
from chalicelib.adapters.cloudwatch import Seen, Telemetry
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.adapters.ec2 import Instances
from chalicelib.adapters.sns import Operators
from chalicelib.contract.release import RELEASE
from chalicelib.core.decision import Decision
from chalicelib.core.facts.calendar import NO_CALENDAR
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Ledger
from chalicelib.reconcile.controller import Controller
from chalicelib.reconcile.looking import Adapters
from tests.unit.builders import NOW, Facts

DONE = Outcome(True, "done", as_meant=True)


class Kept:
    """The ledger of one cluster; another writer is first at the writes that it `loses`, by their number.

    AWS `refuses` others. `owed` is whether something stood in for it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.owed = False
        self.loses: set[int] = set()
        self.refuses: set[int] = set()
        self.written: list[Ledger] = []
        self.outcomes: list[Decision] = []

    def read(self, _cluster: str) -> Ledger:
        return self.ledger

    def calendar_of(self, _cluster: str) -> Any:
        return NO_CALENDAR

    def owes_write(self, _cluster: str) -> bool:
        return self.owed

    def commit(self, ledger: Ledger, _decision: Decision | None, *_: object) -> Ledger | None:
        number = len(self.written)
        written = msgspec.structs.replace(ledger, version=ledger.version + 1, release=RELEASE)
        self.written.append(written)
        if number in self.refuses:
            raise Unwritten("PutItem failed: no")
        if number in self.loses:
            return None
        self.ledger = written
        return written

    def record_outcome(self, decision: Decision, _version: int) -> None:
        self.outcomes.append(decision)


class Aws:
    """What a controller asks: its group, its metrics (`seen`), and what each call that acts answers."""

    def __init__(self, known: Facts, seen: Seen | None = None, answer: Outcome = DONE) -> None:
        ledger, self.group = known
        self.kept = Kept(ledger)
        self.seen = seen or Seen()
        self.answer = answer
        self.told: list[str] = []

    def controller(self) -> Controller:
        """The controller at NOW."""
        groups = SimpleNamespace(
            of_cluster=self._groups, hooks=lambda _: (), write_desired=lambda *_: self.answer
        )
        return Controller(
            Adapters(
                cast(Groups, groups),
                cast(Telemetry, SimpleNamespace(samples=lambda *_: self.seen)),
                cast(Ledgers, self.kept),
                cast(Instances, SimpleNamespace()),
                cast(Operators, SimpleNamespace(tell=self._tell)),
            ),
            lambda: NOW,
        )

    def _groups(self, _cluster: str) -> tuple[Group, ...]:
        return (self.group,)

    def _tell(self, decision: Decision) -> Outcome:
        self.told += [alert.key for alert in decision.told]
        return DONE
