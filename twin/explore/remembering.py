"""The control plane's own adapters, which remember what they made of an answer of AWS.

The same answer makes the same facts, and facts are frozen, so that each answer is read once.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.cloudwatch import Seen, Telemetry
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.adapters.ec2 import Instances
from chalicelib.adapters.sns import Operators
from chalicelib.core.decision import Decision
from chalicelib.core.facts.calendar import NO_CALENDAR, KeptCalendar
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.measuring import Wanted
from chalicelib.core.plan import Plan
from chalicelib.core.results import CommandResult
from chalicelib.reconcile.controller import Controller
from chalicelib.reconcile.looking import Adapters
from twin.explore.world import NOW, Read
from twin.fuzz.clients import Client, Wire
from twin.fuzz.services import TABLE

MOST = 50_000
_known: dict[tuple[object, ...], Any] = {}


def controller(wire: Wire, read: Read) -> Controller:
    """Return the real controller, which gets the answers of one function from the wire."""
    autoscaling = Client(wire, "autoscaling")
    adapters = Adapters(
        _Groups(autoscaling, read),
        _Telemetry(Client(wire, "cloudwatch"), read),
        _Ledgers(Client(wire, "dynamodb"), read),
        Instances(lambda: Client(wire, "ec2")),
        Operators(lambda: Client(wire, "sns"), "arn:aws:sns:us-east-1:123456789012:highwater-operators"),
    )
    return _Controller(adapters, lambda: NOW)


def _once[T](key: tuple[object, ...], make: Callable[[], T]) -> T:
    if (found := _known.get(key)) is None:
        if len(_known) >= MOST:
            _known.clear()
        found = _known[key] = make()
    known: T = found
    return known


class _Controller(Controller):
    """The controller, which ends where it would only tell operators: nothing of this world changes then."""

    def _act(self, plan: Plan, committed: Ledger) -> Decision:
        if not replace(plan.decision, told=(), changed=(), cleared=()).acts:
            return plan.decision
        return super()._act(plan, committed)


class _Groups(Groups):
    def __init__(self, client: Any, read: Read) -> None:
        super().__init__(client, lambda: client)
        self._read = read

    def of_cluster(self, cluster: str) -> tuple[Group, ...]:
        return _once(("group", self._read.group), lambda: super(_Groups, self).of_cluster(cluster))


class _Telemetry(Telemetry):
    def __init__(self, client: Any, read: Read) -> None:
        super().__init__(client)
        self._read = read

    def samples(self, wanted: Mapping[str, Wanted], now: datetime) -> Seen:
        key = ("samples", tuple(wanted.items()), self._read.phases)
        return _once(key, lambda: super(_Telemetry, self).samples(wanted, now))


class _Ledgers(Ledgers):
    """The ledgers, without records of decisions, which nobody in this world reads, and without calendars."""

    def __init__(self, client: Any, read: Read) -> None:
        super().__init__(client, TABLE)
        self._read = read

    def read(self, cluster: str) -> Ledger:
        return _once(("ledger", self._read.document), lambda: super(_Ledgers, self).read(cluster))

    def calendar_of(self, _cluster: str) -> KeptCalendar:
        return NO_CALENDAR

    def commit(
        self,
        ledger: Ledger,
        _decision: Decision | None,
        _results: Iterable[CommandResult] = (),
        _calendar: KeptCalendar | None = None,
    ) -> Ledger | None:
        return super().commit(ledger, None)

    def record_outcome(self, decision: Decision, version: int) -> None:
        pass
