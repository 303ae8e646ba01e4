"""A day's plan of faults. It is data, so that a failure can be run again with less of it."""

from collections.abc import Mapping
from random import Random
from typing import Literal, NamedTuple, get_args

# fmt: off
Fifteen = Literal["needed_again"]
Five = Literal["drained_restarted"]
Four = Literal["killed", "two_at_once", "stale_read"]
Three = Literal[
    "forged_drained", "throttled", "timed_out", "server_error", "drain_failed", "q_dead", "raised_between",
]
Spoilt = Literal["boots_forever", "never_reports"]
Two = Literal[
    "lost", "doubled", "late", "reordered", "forged_sequence", "activity_in_progress",
    "resource_contention", "launch_failed", "rdb_silent", "rdb_restarted", "disconnected",
    "desired_lowered", "protection_removed", "processes_resumed", "release_asked", "hold_lifted",
    "burst", "slow_drain", "night",
]
One = Literal[
    "function_clock", "host_clock", "rdb_crashed", "az_rebalancing", "unhealthy", "hook_removed",
    "stack_updated", "console_termination", "capacity_asked", "hold_placed",
    "host_stopped", "refused", "strangers", "forged_elsewhere", "metric_pages",
    "second_group", "bad_tag", "renamed_tag", "unreadable_ledger", "old_command",
    "calendar_put", "calendar_wrong", "calendar_removed", "lead_changed", "yesterday_forgotten",
    "yesterday_wrong", "tickerplant_silent", "forged_total", "no_overdraft",
]
# fmt: on
Kind = Literal[Fifteen, Five, Four, Three, Two, Spoilt, One]
"""Every kind of fault; twin/fuzz/faults.py does them."""

KINDS = ((15, Fifteen), (5, Five), (4, Four), (3, Three), (2, Two), (2, Spoilt), (1, One))
WEIGHTS: Mapping[Kind, int] = {kind: weight for weight, kinds in KINDS for kind in get_args(kinds)}
# Faults after which nobody can know for some minutes: AWS does not answer or shows what was, the message
# that says so is lost, or a host lies.
HIDES = frozenset[Kind](
    {
        *("throttled", "timed_out", "server_error", "killed", "disconnected", "refused", "stale_read"),
        *("lost", "late", "reordered", "forged_sequence", "forged_drained", "forged_total"),
    }
)


class Fault(NamedTuple):
    """A fault: on which day, how many seconds after its start, of which kind. `dice` settles the rest."""

    day: int
    at: float
    kind: Kind
    dice: int


def plan(random: Random, day: int, seconds: float) -> list[Fault]:
    """Draw some of the kinds, often or seldom, so that days differ in more than their order."""
    kinds = [kind for kind in WEIGHTS if random.random() < 0.65] or list(WEIGHTS)
    if random.random() < 0.3:
        # A day on which everything can be known: nobody may wait in silence.
        kinds = [kind for kind in kinds if kind not in HIDES]
    weights = [WEIGHTS[kind] for kind in kinds]
    mean = random.choice((10.0, 15.0, 30.0, 60.0, 120.0))
    faults: list[Fault] = []
    at = 0.0
    while (at := at + random.expovariate(1 / mean)) < seconds:
        (kind,) = random.choices(kinds, weights)
        faults.append(Fault(day, round(at, 1), kind, random.getrandbits(32)))
    return faults
