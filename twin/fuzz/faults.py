"""The faults: what each kind does to a world, and a day's plan of them.

A plan is data, so that a failure can be run again with less of it. `dice` settles what is left open.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from twin.fuzz.rdbs import Rdb
from twin.fuzz.wire import Trouble

if TYPE_CHECKING:
    from twin.fuzz.world import World

# Describe is behind by seconds; AWS names no bound. With the functions' clocks apart this stays within the
# two minutes for which a control plane may believe its own write over Describe.
STALE_SECONDS = (2, 30)
FUNCTION_SKEW = 40
HOST_SKEW = 300
SEQUENCE_AHEAD = 14 * 60 * 1000
TELLING = 4


class Fault(NamedTuple):
    """One fault of a plan: on which day, how many seconds after its start, of which kind."""

    day: int
    at: float
    kind: str
    dice: int


Inject = Callable[["World", Random], bool]
"""Does it; True if the fault has happened, False if nothing came of it or it waits for its moment."""


def _message(kind: str) -> Inject:
    def arm(world: "World", random: Random) -> bool:
        for _ in range(random.randint(1, TELLING)):
            world.post.armed.append((kind, random.uniform(5, 900)))
        return False

    return arm


def _call(kind: str, *, may_be_after: bool = False) -> Inject:
    def arm(world: "World", random: Random) -> bool:
        acts_only = random.random() < 0.6
        after = kind == "timed_out" or (may_be_after and random.random() < 0.5)
        skip = random.randint(0, 2 if acts_only else 6)
        world.wire.armed.append(Trouble(kind, skip, acts_only, after))
        return False

    return arm


def _forged(world: "World", random: Random) -> bool:
    """`drained`, without a valid proof, for an RDB that holds data."""
    if not (loaded := [rdb for rdb in world.plant.running() if rdb.loaded]):
        return False
    rdb = random.choice(loaded)
    sequence = rdb.sequence + random.choice((1, 2, 60_000))
    world.crowd.forges(rdb, state="drained", rows=0, memory_used=250_000_000, sequence=sequence)
    return True


def _forged_sequence(world: "World", random: Random) -> bool:
    """Far ahead, so that the RDB's own reports look old; in any state, and of any memory."""
    if not (rdbs := list(world.plant.running())):
        return False
    rdb = random.choice(rdbs)
    ahead = random.choice((SEQUENCE_AHEAD // 2, SEQUENCE_AHEAD, 10 * SEQUENCE_AHEAD))
    state = random.choice(("drained", "standby", "live", "rolled"))
    sequence = int(world.agenda.now.timestamp() * 1000) + ahead
    world.crowd.forges(
        rdb, state=state, rows=0, memory_used=random.choice((200, 3900)) * 10**6, sequence=sequence
    )
    return True


def _stale(world: "World", random: Random) -> bool:
    length = timedelta(seconds=random.uniform(*STALE_SECONDS))
    if random.random() < 0.7:
        world.wire.stale_after_write = length, random.getrandbits(32)
    else:
        world.wire.freeze(length, random.getrandbits(32))
    return False


def _function_clock(world: "World", random: Random) -> bool:
    world.functions.skews = [
        timedelta(seconds=random.uniform(-FUNCTION_SKEW, FUNCTION_SKEW)) for _ in range(2)
    ]
    return True


def _host_clock(world: "World", random: Random) -> bool:
    return _to_one(world, random, lambda rdb: _off(rdb, random))


def _off(rdb: Rdb, random: Random) -> None:
    rdb.clock = timedelta(seconds=random.uniform(-HOST_SKEW, HOST_SKEW))


def _launch_fails(world: "World", random: Random) -> bool:
    zones = random.choice(("a", "b", "c", "ab", "abc", "abc"))
    if random.random() < 0.2:
        world.mishaps.suspends_launch(random.uniform(60, 900))
    else:
        world.mishaps.fills_zones(zones, random.uniform(60, 1500))
    return True


def _launch_hangs(world: "World", random: Random) -> bool:
    booting = [rdb for rdb in world.plant.running() if rdb.state == "booting" and rdb.boots]
    if not booting:
        world.crowd.hanging = 1
        return False
    random.choice(booting).boots = False
    return True


def _crash(world: "World", random: Random) -> bool:
    return _to_one(world, random, world.mishaps.crashes)


def _silence(world: "World", random: Random) -> bool:
    """Its reporter says nothing more, or its q answers nothing more, until it is restarted."""

    def fall_silent(rdb: Rdb) -> None:
        if random.random() < 0.5:
            rdb.silent = True
        else:
            world.plant.hang(rdb)
        seconds = random.choice((120, 1200, 3600))
        world.agenda.after(seconds, lambda: world.plant.recover(rdb))

    return _to_one(world, random, fall_silent)


def _restart(world: "World", random: Random) -> bool:
    """Back with an old state: what it said long ago, once more, then what is true."""

    def restart(rdb: Rdb) -> None:
        if rdb.said:
            world.crowd.says_again(rdb, random.choice(rdb.said))
        world.plant.recover(rdb)
        world.crowd.says(rdb)

    return _to_one(world, random, restart, [rdb for rdb in world.plant.running() if rdb.state != "drained"])


def _restart_drained(world: "World", random: Random) -> bool:
    """Drained is final: the marker on its disk keeps it from ever subscribing again."""

    def restart(rdb: Rdb) -> None:
        for said in random.sample(rdb.said, min(1, len(rdb.said))):
            world.crowd.says_again(rdb, said)
        world.crowd.says(rdb)

    return _to_one(world, random, restart, [rdb for rdb in world.plant.running() if rdb.state == "drained"])


def _drain_failed(world: "World", random: Random) -> bool:
    """Its report is genuine, says drained, and has rows."""
    rolled = [rdb for rdb in world.plant.running() if rdb.state == "rolled" and rdb.loaded]
    return _to_one(world, random, world.plant.fail_to_drain, rolled)


def _rebalancing(world: "World", random: Random) -> bool:
    return world.mishaps.moves_to(random.choice(("abc", "ab", "bc", "ac", "a", "b")))


def _unhealthy(world: "World", random: Random) -> bool:
    return _to_one(world, random, world.mishaps.fails_health_check)


def _to_one(
    world: "World", random: Random, do: Callable[[Rdb], None], among: list[Rdb] | None = None
) -> bool:
    chosen = list(world.plant.running()) if among is None else among
    if not chosen:
        return False
    rdb = random.choice(chosen)
    world.note(f"  to {rdb.instance_id} ({rdb.state}, {rdb.rows} rows)")
    do(rdb)
    return True


FAULTS: Mapping[str, tuple[int, Inject]] = {
    "lost": (2, _message("lost")),
    "doubled": (2, _message("doubled")),
    "late": (2, _message("late")),
    "reordered": (2, _message("reordered")),
    "forged_drained": (3, _forged),
    "forged_sequence": (2, _forged_sequence),
    "throttled": (3, _call("throttled")),
    "activity_in_progress": (2, _call("activity_in_progress")),
    "resource_contention": (2, _call("resource_contention", may_be_after=True)),
    "timed_out": (3, _call("timed_out")),
    "server_error": (3, _call("server_error", may_be_after=True)),
    "killed": (4, _call("killed", may_be_after=True)),
    "two_at_once": (4, _call("two_at_once")),
    "stale_read": (4, _stale),
    "function_clock": (1, _function_clock),
    "host_clock": (1, _host_clock),
    "launch_failed": (2, _launch_fails),
    "launch_hung": (2, _launch_hangs),
    "rdb_crashed": (1, _crash),
    "rdb_silent": (2, _silence),
    "rdb_restarted": (2, _restart),
    "drained_restarted": (5, _restart_drained),
    "drain_failed": (2, _drain_failed),
    "az_rebalancing": (1, _rebalancing),
    "unhealthy": (1, _unhealthy),
    "desired_lowered": (2, lambda world, random: world.operators.lowers_desired(random)),
    "protection_removed": (2, lambda world, random: world.operators.removes_protection(random)),
    "processes_resumed": (2, lambda world, random: world.operators.resumes_processes(random)),
    "hook_removed": (1, lambda world, random: world.operators.removes_hook(random)),
    "stack_updated": (1, lambda world, random: world.operators.updates_stack(random)),
    "console_termination": (1, lambda world, random: world.operators.terminates(random)),
    "capacity_asked": (1, lambda world, random: world.operators.asks_for_capacity(random)),
    "release_asked": (2, lambda world, random: world.operators.asks_for_release(random)),
    "hold_placed": (1, lambda world, random: world.operators.places_hold(random)),
    "hold_lifted": (2, lambda world, random: world.operators.lifts_hold(random)),
}
"""Each kind with its weight."""


def plan(random: Random, day: int, seconds: float) -> list[Fault]:
    """A day's faults: some of the kinds, often or seldom, so that days differ in more than their order."""
    kinds = [kind for kind in FAULTS if random.random() < 0.65] or list(FAULTS)
    weights = [FAULTS[kind][0] for kind in kinds]
    mean = random.choice((10.0, 15.0, 30.0, 60.0, 120.0))
    faults: list[Fault] = []
    at = 0.0
    while (at := at + random.expovariate(1 / mean)) < seconds:
        (kind,) = random.choices(kinds, weights)
        faults.append(Fault(day, round(at, 1), kind, random.getrandbits(32)))
    return faults
