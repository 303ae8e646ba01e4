"""A run: world after world until enough steps were made, and for each broken invariant one failure."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from twin.fuzz.plan import WEIGHTS, Fault
from twin.fuzz.shrink import Failure, shrink
from twin.fuzz.tally import INVARIANTS, Broken, Tally
from twin.fuzz.workers import quiet, worlds

SHRINKS_FOR = 60.0


@dataclass(frozen=True)
class Options:
    """The options of a run: steps, seed, rule, processes, and the seconds to shrink each kind of failure."""

    steps: int
    seed: int = 0
    rule: str = "highwater"
    shrink_seconds: float = SHRINKS_FOR
    processes: int = 1


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
    """Run it; the same steps, seed and rule give the same figures, but for the speed.

    An exception that a rule must not raise goes through, with a note that names the world.
    """
    with quiet():
        return _fuzz(options, progress)


def _fuzz(options: Options, progress: Callable[[float], None]) -> Outcome:
    tally = Tally()
    failed: dict[str, tuple[str, Sequence[Fault], Broken]] = {}
    started = time.perf_counter()
    with closing(worlds(options.seed, options.rule, options.processes)) as run:
        for seed, plan, counts in run:
            tally.add(counts)
            for broken in counts.broken:
                known = failed.get(broken.invariant)
                if known is None or len(plan) < len(known[1]):
                    failed[broken.invariant] = (seed, plan, broken)
            progress(min(1.0, tally.steps / options.steps))
            if tally.steps >= options.steps:
                break
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
