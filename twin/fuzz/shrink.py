"""The shortest sequence of faults that still breaks what a world broke: delta debugging, bounded in time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twin.fuzz.plan import WEIGHTS, Fault
from twin.fuzz.tally import Broken
from twin.fuzz.world import World

LAST_LINES = 40
MOST_SHOWN = 60
LAST_FEW = (4, 12, 40, 120)
FAULT_MARK = " fault: "


@dataclass(frozen=True)
class Failure:
    """A breach with the faults that lead to it, and the last lines of the history up to it."""

    seed: str
    rule: str
    broken: Broken
    faults: tuple[Fault, ...]
    history: tuple[str, ...]
    found_among: int

    @property
    def text(self) -> str:
        """The failure as people read it."""
        shown = self.faults[-MOST_SHOWN:]
        faults = [f"  day {f.day + 1}, second {f.at:8.1f}: {f.kind} (dice {f.dice})" for f in shown]
        if len(shown) < len(self.faults):
            faults.insert(0, f"  {len(self.faults) - len(shown)} earlier ones, not shown")
        return "\n".join(
            [
                f"{self.broken.invariant} broken under rule {self.rule}, world {self.seed}, "
                f"{self.broken.at:%d %H:%M:%S}: {self.broken.text}",
                f"{len(self.faults)} faults that are left of {self.found_among}:",
                *(faults or ["  none"]),
                "history:",
                *(f"  {line}" for line in self.history),
            ]
        )


def shrink(seed: str, rule: str, plan: Sequence[Fault], broken: Broken, seconds: float) -> Failure:
    """Take out of a plan what the breach does not need, for so many real seconds at most."""
    deadline = time.perf_counter() + seconds

    def breach(faults: Sequence[Fault], history: list[str]) -> Broken | None:
        world = World(seed, rule, history)
        world.run(faults, stop_at=broken.invariant)
        return next((each for each in world.account.tally.broken if each.invariant == broken.invariant), None)

    def still_breaks(faults: Sequence[Fault]) -> bool:
        return time.perf_counter() < deadline and breach(faults, []) is not None

    history: list[str] = []
    breach(plan, history)
    # Those after the breach cannot have led to it.
    before = list(plan)[: sum(FAULT_MARK in line for line in history)]
    left = minimised(without_kinds(before, still_breaks), still_breaks)
    history.clear()
    found = breach(left, history) or broken
    return Failure(seed, rule, found, tuple(left), tuple(history[-LAST_LINES:]), len(plan))


def without_kinds(faults: list[Fault], fails: Callable[[Sequence[Fault]], bool]) -> list[Fault]:
    """Return the last few of the faults if they will do, and of those only the kinds that it takes."""
    few = (faults[-last:] for last in LAST_FEW if last < len(faults))
    faults = next(filter(fails, few), faults)
    for kind in WEIGHTS:
        left = [fault for fault in faults if fault.kind != kind]
        if len(left) < len(faults) and fails(left):
            faults = left
    return faults


def minimised[T](items: list[T], fails: Callable[[Sequence[T]], bool]) -> list[T]:
    """Return the items without any that `fails` can do without.

    They are taken out in chunks, which are halved down to single ones.
    """
    size = max(1, len(items) // 2)
    while items:
        at, before = 0, len(items)
        while at < len(items):
            without = items[:at] + items[at + size :]
            if fails(without):
                items = without
            else:
                at += size
        if size == 1 and len(items) == before:
            break
        size = max(1, size // 2)
    return items
