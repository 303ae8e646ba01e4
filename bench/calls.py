"""AWS calls per decision, by service and operation, beside the script that describes and sets."""

from collections import Counter
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import boto3

from bench.naive import scale
from bench.rows import Row
from bench.watched import Invocation, Watched, of, watched

ROUNDS = 15
GONE = 45.0
GROUP = "highwater-trades-rdb"
DRAINED = (1, 3)


def measure(progress: Callable[[str], None]) -> list[Row]:
    """Counts for each kind of decision, then times raises, the script's and ours in turn."""
    with watched() as cluster:
        autoscaling = boto3.client("autoscaling")
        progress("calls: a report and an alarm")
        report, alarm = cluster.report(), cluster.alarm()
        progress("calls: a raise and an operator's request")
        raised, asked = cluster.fill(), cluster.ask(1)
        naive = _calls_of_naive(autoscaling)
        rows = [
            _row("an idle reconcile", of("Reconcile", report)),
            _row("a raise", of("Reconcile", raised), naive.total()),
            _of_autoscaling("a raise", of("Reconcile", raised), naive.total()),
            _row("a report taken", of("OnReport", report)),
            _row("an alarm taken", of("OnAlarm", alarm)),
            _row("an operator's request answered", of("APIHandler", asked)),
        ]
        for number in DRAINED:
            progress(f"calls: the release of {number}")
            rows += _releases(cluster, number)
        progress(f"calls: {ROUNDS} raises timed")
        return [*rows, *_times(cluster, autoscaling)]


def _releases(cluster: Watched, number: int) -> list[Row]:
    followed = cluster.drain(number, GONE)
    name = f"the release of {number} drained"
    everything = Invocation("", sum((i.calls for i in followed), Counter[str]()), 0)
    return [
        _row(name, of("Reconcile", followed)),
        _of_autoscaling(name, of("Reconcile", followed)),
        _row(f"{name}, every function until gone", everything),
    ]


def _times(cluster: Watched, autoscaling: Any) -> list[Row]:
    """Medians of raises of one group, by an operator's request and by the script; the first is a warm-up."""
    ours, naive, idle = [], [], []
    for _ in range(ROUNDS + 1):
        idle.append(of("Reconcile", cluster.report()).seconds)
        ours.append(of("Reconcile", cluster.ask(1)).seconds)
        began = perf_counter()
        scale(autoscaling, GROUP)
        naive.append(perf_counter() - began)
    reference = 1000 * median(naive[1:])
    note = f"median of {ROUNDS}, both ends: the embedded AWS's answers too"
    return [
        Row("time of a raise", 1000 * median(ours[1:]), "ms", reference, f"{note}; reference: the script"),
        Row("time of an idle reconcile", 1000 * median(idle[1:]), "ms", note=note),
    ]


def _calls_of_naive(autoscaling: Any) -> Counter[str]:
    calls: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        calls[model.name] += 1

    autoscaling.meta.events.register("before-call.*.*", count)
    scale(autoscaling, GROUP)
    autoscaling.meta.events.unregister("before-call.*.*", count)
    return calls


def _of_autoscaling(what: str, invocation: Invocation, reference: int | None = None) -> Row:
    calls = sum(n for name, n in invocation.calls.items() if name.startswith("autoscaling:"))
    return Row(f"{what}, of EC2 Auto Scaling alone", calls, "calls", reference)


def _row(what: str, invocation: Invocation, reference: int | None = None) -> Row:
    names = sorted(invocation.calls.items())
    note = ", ".join(f"{n} {name}" if n > 1 else name for name, n in names)
    return Row(what, invocation.calls.total(), "calls", reference, note)
