"""Judges each call of ours, and each end of an instance, by the truth of the world."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from twin.explore import aws
from twin.explore.function import DONE, Call, next_call
from twin.explore.ledgers import facts, normal
from twin.explore.words import Word
from twin.explore.world import ALL_WALLS, HOLDS_ROWS, IDS, NOW, Life, Run, Walls, World, ago
from twin.oracle import Known, Oracle, Raised

Promise = Literal["unsafe", "unheld", "lowered", "launched-twice", "against-hold", "against-walls", "failed"]
PROMISES: Mapping[Promise, str] = {
    "unsafe": "no call of ours ends an RDB that holds rows",
    "unheld": "no RDB ends with its rows unless an operator took its hook or its retention down",
    "lowered": "DesiredCapacity is not written lower, unless an operator wrote it since the look",
    "launched-twice": "nothing is launched while a launch is owed or somebody has room",
    "against-hold": "nothing is released that is on hold by the ledger that the decision was made on",
    "against-walls": "nothing is released while a wall is known to be missing, or the hook was not looked at",
    "failed": "the controller fails for no other reason than an answer of AWS",
}
RELEASES = ("TerminateInstanceInAutoScalingGroup", "CompleteLifecycleAction")
SCALE, ROLL, LEAD = 60.0, 85.0, 60.0
HOOK_TRUSTED = timedelta(minutes=10)
LEAVING = timedelta(minutes=2)


def committed(run: Run) -> bytes:
    """Return the ledger that a function wrote before it acted, as it wrote it."""
    call = next_call(run.wake, run.read, ())
    assert call, "a function acts on what it has written"
    return call.document


def of_call(world: World, run: Run, call: Call) -> Iterator[Promise]:
    """Yield the promises that a call of ours breaks, in the world as it is before the call."""
    if call.operation == "SetDesiredCapacity":
        yield from _of_raise(world, run, call.params["DesiredCapacity"])
    elif call.operation in RELEASES:
        index = IDS.index(call.params["InstanceId"])
        if world.hosts[index].phase in HOLDS_ROWS:
            yield "unsafe"
        ledger = facts(committed(run))
        rdb = ledger["rdbs"][IDS[index]]
        if ledger.get("hold") or rdb.get("hold"):
            yield "against-hold"
        if "dead_at" not in rdb and _walls_missing(run, ledger):
            yield "against-walls"


@lru_cache(200_000)
def essence(run: Run) -> tuple[object, ...]:
    """Return what decides the rest of a function that has written its ledger: two with the same are one."""
    calls, outcomes, kinds = [], run.outcomes, set[str]()
    document = committed(run)
    written = normal(document)
    while (call := next_call(run.wake, run.read, outcomes)) is not None:
        params = (normal(call.document),) if call.commits else tuple(map(str, call.params.values()))
        # What it writes at its end makes no step if it is nothing new.
        if params != (written,):
            calls.append((call.operation, *params))
        kinds.add(call.operation)
        outcomes = (*outcomes, DONE)
    known: tuple[object, ...] = (written, run.current)
    read = run.read.group
    if "SetDesiredCapacity" in kinds:
        known += (read, run.read.phases, run.wake if run.wake.word == Word.FLOOR else None)
    if kinds & {*RELEASES}:
        ledger = facts(document)
        holds = [i for i, rdb in ledger["rdbs"].items() if rdb.get("hold") or ledger.get("hold")]
        known += (holds, _walls_missing(run, ledger))
    return calls, known


def _of_raise(world: World, run: Run, desired: int) -> Iterator[Promise]:
    read = run.read.group
    if desired < world.group.desired:
        if read.writes == world.group.writes:
            yield "lowered"
    elif desired == world.group.desired:
        # Another has written this number since: nothing is launched by it.
        return
    elif run.wake.word == Word.FLOOR and desired <= run.wake.number:
        return
    elif desired > max(world.group.counted, read.counted) and _had_room(committed(run), read, world.raised):
        yield "launched-twice"


@lru_cache(100_000)
def _had_room(document: bytes, read: Any, raised: tuple[int, int, int] | None) -> bool:
    last = None
    if raised is not None:
        target, minutes, mask = raised
        rdbs = facts(document)["rdbs"]
        before = [IDS[i] for i in range(len(IDS)) if mask & 1 << i and IDS[i] in rdbs]
        last = Raised(target, ago(minutes), {i: rdbs[i].get("released_at", "") for i in before})
    known = Known(document.decode(), aws.described(read), NOW)
    return Oracle(SCALE, ROLL, LEAD).room(known, last) is not None


def released_before(document: bytes) -> int:
    """Return, as bits, which RDBs the ledger of a raise calls released by an earlier decision.

    One whose release came to nothing two minutes ago or more may be released anew, after the raise.
    """
    ledger = facts(document)
    found = 0
    for index, instance_id in enumerate(IDS):
        if _leaves(ledger["rdbs"].get(instance_id, {}), ledger["version"]):
            found |= 1 << index
    return found


def _walls_missing(run: Run, ledger: Mapping[str, Any]) -> bool:
    read = run.read.group
    hook = ledger.get("hook")
    if hook is None or not hook["stands"] or NOW - _time(hook["at"]) > HOOK_TRUSTED:
        return True
    if (read.walls | Walls.HOOK) != ALL_WALLS:
        return True
    bare = [
        i for i, member in enumerate(read.members) if member.life is Life.SERVING and not member.protected
    ]
    return any(not _leaves(ledger["rdbs"].get(IDS[i], {}), ledger["version"]) for i in bare)


def _leaves(rdb: Mapping[str, Any], version: int) -> bool:
    """It was released before this decision, and lately."""
    at = rdb.get("released_at")
    return at is not None and rdb.get("released_in", 0) != version and NOW - _time(at) < LEAVING


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
