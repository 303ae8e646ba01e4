"""AWS calls per decision, by service and operation, beside the script that describes and sets."""

from collections import Counter
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import boto3

from bench.report import Row
from bench.watched import Invocation, Watched, of, watched

ROUNDS = 15
GONE = 45.0
GROUP = "highwater-trades-rdb"
DRAINED = (1, 3)
CALLS_OF_SCRIPT = 2


def measure(progress: Callable[[str], None]) -> list[Row]:
    """Count for each kind of decision, then time raises, the script's and ours in turn."""
    with watched() as cluster:
        autoscaling = boto3.client("autoscaling")
        progress("calls: a report and an alarm")
        report, alarm = cluster.report(), cluster.alarm()
        progress("calls: a raise and an operator's request")
        raised, asked = cluster.fill(), cluster.ask(1)
        rows = [
            _row("an idle reconcile", of("Reconcile", alarm)),
            _row("a reconcile that writes what the live RDB reports", of("Reconcile", report)),
            *_rows("a raise", of("Reconcile", raised), CALLS_OF_SCRIPT),
            _row("a report taken", of("OnReport", report)),
            _row("an alarm taken", of("OnAlarm", alarm)),
            _row("an operator's request answered", of("APIHandler", asked)),
        ]
        for number in DRAINED:
            progress(f"calls: the release of {number}")
            rows += _releases(cluster, number)
        progress(f"calls: {ROUNDS} raises timed")
        return [*rows, *_times(cluster, autoscaling)]


def scale(autoscaling: Any, group_name: str) -> None:
    """Launch one more host as the script does that Highwater replaces: called twice it launches two."""
    answer = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group_name])
    desired = answer["AutoScalingGroups"][0]["DesiredCapacity"] + 1
    autoscaling.set_desired_capacity(AutoScalingGroupName=group_name, DesiredCapacity=desired)


def _releases(cluster: Watched, number: int) -> list[Row]:
    followed = cluster.drain(number, GONE)
    name = f"the release of {number} drained"
    everything = Invocation("", sum((i.calls for i in followed), Counter[str]()), 0)
    return [
        *_rows(name, of("Reconcile", followed)),
        _row(f"{name}, every function until gone", everything),
    ]


def _times(cluster: Watched, autoscaling: Any) -> list[Row]:
    """Return medians of raises of one group, by a request and by the script; the first is a warm-up."""
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


def _rows(what: str, invocation: Invocation, reference: int | None = None) -> list[Row]:
    """Return all calls, then those of EC2 Auto Scaling."""
    alone = sum(n for name, n in invocation.calls.items() if name.startswith("autoscaling:"))
    return [
        _row(what, invocation, reference),
        Row(f"{what}, of EC2 Auto Scaling alone", alone, "calls", reference),
    ]


def _row(what: str, invocation: Invocation, reference: int | None = None) -> Row:
    calls = sorted(invocation.calls.items())
    note = ", ".join(f"{n} {name}" if n > 1 else name for name, n in calls)
    return Row(what, invocation.calls.total(), "calls", reference, note)
