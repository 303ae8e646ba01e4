"""Functions that start and go on, and what a change of the group does to its hosts."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from twin.autoscaling import AwsError
from twin.explore import aws, judge
from twin.explore.aws import SHOWN
from twin.explore.function import DONE, LOST, Call, Failed, call_of
from twin.explore.judge import Promise
from twin.explore.ledgers import is_news, normal
from twin.explore.words import MEASURED, STATES
from twin.explore.world import HOLDS_ROWS, IDS, Group, Host, Late, Life, Phase, Read, Run, Wake, World

AT_ONCE = 2


class Step(NamedTuple):
    """Something that happens: the sentence that says it, the world after it, the promises that it breaks."""

    text: str
    world: World
    broken: tuple[Promise, ...] = ()


def started(world: World, wake: Wake, text: str) -> Iterator[Step]:
    """A function takes a message and reads, fresh or stale; one that does not act then ends at once."""
    if len(world.runs) >= AT_ONCE:
        return
    for group, how in _views(world):
        run = Run(wake, Read(world.document, group, measured(world, group)))
        yield from _going_on(world, None, run, f"{text}: a function reads{how}")


def measured(world: World, group: Group) -> tuple[Phase, ...]:
    """Return what metrics and EC2 tell of the hosts to one who reads the group so: of its members only."""
    hosts = zip(world.hosts, group.members, strict=True)
    return tuple(MEASURED[host.phase] if member.life in SHOWN else Phase.NONE for host, member in hosts)


def _views(world: World) -> Iterator[tuple[Group, str]]:
    yield world.group, ""
    if world.before != world.group:
        yield world.before, " a stale group"


def functions(world: World) -> Iterator[Step]:
    """Yield the next call of each function under way."""
    for at, run in enumerate(world.runs):
        call = call_of(run)
        assert call is not None, "who has no call left has ended"
        yield from _called(world, at, run, call)


def _called(world: World, at: int, run: Run, call: Call) -> Iterator[Step]:
    """A function makes its next call."""
    what = f"function {at + 1}: {call.operation}"
    if call.commits:
        after, outcome = (_written(world, call), DONE) if run.current else (world, LOST)
        yield from _going_on(after, at, replace(run, outcomes=(*run.outcomes, outcome)), f"{what}: {outcome}")
        return
    broken = tuple(judge.of_call(world, run, call))
    after, outcome, lost = _performed(world, call)
    if call.operation == "SetDesiredCapacity" and outcome == DONE:
        after = replace(
            after, raised=(call.params["DesiredCapacity"], 0, judge.released_before(judge.committed(run)))
        )
    named = f"{what} {call.params.get('InstanceId', call.params.get('DesiredCapacity', ''))}: {outcome}"
    lost = () if "unsafe" in broken else lost
    for step in _going_on(after, at, replace(run, outcomes=(*run.outcomes, outcome)), named):
        yield Step(step.text, step.world, (*broken, *lost, *step.broken))


def _written(world: World, call: Call) -> World:
    """The ledger is written: what others read of it is old now, and so are reports that it knows."""
    runs = tuple(replace(run, current=False) if run.current else run for run in world.runs)
    document = normal(call.document)
    hosts = tuple(
        Host(host.phase, host.asked)
        if host.late and not is_news(document, IDS[index], host.late.phase, host.late.minutes)
        else host
        for index, host in enumerate(world.hosts)
    )
    return replace(world, document=document, runs=runs, hosts=hosts)


def _performed(world: World, call: Call) -> tuple[World, str, tuple[Promise, ...]]:
    """Return the world after a call of ours, how the call came out, and what its effect breaks."""
    if call.operation in ("CreateTags", "DeleteTags"):
        index = IDS.index(call.params["Resources"][0])
        asked = call.operation == "CreateTags"
        return world.with_host(index, replace(world.hosts[index], asked=asked)), DONE, ()
    try:
        group = aws.call(world.group, call.operation, call.params)
    except AwsError as error:
        return world, f"{error.code}: {error.message}", ()
    after, broken = settled(world, group)
    return after, DONE, broken


def _going_on(world: World, at: int | None, run: Run, text: str) -> Iterator[Step]:
    """A function goes on to its next call; at its end it is gone."""
    runs = world.runs if at is None else (*world.runs[:at], *world.runs[at + 1 :])
    try:
        call = call_of(run)
        if call is None or (at is not None and call.commits and _writes_nothing_new(world, run, call)):
            yield Step(text, replace(world, runs=runs))
            return
        if at is None and call.commits:
            # Had another written in between, it would have read again.
            world = _written(world, call)
            runs = world.runs
            run = replace(run, outcomes=(DONE,))
            call = call_of(run)
            if call is None:
                yield Step(text, world)
                return
    except Failed as error:
        yield Step(f"{text}, and fails: {error}", replace(world, runs=runs), ("failed",))
        return
    yield Step(text, replace(world, runs=tuple(sorted((*runs, run), key=_sorted))))


def _writes_nothing_new(world: World, run: Run, call: Call) -> bool:
    """Its last write is lost, or tells the ledger nothing that makes a difference."""
    return not run.current or normal(call.document) == world.document


def _sorted(run: Run) -> tuple[object, ...]:
    return run.wake.word, run.wake.index, run.wake.minutes, run.outcomes, run.current, run.read.document


def settled(world: World, group: Group) -> tuple[World, tuple[Promise, ...]]:
    """Return the world after a change of the group: hosts start and end with it."""
    after, broken = world.with_group(group), False
    for index, (member, host) in enumerate(zip(group.members, world.hosts, strict=True)):
        if member.life is Life.PENDING and host.phase is Phase.NONE:
            after = after.with_host(index, Host(Phase.BOOTING))
        elif member.life in (Life.PROCEEDING, Life.GONE) and host.phase is not Phase.ENDED:
            broken = broken or (host.phase in HOLDS_ROWS and not member.bare)
            after = after.with_host(index, Host(Phase.ENDED, host.asked, under_way(world, index)))
    return after, ("unheld",) if broken else ()


def under_way(world: World, index: int) -> Late | None:
    """The report that is under way once an RDB changes: its last one before that, if that is news."""
    host = world.hosts[index]
    if host.phase in STATES and is_news(world.document, IDS[index], host.phase, 0):
        return Late(host.phase, 0)
    return host.late
