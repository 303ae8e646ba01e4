"""Carries messages: with a delay and, where a fault is asked for, lost, doubled and out of order."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from twin.aws.clock import Clock


@dataclass(frozen=True)
class Faults:
    """Shares of all messages, and the longest extra delay in seconds; the same seed, the same faults."""

    loss: float = 0.0
    duplicates: float = 0.0
    delay: float = 0.0
    seed: int = 0


class Delivery:
    """The network between AWS's services and the functions. Different delays reorder messages."""

    LATENCY = 0.2

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self.seed = faults.seed
        self._random = random.Random(faults.seed)
        self.counts: Counter[str] = Counter()

    def send(self, hop: str, deliver: Callable[[], None]) -> None:
        """Carry one message over one hop (`sns`, `eventbridge`, `schedule`, `sqs`)."""
        self.counts[hop] += 1
        if self._random.random() < self._faults.loss:
            self.counts[f"{hop} lost"] += 1
            return
        doubled = self._random.random() < self._faults.duplicates
        self.counts[f"{hop} doubled"] += doubled
        for _ in range(1 + doubled):
            delay = self._random.uniform(0, self._faults.delay)
            self._clock.after(self.LATENCY + delay, deliver)
