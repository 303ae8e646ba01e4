"""The walk: worlds in the order of their depth, each state once, its states shared out over processes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from twin.explore.judge import Promise
from twin.explore.people import console, interferences
from twin.explore.processes import Process, ask
from twin.explore.running import Step
from twin.explore.states import last_state_of, owner_of, received, state_of
from twin.explore.steps import begin, judged, steps
from twin.explore.world import World, encode

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


# By state: the least of its parents that have it at one depth, and the world (as text on the way).
Bucket = dict[int, tuple[int, Any]]


class Grown(NamedTuple):
    """The result of one depth in one part: states, steps, breaches, worlds for others, if it is whole."""

    states: int
    steps: int
    broken: dict[Promise, Broken]
    away: dict[int, dict[int, Bucket]]
    complete: bool


def _choices(world: World, limits: Limits, depth: int) -> Iterator[tuple[int, Step]]:
    """Yield every step that is within the depth, with the depth that it costs.

    Of those that end there only the ones that may break a promise at once: nothing follows from the others.
    """
    left = limits.depth - depth
    for step in steps(world) if left > 1 else judged(world):
        yield 1, step
    if left >= limits.interference:
        for step in interferences(world) if left > limits.interference else console(world):
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
                waiting[state] = parent, received(world) if isinstance(world, bytes) else world

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
            if step.broken or depth + cost == self._limits.depth:
                continue
            one_left = depth + cost + 1 == self._limits.depth
            after = last_state_of(step.world) if one_left else state_of(step.world)
            owner = owner_of(after, self._parts)
            if owner == self._own:
                self.take(depth + cost, {after: (state, step.world)})
                continue
            bucket = away.setdefault(owner, {}).setdefault(depth + cost, {})
            if after not in bucket or state < bucket[after][0]:
                bucket[after] = state, encode(step.world)
        return number

    def parent(self, state: int) -> int:
        """Return the state from which one was reached first."""
        return self._parents[state]


class Walked(NamedTuple):
    """The result: distinct states before the last step, steps, the complete depth, the way to each breach."""

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
    complete = 0
    broken: dict[Promise, Broken] = {}
    with _parts(workers, limits) as parts:
        ask(parts, [(owner_of(first, workers), ("take", 0, {first: (first, start)}))])
        for depth in range(limits.depth):
            grown: list[Grown] = ask(
                parts,
                [(own, ("grow", depth)) for own in range(workers)],
                lambda done, of: told(f"depth {depth + 1}: {done:,} of {of:,} states opened"),  # noqa: B023
            )
            fresh = sum(each.states for each in grown)
            states, steps = states + fresh, steps + sum(each.steps for each in grown)
            for each in grown:
                for promise, found in each.broken.items():
                    broken[promise] = min(found, broken.get(promise, found))
            told(f"depth {depth + 1}: {fresh:,} more states opened, {states:,} in all")
            if not all(each.complete for each in grown) or stop_at in broken:
                break
            complete = depth + 1
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
            if not step.broken and state in (state_of(step.world), last_state_of(step.world))
        )
        texts.append(step.text)
        world = step.world
    return [*texts, found.text]
