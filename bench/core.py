"""The pure core without AWS: decisions a second, and how many RDBs one document of DynamoDB can hold."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any, cast

import msgspec

from bench.facts import group_of, ledger_of, reports_of, samples_of, states
from bench.rows import Row
from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.cloudwatch import Telemetry
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.adapters.ec2 import Hosts
from chalicelib.adapters.sns import Operators
from chalicelib.contract.report import State
from chalicelib.core.decide import decide
from chalicelib.core.decision import Decision
from chalicelib.core.group import Group
from chalicelib.core.ledger import Ledger, Samples
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.situation import Situation
from chalicelib.core.wake_ups import WakeUp
from chalicelib.reconcile.controller import Adapters, Controller

SIZES = (1, 10, 100, 1000)
SECONDS = 1.0
NOW = datetime(2026, 11, 23, 22, 0, 0, 250_000, tzinfo=UTC)
ITEM_LIMIT = 400 * 1024  # bytes, DynamoDB's: names and values together
BY_HAND = 20
CLUSTER = "trades"


def measure(progress: Callable[[str], None]) -> list[Row]:
    """Decisions at each size, then sizes and the largest cluster that fits."""
    rows = []
    for rdbs in SIZES:
        progress(f"core: decisions at {rdbs} RDBs")
        rows.append(_decisions(rdbs))
    for rdbs in SIZES:
        progress(f"core: documents at {rdbs} RDBs")
        rows += _documents(rdbs)
    progress("core: the largest cluster")
    return [*rows, *_largest()]


class Still:
    """AWS and the table as plain values: nothing is asked, nothing is written."""

    def __init__(self, group: Group, samples: dict[str, Samples], ledger: Ledger) -> None:
        self._group, self._samples, self._ledger = group, samples, ledger

    def of_cluster(self, _cluster: str) -> tuple[Group, ...]:
        return (self._group,)

    def samples(self, _clusters: object, _now: datetime) -> dict[str, Samples]:
        return self._samples

    def read(self, _cluster: str) -> Ledger:
        return self._ledger

    def commit(self, ledger: Ledger, _decision: Decision | None) -> Ledger:
        return ledger


def _decisions(rdbs: int) -> Row:
    """A whole reconcile woken by one report, on facts that stand still; the reference is a JSON round trip
    of the same ledger."""
    group = group_of(CLUSTER, rdbs)
    said = states(group.members)
    samples = samples_of(said, NOW)
    ledger = decided(group, said)[0]
    still = cast(Any, Still(group, samples, ledger))
    adapters = Adapters(
        cast(Groups, still),
        cast(Telemetry, still),
        cast(Ledgers, still),
        cast(Hosts, still),
        cast(Operators, still),
    )
    controller = Controller(adapters, lambda: NOW)
    report = reports_of(CLUSTER, said, NOW)[0]
    wake_ups = [WakeUp(CLUSTER, "report", NOW, "a report", report=report)]
    assert not controller.reconcile(CLUSTER, wake_ups).acts
    document = msgspec.to_builtins(ledger)
    return Row(
        f"decisions at {rdbs} RDBs",
        _a_second(lambda: controller.reconcile(CLUSTER, wake_ups)),
        "/s",
        _a_second(lambda: json.loads(json.dumps(document))),
        "reference: json.dumps and loads of the same ledger",
    )


def decided(group: Group, said: dict[str, State]) -> tuple[Ledger, Decision]:
    """The ledger as committed and its decision, with what a day leaves: requests, and what was told."""
    facts = ledger_of(group, said, samples_of(said, NOW), NOW)
    commands = {f"{n:032x}": NOW - timedelta(hours=1) for n in range(BY_HAND)}
    facts = msgspec.structs.replace(facts, commands=commands)
    made = decide(Situation(facts, group, ClusterSettings.from_tags(group.tags), NOW))
    return msgspec.structs.replace(made.ledger, standing=made.decision.gist), made.decision


def ledger_bytes(ledger: Ledger) -> int:
    """The ledger's item in DynamoDB: names, keys, version and document."""
    overhead = len("cluster" + ledger.cluster + "item" + "ledger" + "version" + "document") + 21
    return overhead + len(msgspec.json.encode(ledger))


def decision_bytes(decision: Decision) -> int:
    """The decision's item in DynamoDB, once its outcome is in it."""
    overhead = len("cluster" + decision.cluster + "item" + "document" + "expires_at") + 48 + 21
    return overhead + len(msgspec.json.encode(decision))


def at_noon(rdbs: int) -> tuple[Ledger, Decision]:
    """All but two have rolled; nothing is to do."""
    group = group_of(CLUSTER, rdbs)
    return decided(group, states(group.members))


def at_end_of_day(rdbs: int) -> tuple[Ledger, Decision]:
    """Everybody drained at once, and all but MinSize are released by one decision."""
    group = group_of(CLUSTER, rdbs)
    ledger, decision = decided(group, dict.fromkeys(group.members, State.DRAINED))
    outcome = tuple(
        f"TerminateInstanceInAutoScalingGroup {release.instance_id} decrement=True"
        for release in decision.release
    )
    return ledger, msgspec.structs.replace(decision, outcome=outcome)


def _documents(rdbs: int) -> list[Row]:
    _, rooms = at_noon(rdbs)
    ledger, decision = at_end_of_day(rdbs)
    note = "reference: DynamoDB's limit of an item"
    return [
        Row(f"ledger of {rdbs} RDBs at end of day", ledger_bytes(ledger), "bytes", ITEM_LIMIT, note),
        Row(f"decision to release {rdbs} RDBs", decision_bytes(decision), "bytes", ITEM_LIMIT, note),
        Row(f"idle decision, rooms of {rdbs} RDBs", decision_bytes(rooms), "bytes", ITEM_LIMIT, note),
    ]


def _largest() -> list[Row]:
    """The clusters whose heaviest items still fit: both are written in one transaction."""
    note = f"at end of day, in DynamoDB's {ITEM_LIMIT:,} bytes an item"
    ledger = _most(lambda rdbs: ledger_bytes(at_end_of_day(rdbs)[0]))
    decision = _most(lambda rdbs: decision_bytes(at_end_of_day(rdbs)[1]))
    return [
        Row("largest cluster by its ledger", ledger, "RDBs", note=note),
        Row("largest cluster by its decision", decision, "RDBs", note=note),
    ]


def _most(weight: Callable[[int], int]) -> int:
    """The most RDBs whose item is not above the limit."""
    fits, too_many = 1, 2
    while weight(too_many) <= ITEM_LIMIT:
        fits, too_many = too_many, 2 * too_many
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        fits, too_many = (middle, too_many) if weight(middle) <= ITEM_LIMIT else (fits, middle)
    return fits


def _a_second(work: Callable[[], object]) -> float:
    """How often `work` can be done in a second, over about SECONDS of it."""
    work()
    began, times = perf_counter(), 0
    while (elapsed := perf_counter() - began) < SECONDS:
        work()
        times += 1
    return times / elapsed
