"""Everything that may happen next in a world, but for what people and forgers do."""

from collections.abc import Iterator

from msgspec.structs import replace

from twin.explore import aws
from twin.explore.judge import Promise
from twin.explore.ledgers import is_news, older
from twin.explore.running import Step, functions, settled, started, under_way
from twin.explore.words import STATES, Word
from twin.explore.world import ALL_WALLS, IDS, Group, Host, Life, Member, Phase, Wake, World, aged

# Each passes at least one more deadline: two and five minutes, ten and fifteen, an hour and the hook's two.
PAUSES = (3, 11, 121)


def steps(world: World) -> Iterator[Step]:
    """Yield what functions, messages, AWS, hosts and the clock may do."""
    yield from functions(world)
    yield from _messages(world)
    yield from _aws(world)
    yield from _hosts(world)
    yield from _time(world)


def judged(world: World) -> Iterator[Step]:
    """Yield those of the steps that may break a promise at once.

    Only calls of ours are judged, and ends of instances; an RDB that changes ends none. A function that
    starts acts in a later step, and can only fail in this one.
    """
    yield from functions(world)
    yield from _aws(world)
    yield _passed(world, PAUSES[-1])


def _messages(world: World) -> Iterator[Step]:
    yield from started(world, Wake(Word.SWEEP), "sweep")
    for index, host in enumerate(world.hosts):
        if host.phase in STATES and is_news(world.document, IDS[index], host.phase, 0):
            wake = Wake(Word.REPORT, index, 0, host.phase)
            yield from started(world, wake, f"{IDS[index]} reports {STATES[host.phase]}")
        if (late := host.late) and is_news(world.document, IDS[index], late.phase, late.minutes):
            text = f"a late report of {IDS[index]} comes: {STATES[late.phase]}, {late.minutes} minutes ago"
            yield from started(world, Wake(Word.REPORT, index, late.minutes, late.phase), text)
    for wake in world.commands:
        yield from started(world, wake, f"the command {Word(wake.word).name} comes again")


def _aws(world: World) -> Iterator[Step]:
    for text, group in aws.moves(world.group):
        after, broken = settled(world, group)
        yield Step(text, after, broken)


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
    return world.with_host(index, Host(phase, host.asked, under_way(world, index)))


def _time(world: World) -> Iterator[Step]:
    """Time passes: functions are killed, reads are fresh again, everything is older."""
    for minutes in PAUSES:
        yield _passed(world, minutes)


def _passed(world: World, minutes: int) -> Step:
    # A report that is under way for two hours is lost.
    late_too = minutes < PAUSES[-1]
    passed = replace(
        world,
        document=older(world.document, minutes),
        before=world.group,
        hosts=tuple(Host(host.phase, host.asked, host.late if late_too else None) for host in world.hosts),
        runs=(),
        commands=tuple(replace(wake, minutes=aged(wake.minutes, minutes)) for wake in world.commands),
        raised=None,
    )
    broken: tuple[Promise, ...] = ()
    if minutes == PAUSES[-1]:
        passed, broken = settled(passed, aws.timed_out(passed.group))
        passed = replace(passed, before=passed.group)
    return Step(f"{minutes} minutes pass", passed, broken)


def begin() -> World:
    """Return the world at the beginning, of which the control plane has seen everything.

    One RDB has rolled, one is live and above the scale threshold, one boots.
    """
    serving = Member(Life.SERVING, protected=True)
    group = Group(3, (serving, serving, Member(Life.PENDING, protected=True)))
    world = World(b"", group, group, (Host(Phase.ROLLED), Host(Phase.FULL), Host(Phase.BOOTING)))
    for index in (0, 1, -1):
        phase = world.hosts[index].phase
        wake = Wake(Word.SWEEP) if index < 0 else Wake(Word.REPORT, index, 0, phase)
        (step,) = started(world, wake, "")
        world = step.world
        while world.runs:
            world = next(functions(world)).world
    assert (world.group, world.group.walls) == (group, ALL_WALLS)
    return world
