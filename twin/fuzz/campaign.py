"""A run: world after world until enough steps were made, and for each broken invariant one failure."""

import gc
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from twin.fuzz.plan import WEIGHTS, Fault
from twin.fuzz.shrink import Failure, shrink
from twin.fuzz.tally import INVARIANTS, Broken, Tally
from twin.fuzz.world import World

SHRINKS_FOR = 60.0


@dataclass(frozen=True)
class Options:
    """The options of a run: steps, seed, rule, and the real seconds to shrink each kind of failure."""

    steps: int
    seed: int = 0
    rule: str = "highwater"
    shrink_seconds: float = SHRINKS_FOR


@dataclass(frozen=True)
class Outcome:
    """The figures of a run, and of each broken invariant the failure with the fewest faults, shrunk."""

    figures: dict[str, Any]
    failures: tuple[Failure, ...]

    @property
    def held(self) -> bool:
        """True if no invariant was broken."""
        return not any(self.figures[invariant] for invariant in INVARIANTS)


def fuzz(options: Options, progress: Callable[[float], None] = lambda _share: None) -> Outcome:
    """Run it; the same options give the same figures, but for the speed.

    An exception that a rule must not raise goes through, with a note that names the world.
    """
    with _quiet():
        return _fuzz(options, progress)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the functions' logs out of the terminal: of one day they are thousands of lines.

    Rubbish is collected seldom: a world makes little that is circular, which took a quarter of the time.
    """
    known = gc.get_threshold()
    logging.disable()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*known)
        logging.disable(logging.NOTSET)


def _fuzz(options: Options, progress: Callable[[float], None]) -> Outcome:
    tally, number = Tally(), 0
    failed: dict[str, tuple[str, list[Fault], Broken]] = {}
    started = time.perf_counter()
    while tally.steps < options.steps:
        seed = f"{options.seed}/{number}"
        world = World(seed, options.rule)
        try:
            plan = world.run()
        except Exception as error:
            error.add_note(f"in world {seed} under rule {options.rule}")
            raise
        tally.add(world.account.tally)
        for broken in world.account.tally.broken:
            known = failed.get(broken.invariant)
            if known is None or len(plan) < len(known[1]):
                failed[broken.invariant] = (seed, plan, broken)
        number += 1
        progress(min(1.0, tally.steps / options.steps))
    elapsed = time.perf_counter() - started
    failures = tuple(
        shrink(seed, options.rule, plan, broken, options.shrink_seconds)
        for seed, plan, broken in failed.values()
    )
    figures = {
        **tally.figures(),
        "steps_per_second": round(tally.steps / elapsed),
        "seed": options.seed,
        "rule": options.rule,
    }
    figures["faults"] = {kind: figures["faults"].get(kind, 0) for kind in WEIGHTS}
    return Outcome(figures, failures)
