"""The faults: what each kind does to a world."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from random import Random
from typing import Literal

from chalicelib.contract.report import SEQUENCE_AHEAD, State
from twin.fuzz import facts, market
from twin.fuzz.cast import Cast, Inject, to_one
from twin.fuzz.faulty import FaultyRdb
from twin.fuzz.operators import Operators
from twin.fuzz.plan import Kind, Spoilt
from twin.fuzz.post import Mishap
from twin.fuzz.wire import REFUSABLE, Failure, Trouble

# Describe is behind by seconds; AWS names no bound. With the functions' clocks apart this stays within the
# two minutes for which a control plane may believe its own write over Describe.
STALE_SECONDS = (2, 30)
FUNCTION_SKEW = 40
HOST_SKEW = 300
STILL_TAKEN = int(SEQUENCE_AHEAD / timedelta(milliseconds=1))
TELLING = 4
# Bytes; a host has some 4 GB.
TOTALS = (1, 4 * 10**6, 3 * 10**8, 16 * 10**9, 64 * 10**9, 2**62)
WITH_Q = (State.LIVE, State.STANDBY, State.ROLLED)


def _message(kind: Mishap) -> Inject:
    def arm(cast: Cast, random: Random) -> bool:
        for _ in range(random.randint(1, TELLING)):
            cast.site.post.armed.append((kind, random.uniform(5, 900)))
        return False

    return arm


def _call(kind: Literal[Failure, "two_at_once"], *, may_be_after: bool = False) -> Inject:
    def arm(cast: Cast, random: Random) -> bool:
        acts_only = random.random() < 0.6
        after = kind == "timed_out" or (may_be_after and random.random() < 0.5)
        skip = random.randint(0, 2 if acts_only else 6)
        cast.site.wire.armed.append(Trouble(kind, skip, acts_only, after))
        return False

    return arm


def _forge_drained(cast: Cast, random: Random, rdb: FaultyRdb) -> None:
    """`drained`, without a valid proof, for an RDB that holds data."""
    sequence = rdb.sequence + random.choice((1, 2, 60_000))
    forged = rdb.forged(
        cast.site.agenda.now(), state=State.DRAINED, rows=0, memory_used=250_000_000, sequence=sequence
    )
    cast.crowd.publish(forged, genuine=False)


def _forge_sequence(cast: Cast, random: Random, rdb: FaultyRdb) -> None:
    """Far ahead, so that the RDB's own reports look old; in any state, and of any memory."""
    now = cast.site.agenda.now()
    ahead = random.choice((STILL_TAKEN // 2, STILL_TAKEN, 10 * STILL_TAKEN))
    state = random.choice((State.DRAINED, State.STANDBY, State.LIVE, State.ROLLED))
    memory, sequence = random.choice((200, 3900)) * 10**6, int(now.timestamp() * 1000) + ahead
    forged = rdb.forged(now, state=state, rows=0, memory_used=memory, sequence=sequence)
    cast.crowd.publish(forged, genuine=False)
    rdb.seemed_ready_at = now


def _forge_total(cast: Cast, random: Random, rdb: FaultyRdb) -> None:
    """A host of another size, perhaps before its first word: the largest number, or next to nothing."""
    now, total = cast.site.agenda.now(), random.choice(TOTALS)
    used = min(total, random.choice((0, rdb.memory_used, total)))
    sequence = rdb.sequence + random.choice((1, 2, 60_000))
    state = rdb.state if rdb.state is not State.DRAINED else State.ROLLED
    forged = rdb.forged(now, state=state, memory_total=total, memory_used=used, sequence=sequence)
    cast.crowd.publish(forged, genuine=False)


def _stale(cast: Cast, random: Random) -> bool:
    length = timedelta(seconds=random.uniform(*STALE_SECONDS))
    if random.random() < 0.7:
        cast.site.wire.stale_after_write = length, random.getrandbits(32)
    else:
        cast.site.wire.freeze(length, random.getrandbits(32))
    return False


def _function_clock(cast: Cast, random: Random) -> bool:
    skews = [random.uniform(-FUNCTION_SKEW, FUNCTION_SKEW) for _ in range(2)]
    cast.functions.skews = [timedelta(seconds=skew) for skew in skews]
    return True


def _host_clock(_cast: Cast, random: Random, rdb: FaultyRdb) -> None:
    rdb.skew = timedelta(seconds=random.uniform(-HOST_SKEW, HOST_SKEW))


def _launch_fails(cast: Cast, random: Random) -> bool:
    """Zones have no capacity for a while, or the Launch process is suspended."""
    site, zones = cast.site, set(random.choice(("a", "b", "c", "ab", "abc", "abc")))
    if random.random() < 0.2:
        site.act("SuspendProcesses", ScalingProcesses=["Launch"])
        resumes = partial(site.act, "ResumeProcesses", ScalingProcesses=["Launch"])
        site.agenda.after(random.uniform(60, 900), resumes)
    else:
        site.hosts.full_zones |= zones
        site.agenda.after(random.uniform(60, 1500), lambda: site.hosts.full_zones.difference_update(zones))
    return True


def _spoil(how: Spoilt) -> Inject:
    def spoil(cast: Cast, random: Random) -> bool:
        """Spoil the next launch, or for a while all of them; or, of one that boots, what comes."""
        booting = [rdb for rdb in cast.site.running() if rdb.state is State.BOOTING and rdb.boots]
        if booting and random.random() < 0.5:
            cast.crowd.spoils(random.choice(booting), how)
        elif random.random() < 0.3:
            cast.crowd.spoilt = how, 9
            cast.repairs.after(random.uniform(300, 3600), cast.crowd.launch_well)
        else:
            cast.crowd.spoilt = how, 1
            return False
        return True

    return spoil


def _fall_silent(cast: Cast, random: Random, rdb: FaultyRdb) -> None:
    """Its reporter says nothing more, or its q answers nothing more, until it is restarted."""
    if random.random() < 0.5:
        rdb.silent = True
    else:
        cast.crowd.hangs(rdb)
    cast.site.agenda.after(random.choice((120, 1200, 3600)), lambda: cast.crowd.recovers(rdb))


def _restart(cast: Cast, random: Random, rdb: FaultyRdb) -> None:
    """Back with an old state: what it said long ago, once more, then what is true.

    Drained is final: the marker on its disk keeps it from ever subscribing again. One whose clock is so far
    ahead that it is refused repeats nothing: its old words would be taken as fresh ones, again and again.
    """
    if (said := cast.site.said[rdb.instance_id]) and not rdb.silent and rdb.skew <= SEQUENCE_AHEAD:
        cast.crowd.publish(random.choice(said), genuine=True)
    if rdb.state is not State.DRAINED:
        cast.crowd.recovers(rdb)
    rdb.report(cast.site.agenda.now())


def _rebalancing(cast: Cast, random: Random) -> bool:
    """The group spans other zones from now on, and evens itself out over them."""
    zones = random.choice(("abc", "ab", "bc", "ac", "a", "b"))
    return cast.site.act(
        "UpdateAutoScalingGroup", VPCZoneIdentifier=",".join(f"subnet-{zone}" for zone in zones)
    )


def _fail_health_check(cast: Cast, _random: Random, rdb: FaultyRdb) -> None:
    cast.site.act(
        "SetInstanceHealth",
        InstanceId=rdb.instance_id,
        HealthStatus="Unhealthy",
        ShouldRespectGracePeriod=False,
    )


def _refused(cast: Cast, random: Random) -> bool:
    """One operation is refused for a while: a service control policy, a role that somebody edited."""
    operation, wire = random.choice(REFUSABLE), cast.site.wire
    wire.refused.add(operation)
    cast.site.note(f"  {operation}")
    cast.repairs.after(random.choice((120, 600, 3600)), lambda: wire.refused.discard(operation))
    return True


def _operator(does: Callable[[Operators, Random], bool]) -> Inject:
    return lambda cast, random: does(cast.operators, random)


def _crash(cast: Cast, _random: Random, rdb: FaultyRdb) -> None:
    cast.crowd.crashes(rdb)


def _fail_to_drain(cast: Cast, _random: Random, rdb: FaultyRdb) -> None:
    rdb.fail_to_drain(cast.site.agenda.now())


FAULTS: Mapping[Kind, Inject] = {
    "lost": _message("lost"),
    "doubled": _message("doubled"),
    "late": _message("late"),
    "reordered": _message("reordered"),
    "throttled": _call("throttled"),
    "activity_in_progress": _call("activity_in_progress"),
    "timed_out": _call("timed_out"),
    "two_at_once": _call("two_at_once"),
    "resource_contention": _call("resource_contention", may_be_after=True),
    "server_error": _call("server_error", may_be_after=True),
    "disconnected": _call("disconnected"),
    "refused": _refused,
    "killed": _call("killed", may_be_after=True),
    "forged_drained": to_one(_forge_drained, lambda rdb: rdb.rows),
    "forged_sequence": to_one(_forge_sequence),
    "forged_total": to_one(_forge_total),
    "stale_read": _stale,
    "function_clock": _function_clock,
    "host_clock": to_one(_host_clock),
    "launch_failed": _launch_fails,
    "boots_forever": _spoil("boots_forever"),
    "never_reports": _spoil("never_reports"),
    "rdb_crashed": to_one(_crash),
    "rdb_silent": to_one(_fall_silent),
    "rdb_restarted": to_one(_restart, lambda rdb: rdb.state is not State.DRAINED),
    "drained_restarted": to_one(_restart, lambda rdb: rdb.state is State.DRAINED),
    "drain_failed": to_one(_fail_to_drain, lambda rdb: rdb.state is State.ROLLED and rdb.rows),
    "az_rebalancing": _rebalancing,
    "unhealthy": to_one(_fail_health_check),
    "desired_lowered": _operator(Operators.lowers_desired),
    "protection_removed": _operator(Operators.removes_protection),
    "processes_resumed": _operator(Operators.resumes_processes),
    "hook_removed": _operator(Operators.removes_hook),
    "stack_updated": _operator(Operators.updates_stack),
    "console_termination": _operator(Operators.terminates),
    "capacity_asked": _operator(Operators.asks_for_capacity),
    "release_asked": _operator(Operators.asks_for_release),
    "hold_placed": _operator(Operators.places_hold),
    "q_dead": to_one(facts.q_dies, lambda rdb: rdb.state in WITH_Q and not rdb.hung),
    "host_stopped": to_one(facts.host_stops),
    "second_group": facts.second_group,
    "bad_tag": facts.bad_tag,
    "renamed_tag": facts.renamed_tag,
    "unreadable_ledger": facts.unreadable_ledger,
    "metric_pages": facts.metric_pages,
    "strangers": facts.strangers,
    "forged_elsewhere": facts.forged_elsewhere,
    "old_command": facts.old_command,
    "raised_between": facts.raised_between,
    "hold_lifted": _operator(Operators.lifts_hold),
    "burst": market.burst,
    "needed_again": market.needed_again,
    "slow_drain": to_one(market.slow_drain, lambda rdb: rdb.state in (State.BOOTING, State.STANDBY)),
    "lead_changed": market.lead_changed,
    "yesterday_forgotten": market.yesterday_forgotten,
    "yesterday_wrong": market.yesterday_wrong,
    "calendar_put": lambda cast, random: cast.operators.puts_calendar(market.right_hours(cast, random)),
    "calendar_wrong": lambda cast, random: cast.operators.puts_calendar(market.wrong_hours(cast, random)),
    "night": market.night,
    "tickerplant_silent": market.tickerplant_silent,
    "no_overdraft": to_one(market.no_overdraft, lambda rdb: rdb.state in (State.STANDBY, State.LIVE)),
    "calendar_removed": lambda cast, _random: cast.operators.removes_calendar(),
}
