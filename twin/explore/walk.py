"""The walk: worlds in the order of their depth, each state once, its states shared out over processes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from twin.explore.judge import Promise, essence
from twin.explore.people import interferences
from twin.explore.processes import Process, ask
from twin.explore.running import Step
from twin.explore.steps import begin, steps
from twin.explore.world import World, decode, encode

_encode = msgspec.msgpack.Encoder().encode
TELLS_EVERY = 5.0


class Limits(NamedTuple):
    """How far a walk goes: its depth, the states that it has, the seconds that it takes.

    What people and forgers do counts as `interference` steps, so that a walk has few of them.
    """

    depth: int
    states: int = 10**8
    seconds: float = 10**6
    interference: int = 4


class Broken(NamedTuple):
    """A promise that a step from a state breaks, at this depth."""

    depth: int
    state: int
    text: str


# By depth and state: the least of its parents that have it at that depth, and the world (as text on the way).
Bucket = dict[int, tuple[int, Any]]


class Grown(NamedTuple):
    """The result of one depth in one part: states, steps, breaches, worlds for others, if it is whole."""

    states: int
    steps: int
    broken: dict[Promise, Broken]
    away: dict[int, dict[int, Bucket]]
    complete: bool


@lru_cache(500_000)
def _place(document: bytes) -> int:
    return blake2b(document, digest_size=1).digest()[0]


def owner_of(state: int, parts: int) -> int:
    """Return the part that has a state: states with one ledger are together, and share controller's runs."""
    return (state & 255) % parts


def state_of(world: World) -> int:
    """Return 64 bits that stand for a state, and eight of its ledger.

    Of ten million states two are alike by chance once in 10^5 walks.
    """
    runs = sorted(_encode(essence(run)) for run in world.runs)
    whole = (world.document, world.group, world.before, world.hosts, runs, world.commands, world.raised)
    number = int.from_bytes(blake2b(_encode(whole), digest_size=8).digest())
    return number << 8 | _place(world.document)


def _choices(world: World, limits: Limits, depth: int) -> Iterator[tuple[int, Step]]:
    """Yield every step that is within the depth, with the depth that it costs."""
    for step in steps(world):
        yield 1, step
    if depth + limits.interference <= limits.depth:
        for step in interferences(world):
            yield limits.interference, step


class Part:
    """The states of one process, of `parts`."""

    def __init__(self, own: int, parts: int, limits: Limits, until: float) -> None:
        self._own, self._parts, self._limits, self._until = own, parts, limits, until
        self._parents: dict[int, int] = {}
        self._waiting: dict[int, Bucket] = {}
        self.tell: Callable[[int, int], None] = lambda _opened, _waiting: None

    def take(self, depth: int, bucket: Bucket) -> None:
        """Take states that were reached at a depth."""
        waiting = self._waiting.setdefault(depth, {})
        for state, (parent, world) in bucket.items():
            if state not in self._parents and (state not in waiting or parent < waiting[state][0]):
                waiting[state] = parent, decode(world) if isinstance(world, bytes) else world

    def grow(self, depth: int) -> Grown:
        """Open the states of one depth."""
        away: dict[int, dict[int, Bucket]] = {}
        broken: dict[Promise, Broken] = {}
        opened = steps = 0
        waiting = sorted(self._waiting.pop(depth, {}).items())
        told = time.monotonic()
        for number, (state, (parent, world)) in enumerate(waiting):
            if state in self._parents:
                continue
            if self._over():
                return Grown(opened, steps, broken, {}, False)
            if time.monotonic() - told > TELLS_EVERY:
                told = time.monotonic()
                self.tell(number, len(waiting))
            self._parents[state] = parent
            opened += 1
            if depth < self._limits.depth:
                steps += self._open(depth, state, world, broken, away)
        return Grown(opened, steps, broken, away, True)

    def _over(self) -> bool:
        share = self._limits.states / self._parts
        return time.monotonic() > self._until or len(self._parents) >= share

    def _open(
        self,
        depth: int,
        state: int,
        world: World,
        broken: dict[Promise, Broken],
        away: dict[int, dict[int, Bucket]],
    ) -> int:
        number = 0
        for cost, step in _choices(world, self._limits, depth):
            number += 1
            for promise in step.broken:
                found = Broken(depth + cost, state, step.text)
                broken[promise] = min(found, broken.get(promise, found))
            if step.broken:
                continue
            after = state_of(step.world)
            owner = owner_of(after, self._parts)
            # A state at the last depth is counted, not opened.
            last = depth + cost == self._limits.depth
            if owner == self._own:
                self.take(depth + cost, {after: (state, None if last else step.world)})
                continue
            bucket = away.setdefault(owner, {}).setdefault(depth + cost, {})
            if after not in bucket or state < bucket[after][0]:
                bucket[after] = state, None if last else encode(step.world)
        return number

    def parent(self, state: int) -> int:
        """Return the state from which one was reached first."""
        return self._parents[state]


class Walked(NamedTuple):
    """The result: distinct states, steps, the depth that is complete, the shortest way to each breach."""

    states: int
    steps: int
    complete: int
    ways: dict[Promise, list[str]]


@contextmanager
def _parts(number: int, limits: Limits) -> Iterator[list[Process]]:
    until = time.monotonic() + limits.seconds
    parts = [Process(Part(own, number, limits, until)) for own in range(number)]
    try:
        yield parts
    finally:
        for part in parts:
            part.close()


def walk(
    limits: Limits,
    workers: int = 1,
    told: Callable[[str], None] = lambda _line: None,
    start: World | None = None,
    stop_at: str = "",
) -> Walked:
    """Walk from `start`, or from the beginning; `told` gets sentences about how far it is.

    The walk ends with the depth in which the promise `stop_at` breaks.

    The same depth gives the same result, whatever the number of workers.
    """
    start = start or begin()
    first = state_of(start)
    states = steps = 0
    complete = -1
    broken: dict[Promise, Broken] = {}
    with _parts(workers, limits) as parts:
        ask(parts, [(owner_of(first, workers), ("take", 0, {first: (first, start)}))])
        for depth in range(limits.depth + 1):
            grown: list[Grown] = ask(
                parts,
                [(own, ("grow", depth)) for own in range(workers)],
                lambda done, of: told(f"depth {depth}: {done:,} of {of:,} states opened"),  # noqa: B023
            )
            fresh = sum(each.states for each in grown)
            states, steps = states + fresh, steps + sum(each.steps for each in grown)
            for each in grown:
                for promise, found in each.broken.items():
                    broken[promise] = min(found, broken.get(promise, found))
            told(f"depth {depth}: {fresh:,} new states, {states:,} in all")
            if not all(each.complete for each in grown) or stop_at in broken:
                break
            complete = depth
            ask(
                parts,
                [
                    (owner, ("take", reached, bucket))
                    for each in grown
                    for owner, buckets in each.away.items()
                    for reached, bucket in buckets.items()
                ],
            )
        ways = {promise: _way(parts, limits, start, found) for promise, found in sorted(broken.items())}
    return Walked(states, steps, complete, ways)


def _way(parts: list[Process], limits: Limits, start: World, found: Broken) -> list[str]:
    """Return the steps from the beginning to a breach."""
    states, first = [found.state], state_of(start)
    while states[-1] != first:
        states += ask(parts, [(owner_of(states[-1], len(parts)), ("parent", states[-1]))])
    texts, world = [], start
    for state in reversed(states[:-1]):
        step = next(
            step
            for _, step in _choices(world, limits, 0)
            if not step.broken and state_of(step.world) == state
        )
        texts.append(step.text)
        world = step.world
    return [*texts, found.text]
