"""The pure core without AWS: decisions a second, and how many RDBs one document of DynamoDB can hold."""

import gc
import json
from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from timeit import Timer
from types import SimpleNamespace
from typing import Any

import msgspec

from bench.facts import group_of, reconciled, reports_of, samples_of, states
from bench.report import Row
from chalicelib.adapters.cloudwatch import Seen
from chalicelib.contract.report import State
from chalicelib.core.decision import Decision
from chalicelib.core.facts.calendar import NO_CALENDAR
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.wake_ups import WakeUp
from chalicelib.reconcile.controller import Controller
from chalicelib.reconcile.looking import Adapters

SIZES = (1, 10, 100, 1000)
# The largest cluster that a template allows: above some 430 RDBs the ledger's size is told each time.
LARGE, TURNS = 400, 100
NOW = datetime(2026, 11, 23, 22, 0, 0, 250_000, tzinfo=UTC)
ITEM_LIMIT = 400 * 1024  # bytes, DynamoDB's: names and values together
COMMANDS = {f"{n:032x}": NOW - timedelta(hours=1) for n in range(20)}
CLUSTER = "trades"


def measure(progress: Callable[[str], None]) -> list[Row]:
    """Measure decisions at each size, then sizes and the largest cluster that fits."""
    rows = []
    for rdbs in (*SIZES[:-1], LARGE):
        progress(f"core: decisions at {rdbs} RDBs")
        rows.append(_decisions(rdbs))
    progress(f"core: decisions at {LARGE} RDBs with demand and without")
    rows.append(_demanded())
    for rdbs in SIZES:
        progress(f"core: documents at {rdbs} RDBs")
        rows += _documents(rdbs)
    progress("core: the largest cluster")
    # The heaviest items must fit: both are written in one transaction.
    note = f"at end of day, in DynamoDB's {ITEM_LIMIT:,} bytes an item"
    for name, weight in (("ledger", ledger_bytes), ("decision", decision_bytes)):
        rows.append(Row(f"largest cluster by its {name}", _most(weight), "RDBs", note=note))
    return rows


def _decisions(rdbs: int) -> Row:
    """Measure a whole reconcile woken by one report, on facts that stand still.

    The reference is a JSON round trip of the same ledger.
    """
    work, ledger = _reconcile(group_of(CLUSTER, rdbs))
    document = msgspec.to_builtins(ledger)
    return Row(
        f"decisions at {rdbs} RDBs",
        _a_second(work),
        "/s",
        _a_second(lambda: json.loads(json.dumps(document))),
        "reference: json.dumps and loads of the same ledger",
    )


def _demanded() -> Row:
    """Measure the same by demand and by the fixed rule, in turns: the machine may be busy meanwhile."""
    by_demand, _ = _reconcile(group_of(CLUSTER, LARGE))
    by_fixed, _ = _reconcile(group_of(CLUSTER, LARGE, "fixed"))
    turns = [(_time(by_demand), _time(by_fixed)) for _ in range(TURNS)]
    milliseconds, reference = (1000 * median(times) for times in zip(*turns, strict=True))
    note = f"median of {TURNS}; reference: by the rule fixed"
    return Row(f"time of a decision over {LARGE} RDBs by demand", milliseconds, "ms", reference, note)


def _reconcile(group: Group) -> tuple[Callable[[], object], Ledger]:
    """Return a whole reconcile of a group, and the ledger that it finds."""
    said = states(group.members)
    samples, (ledger, _) = samples_of(said, NOW), reconciled(group, said, NOW, COMMANDS)
    # AWS and the table as plain values: nothing is asked, nothing is written.
    still: Any = SimpleNamespace(
        of_cluster=lambda _cluster: (group,),
        samples=lambda _wanted, _now: Seen(samples),
        owes_write=lambda _cluster: False,
        read=lambda _cluster: ledger,
        calendar_of=lambda _cluster: NO_CALENDAR,
        commit=lambda ledger, *_others: ledger,
    )
    controller = Controller(Adapters(still, still, still, still, still), lambda: NOW)
    report = reports_of(CLUSTER, said, NOW)[0]
    wake_ups = [WakeUp(CLUSTER, "report", NOW, "a report", report=report)]
    assert not controller.reconcile(CLUSTER, wake_ups).acts
    return lambda: controller.reconcile(CLUSTER, wake_ups), ledger


def _documents(rdbs: int) -> list[Row]:
    group = group_of(CLUSTER, rdbs)
    # At noon all but two have rolled, and nothing is to do.
    idle = reconciled(group, states(group.members), NOW, COMMANDS)
    ended = _at_end_of_day(rdbs)
    note = "reference: DynamoDB's limit of an item"
    return [
        Row(what, size, "bytes", ITEM_LIMIT, note)
        for what, size in (
            (f"ledger of {rdbs} RDBs at end of day", ledger_bytes(*ended)),
            (f"decision to release {rdbs} RDBs", decision_bytes(*ended)),
            (f"idle decision, rooms of {rdbs} RDBs", decision_bytes(*idle)),
        )
    ]


def ledger_bytes(ledger: Ledger, _decision: Decision) -> int:
    """Return the size of the ledger's item in DynamoDB: names, keys, version and document."""
    overhead = len("cluster" + ledger.cluster + "item" + "ledger" + "version" + "document") + 21
    return overhead + len(msgspec.json.encode(ledger))


def decision_bytes(_ledger: Ledger, decision: Decision) -> int:
    """Return the size of the decision's item in DynamoDB, once its outcome is in it."""
    overhead = len("cluster" + decision.cluster + "item" + "document" + "expires_at") + 48 + 21
    return overhead + len(msgspec.json.encode(decision))


def _at_end_of_day(rdbs: int) -> tuple[Ledger, Decision]:
    """Return what is written when everybody drained at once: one decision releases all but MinSize."""
    group = group_of(CLUSTER, rdbs)
    ledger, decision = reconciled(group, dict.fromkeys(group.members, State.DRAINED), NOW, COMMANDS)
    outcome = tuple(
        f"TerminateInstanceInAutoScalingGroup {release.instance_id} decrement=True"
        for release in decision.release
    )
    return ledger, msgspec.structs.replace(decision, outcome=outcome)


def _most(weight: Callable[[Ledger, Decision], int]) -> int:
    """Return the most RDBs whose item is not above the limit."""
    sizes = range(1, 4096)
    return bisect_right(sizes, ITEM_LIMIT, key=lambda rdbs: weight(*_at_end_of_day(rdbs)))


def _time(work: Callable[[], object]) -> float:
    """Return the seconds of `work` once."""
    return Timer(work, gc.enable).timeit(1)


def _a_second(work: Callable[[], object]) -> float:
    """Return how often `work` can be done in a second, with the garbage collection that it causes."""
    times, seconds = Timer(work, gc.enable).autorange()
    return times / seconds
