"""Everything that may happen next in a world, each with the world after it and the promises that it breaks."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from twin.autoscaling import AwsError
from twin.explore import aws, judge
from twin.explore.function import DONE, LOST, Call, Failed, call_of
from twin.explore.judge import Promise
from twin.explore.ledgers import is_news, normal, older
from twin.explore.words import STATES, Word
from twin.explore.world import (
    AGES,
    ALL_WALLS,
    HOLDS_ROWS,
    IDS,
    MAX_SIZE,
    MIN_SIZE,
    Group,
    Host,
    Late,
    Life,
    Member,
    Phase,
    Read,
    Run,
    Wake,
    Walls,
    World,
    aged,
)

AT_ONCE = 2
# Each passes at least one more deadline: two and five minutes, ten and fifteen, an hour and the hook's two.
PAUSES = (3, 11, 121)


class Step(NamedTuple):
    """Something that happens: the sentence that says it, the world after it, the promises that it breaks."""

    text: str
    world: World
    broken: tuple[Promise, ...] = ()


def steps(world: World) -> Iterator[Step]:
    """Yield what functions, messages, AWS, hosts and the clock may do."""
    yield from _functions(world)
    yield from _messages(world)
    yield from _aws(world)
    yield from _hosts(world)
    yield from _time(world)


def interferences(world: World) -> Iterator[Step]:
    """Yield what people and forgers may do."""
    yield from _commands(world)
    yield from _forgeries(world)
    yield from _console(world)


# Messages


def _messages(world: World) -> Iterator[Step]:
    yield from _started(world, Wake(Word.SWEEP), "sweep")
    for index, host in enumerate(world.hosts):
        if host.phase in STATES and is_news(world.document, IDS[index], host.phase, 0):
            wake = Wake(Word.REPORT, index, 0, host.phase)
            yield from _started(world, wake, f"{IDS[index]} reports {STATES[host.phase]}")
        if (late := host.late) and is_news(world.document, IDS[index], late.phase, late.minutes):
            text = f"a late report of {IDS[index]} comes: {STATES[late.phase]}, {late.minutes} minutes ago"
            yield from _started(world, Wake(Word.REPORT, index, late.minutes, late.phase), text)
    for wake in world.commands:
        yield from _started(world, wake, f"the command {Word(wake.word).name} comes again")


def _commands(world: World) -> Iterator[Step]:
    """What operators ask of the API; a command that is asked once may come again at any time."""
    asked = [Wake(Word.HOLD), Wake(Word.LIFT)]
    if world.group.desired < MAX_SIZE:
        asked.append(Wake(Word.FLOOR, number=world.group.desired + 1))
    for index, member in enumerate(world.group.members):
        if member.life not in (Life.NONE, Life.GONE):
            known = world.hosts[index].phase is Phase.STANDBY
            asked.append(Wake(Word.DRAIN if known else Word.RELEASE, index))
            asked.append(Wake(Word.HOLD_RDB, index))
    for wake in asked:
        if wake in world.commands:
            continue
        after = replace(world, commands=tuple(sorted((*world.commands, wake), key=_order)))
        about = f" of {IDS[wake.index]}" if wake.index >= 0 else f" {wake.number or ''}".rstrip()
        yield from _started(after, wake, f"an operator asks: {Word(wake.word).name}{about}")


def _order(wake: Wake) -> tuple[int, int]:
    return wake.word, wake.index


def _forgeries(world: World) -> Iterator[Step]:
    for index, host in enumerate(world.hosts):
        if host.phase in HOLDS_ROWS:
            text = f"somebody else reports drained for {IDS[index]}, without a valid proof"
            yield from _started(world, Wake(Word.FORGED, index), text)
        if host.phase is Phase.ROLLED:
            text = f"{IDS[index]} itself reports drained with rows"
            yield from _started(world, Wake(Word.WITH_ROWS, index, 0, Phase.EMPTIED), text)


def _started(world: World, wake: Wake, text: str) -> Iterator[Step]:
    """A function takes a message and reads, fresh or stale; one that does not act then ends at once."""
    if len(world.runs) >= AT_ONCE:
        return
    for group, how in _views(world):
        run = Run(wake, Read(world.document, group, world.phases))
        yield from _going_on(world, None, run, f"{text}: a function reads{how}")


def _views(world: World) -> Iterator[tuple[Group, str]]:
    yield world.group, ""
    if world.before != world.group:
        yield world.before, " a stale group"


# Functions


def _functions(world: World) -> Iterator[Step]:
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
    """The ledger is written: what others read of it is old now, and so are reports before those that it has."""
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
    after, broken = _settled(world, group)
    return after, DONE, broken


def _going_on(world: World, at: int | None, run: Run, text: str) -> Iterator[Step]:
    """A function goes on to its next call; at its end it is gone."""
    runs = world.runs if at is None else (*world.runs[:at], *world.runs[at + 1 :])
    try:
        call = call_of(run)
        if call is None:
            yield Step(text, replace(world, runs=runs))
            return
        if at is None and call.commits:
            # Had another written in between, it would have read again.
            world = _written(world, call)
            runs = world.runs
            run = replace(run, outcomes=(DONE,))
            call = call_of(run)
            if call and call.commits:
                # It only tells operators.
                world, call = _written(world, call), None
            if call is None:
                yield Step(text, world)
                return
    except Failed as error:
        yield Step(f"{text}, and fails: {error}", replace(world, runs=runs), ("failed",))
        return
    yield Step(text, replace(world, runs=tuple(sorted((*runs, run), key=_sorted))))


def _sorted(run: Run) -> tuple[object, ...]:
    return run.wake.word, run.wake.index, run.wake.minutes, run.outcomes, run.current, run.read.document


# People, AWS, hosts, time


def _console(world: World) -> Iterator[Step]:
    """What operators do in the console, past Highwater."""
    group = world.group
    for index, member in enumerate(group.members):
        if member.life is not Life.SERVING:
            continue
        name = IDS[index]
        for decrement in (True, False):
            params = {"InstanceId": name, "ShouldDecrementDesiredCapacity": decrement}
            text = f"an operator terminates {name} {'with' if decrement else 'without'} decrement"
            yield from _done(world, "TerminateInstanceInAutoScalingGroup", params, text)
        if member.protected:
            bare = group.with_member(index, Member(Life.SERVING, protected=False))
            yield Step(f"an operator takes the protection of {name} away", world.with_group(bare))
    for desired in (group.desired - 1, group.desired + 1):
        if MIN_SIZE <= desired <= MAX_SIZE:
            other = Group(desired, group.members, group.walls, group.writes + 1)
            yield Step(f"an operator sets the capacity to {desired}", world.with_group(other))
    for wall in Walls:
        if group.walls & wall:
            changed, broken = _settled(world, aws.with_walls(group, group.walls & ~wall))
            yield Step(f"an operator takes the wall {wall.name} down", changed, broken)


def _done(world: World, operation: str, params: Mapping[str, object], text: str) -> Iterator[Step]:
    try:
        after, broken = _settled(world, aws.call(world.group, operation, params))
    except AwsError:
        return
    yield Step(text, after, broken)


def _aws(world: World) -> Iterator[Step]:
    for text, group in aws.moves(world.group):
        after, broken = _settled(world, group)
        yield Step(text, after, broken)


def _settled(world: World, group: Group) -> tuple[World, tuple[Promise, ...]]:
    """Return the world after a change of the group: hosts start and end with it."""
    after, broken = world.with_group(group), False
    for index, (member, host) in enumerate(zip(group.members, world.hosts, strict=True)):
        if member.life is Life.PENDING and host.phase is Phase.NONE:
            after = after.with_host(index, Host(Phase.BOOTING))
        elif member.life in (Life.PROCEEDING, Life.GONE) and host.phase is not Phase.ENDED:
            broken = broken or (host.phase in HOLDS_ROWS and not member.bare)
            after = after.with_host(index, Host(Phase.ENDED, host.asked, _under_way(world, index)))
    return after, ("unheld",) if broken else ()


def _under_way(world: World, index: int) -> Late | None:
    """The report that is under way once an RDB changes: its last one before that, if that is news."""
    host = world.hosts[index]
    if host.phase in STATES and is_news(world.document, IDS[index], host.phase, 0):
        return Late(host.phase, 0)
    return host.late


def _hosts(world: World) -> Iterator[Step]:
    """The life of the RDBs: boot, fill, roll, and drain at the end of the day or when asked."""
    standby = next(
        (i for i, host in enumerate(world.hosts) if host.phase is Phase.STANDBY and not host.asked), None
    )
    for index, host in enumerate(world.hosts):
        name = IDS[index]
        match host.phase:
            case Phase.BOOTING if world.group.members[index].life is not Life.PENDING:
                yield Step(f"{name} gets ready", _becomes(world, index, Phase.STANDBY))
            case Phase.STANDBY:
                yield Step(f"{name} drains, empty", _becomes(world, index, Phase.DRAINED))
            case Phase.LIVE:
                filled = _becomes(world, index, Phase.FULL)
                yield Step(f"{name} fills", replace(filled, before=world.group))
            case Phase.FULL:
                yield Step(
                    f"{name} empties itself at the end of the day", _becomes(world, index, Phase.EMPTIED)
                )
                if standby is not None:
                    rolled = _becomes(world, index, Phase.ROLLED)
                    yield Step(f"{name} rolls to {IDS[standby]}", _becomes(rolled, standby, Phase.LIVE))
            case Phase.ROLLED:
                yield Step(f"{name} has written down and drains", _becomes(world, index, Phase.DRAINED))
            case Phase.NONE | Phase.BOOTING | Phase.EMPTIED | Phase.DRAINED | Phase.ENDED:
                pass


def _becomes(world: World, index: int, phase: Phase) -> World:
    host = world.hosts[index]
    return world.with_host(index, Host(phase, host.asked, _under_way(world, index)))


def _time(world: World) -> Iterator[Step]:
    """Time passes: functions are killed, reads are fresh again, everything is older."""
    for minutes in PAUSES:
        hosts = tuple(_older(host, minutes) for host in world.hosts)
        passed = replace(
            world,
            document=older(world.document, minutes),
            before=world.group,
            hosts=hosts,
            runs=(),
            commands=tuple(replace(wake, minutes=aged(wake.minutes, minutes)) for wake in world.commands),
            raised=None,
        )
        broken: tuple[Promise, ...] = ()
        if minutes == PAUSES[-1]:
            passed, broken = _settled(passed, aws.timed_out(passed.group))
            passed = replace(passed, before=passed.group)
        yield Step(f"{minutes} minutes pass", passed, broken)


def _older(host: Host, minutes: int) -> Host:
    """An RDB sends a report each minute: without an older one its first of this phase is under way."""
    return Host(host.phase, host.asked, host.late if minutes < PAUSES[-1] else None)


def begin() -> World:
    """Return the world at the beginning: one RDB has rolled, one is live and above the scale threshold, one boots.

    The control plane has seen it all.
    """
    serving = Member(Life.SERVING, protected=True)
    group = Group(3, (serving, serving, Member(Life.PENDING, protected=True)))
    world = World(b"", group, group, (Host(Phase.ROLLED), Host(Phase.FULL), Host(Phase.BOOTING)))
    for index in (0, 1, -1):
        phase = world.hosts[index].phase
        wake = Wake(Word.SWEEP) if index < 0 else Wake(Word.REPORT, index, 0, phase)
        (step,) = _started(world, wake, "")
        world = step.world
        while world.runs:
            world = next(_functions(world)).world
    assert world.group == group and world.group.walls == ALL_WALLS
    return world
