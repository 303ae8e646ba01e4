"""A day's plan of faults. It is data, so that a failure can be run again with less of it."""

from collections.abc import Mapping
from random import Random
from typing import NamedTuple

WEIGHTS: Mapping[str, int] = {
    "lost": 2,
    "doubled": 2,
    "late": 2,
    "reordered": 2,
    "forged_drained": 3,
    "forged_sequence": 2,
    "throttled": 3,
    "activity_in_progress": 2,
    "resource_contention": 2,
    "timed_out": 3,
    "server_error": 3,
    "killed": 4,
    "two_at_once": 4,
    "stale_read": 4,
    "function_clock": 1,
    "host_clock": 1,
    "launch_failed": 2,
    "launch_hung": 2,
    "rdb_crashed": 1,
    "rdb_silent": 2,
    "rdb_restarted": 2,
    "drained_restarted": 5,
    "drain_failed": 2,
    "az_rebalancing": 1,
    "unhealthy": 1,
    "desired_lowered": 2,
    "protection_removed": 2,
    "processes_resumed": 2,
    "hook_removed": 1,
    "stack_updated": 1,
    "console_termination": 1,
    "capacity_asked": 1,
    "release_asked": 2,
    "hold_placed": 1,
    "hold_lifted": 2,
}
"""Every kind of fault with its weight; twin/fuzz/faults.py does them."""


class Fault(NamedTuple):
    """A fault: on which day, how many seconds after its start, of which kind. `dice` settles the rest."""

    day: int
    at: float
    kind: str
    dice: int


def plan(random: Random, day: int, seconds: float) -> list[Fault]:
    """Draw some of the kinds, often or seldom, so that days differ in more than their order."""
    kinds = [kind for kind in WEIGHTS if random.random() < 0.65] or list(WEIGHTS)
    weights = [WEIGHTS[kind] for kind in kinds]
    mean = random.choice((10.0, 15.0, 30.0, 60.0, 120.0))
    faults: list[Fault] = []
    at = 0.0
    while (at := at + random.expovariate(1 / mean)) < seconds:
        (kind,) = random.choices(kinds, weights)
        faults.append(Fault(day, round(at, 1), kind, random.getrandbits(32)))
    return faults
