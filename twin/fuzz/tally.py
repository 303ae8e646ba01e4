"""The counts of a run, and the breaches among them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from twin.fuzz.plan import Kind

INVARIANTS = (
    "unsafe_terminations",
    "lowered",
    "double_launches",
    "needed_hand_backs",
    "late_launches",
    "launches_in_vain",
    "unheld",
    "silent_waits",
    "stale_alerts",
    "of_another_cluster",
    "days_not_converged",
)


# How often hosts were asked to drain, were kept after all, went on beyond their roll threshold, and how often
# none was left; and the waits that were judged.
OF_DEMAND = ("handed_back", "hand_backs_withdrawn", "rested", "nights", "overdrafts", "waits_judged")


@dataclass(frozen=True)
class Broken:
    """One broken invariant: its name, when, and the sentence that says what happened."""

    invariant: str
    at: datetime
    text: str


@dataclass
class Tally:
    """Counts of a world or of a whole run."""

    steps: int = 0
    faults: Counter[Kind] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    broken: list[Broken] = field(default_factory=list)

    def fault(self, kind: Kind) -> None:
        """Count a fault that took effect, as a step too."""
        self.steps += 1
        self.faults[kind] += 1

    def add(self, other: "Tally") -> None:
        """Add another one's counts."""
        self.steps += other.steps
        self.faults.update(other.faults)
        self.counts.update(other.counts)
        self.causes.update(other.causes)

    def figures(self) -> dict[str, Any]:
        """Return every count of a run as plain data."""
        names = ("launches", "releases", "unsafe_terminations", "operator_terminations", *INVARIANTS[1:-1])
        return {
            "steps": self.steps,
            "faults": dict(sorted(self.faults.items())),
            **{name: self.counts[name] for name in names},
            **{name: self.counts[name] for name in OF_DEMAND},
            "days": self.counts["days"],
            "upgrades": self.counts["upgrades"],
            "days_not_converged": self.counts["days_not_converged"],
            "overwritten_operator_raises": self.counts["overwritten_operator_raises"],
            "unsafe_causes": dict(sorted(self.causes.items())),
        }
