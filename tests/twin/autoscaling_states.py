"""A request that AWS refuses, whose word that is, and the states of a group in which many come."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.twin.autoscaling_bench import GROUP, RETAIN, TERMINATE_HOOK, Bench

CAPTURED = "captured from real AWS by radkawar/stackd, commit 9dc356f"
API = "EC2 Auto Scaling API reference"
GUIDE = "EC2 Auto Scaling User Guide"
QUOTED = "quoted as AWS's error by several public projects"
INVALID = "ValidationError"
NAMED = {"AutoScalingGroupName": GROUP}


class Refusal(NamedTuple):
    """A request that AWS refuses, with the state in which it comes."""

    about: str
    source: str
    arrange: Callable[[Bench], None]
    operation: str
    params: dict[str, Any]
    code: str
    message: str
    fact: str | None = None


def empty(bench: Bench) -> None:
    bench.create()


def one(bench: Bench) -> None:
    bench.serving(1)


def at_minimum(bench: Bench) -> None:
    bench.serving(1, MinSize=1)


def retained(bench: Bench) -> None:
    bench.serving(1, LifecycleHookSpecificationList=[TERMINATE_HOOK], InstanceLifecyclePolicy=RETAIN)
    bench.terminate("i-1")
    bench.wait(8)
    bench.complete("i-1", "ABANDON")
    bench.wait(60)
