"""What people and forgers do: commands asked of the API, acts in the console, reports that are not true."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from twin.autoscaling import AwsError
from twin.explore import aws
from twin.explore.running import Step, settled, started
from twin.explore.words import Word
from twin.explore.world import (
    HOLDS_ROWS,
    IDS,
    MAX_SIZE,
    MIN_SIZE,
    Group,
    Life,
    Member,
    Phase,
    Wake,
    Walls,
    World,
)


def interferences(world: World) -> Iterator[Step]:
    """Yield what people and forgers may do."""
    yield from _commands(world)
    yield from _forgeries(world)
    yield from console(world)


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
        yield from started(after, wake, f"an operator asks: {Word(wake.word).name}{about}")


def _order(wake: Wake) -> tuple[int, int]:
    return wake.word, wake.index


def _forgeries(world: World) -> Iterator[Step]:
    for index, host in enumerate(world.hosts):
        if host.phase in HOLDS_ROWS:
            text = f"somebody else reports drained for {IDS[index]}, without a valid proof"
            yield from started(world, Wake(Word.FORGED, index), text)
        if host.phase is Phase.ROLLED:
            text = f"{IDS[index]} itself reports drained with rows"
            yield from started(world, Wake(Word.WITH_ROWS, index, 0, Phase.EMPTIED), text)


def console(world: World) -> Iterator[Step]:
    """What operators do in the console, past Highwater: only this may break a promise at once."""
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
            changed, broken = settled(world, aws.with_walls(group, group.walls & ~wall))
            yield Step(f"an operator takes the wall {wall.name} down", changed, broken)


def _done(world: World, operation: str, params: Mapping[str, object], text: str) -> Iterator[Step]:
    try:
        after, broken = settled(world, aws.call(world.group, operation, params))
    except AwsError:
        return
    yield Step(text, after, broken)
