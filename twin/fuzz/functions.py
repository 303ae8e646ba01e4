"""The functions of one world: what wakes them, the clock they read, one or two of them at work."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.contract.errors import BadInput
from chalicelib.contract.report import parse_report
from chalicelib.core.wake_ups import RaiseTo, WakeUp
from twin.fuzz.post import Queue
from twin.fuzz.rdbs import chance

if TYPE_CHECKING:
    from twin.fuzz.world import World

SWEEP_EVERY = 60.0


class Functions:
    """Runs a world's rule. `skews` are the clocks of the containers; empty when all are right."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._queue = Queue(world.agenda, self._reconcile)
        self._skew = timedelta()
        self._in_hand: list[list[WakeUp]] = []
        self.skews: list[timedelta] = []

    def now(self) -> datetime:
        """The time by the clock of the function that runs."""
        return self._world.agenda.now + self._skew

    def floors_in_hand(self) -> list[int]:
        """The capacity that operators ask for in the messages that functions are working on."""
        commands = [wake_up.command for batch in self._in_hand for wake_up in batch]
        return [command.floor for command in commands if isinstance(command, RaiseTo)]

    def woken(self, wake_up: WakeUp) -> None:
        """A message has reached its function, which queues a wake-up."""
        self._world.tally.steps += 1
        self._queue.put(wake_up)

    def reported(self, text: str, genuine: bool) -> None:
        """A report has reached its function, which refuses what is not one and judges its proof."""
        now = self.now()
        try:
            report = parse_report(text, now)
        except BadInput:
            self._world.tally.steps += 1
            return
        verdict = self._world.rule.verdict(report, genuine)
        self.woken(WakeUp(self._world.cluster, "report", now, "report", report=report, verdict=verdict))

    def overlap(self) -> None:
        """A second function takes the same messages while the first one is at work."""
        if len(self._in_hand) > 1:
            return
        self._world.faulted("two_at_once")
        skew, wire = self._skew, self._world.wire
        described = wire.described, wire.described_as_of
        self._reconcile(self._in_hand[-1] if self._in_hand else [])
        # The first one goes on with its own clock, and acts on what it saw itself.
        self._skew = skew
        wire.described, wire.described_as_of = described

    def sweeps(self) -> None:
        """The clock, once a minute from now on."""
        self._world.agenda.after(SWEEP_EVERY, self.sweeps)
        self._world.post.send("sweep", self._swept)

    def _swept(self) -> None:
        cluster, due = self._world.cluster, []
        if self._done("sweep", lambda: due.append(self._world.rule.sweep())) and any(due):
            self.woken(WakeUp(cluster, "sweep", self._world.agenda.now, "sweep"))

    def _reconcile(self, batch: list[WakeUp]) -> bool:
        self._world.tally.steps += 1
        self._in_hand.append(batch)
        try:
            return self._done("function", lambda: self._world.rule.reconcile(batch))
        finally:
            self._in_hand.pop()

    def _done(self, what: str, work: Callable[[], None]) -> bool:
        """Whether a function came to its end; whatever it did, the invariants are looked at."""
        self._skew = self._some_skew()
        try:
            work()
        except self._world.rule.failures as error:
            self._world.note(f"{what}: {type(error).__name__} {error}")
            return False
        finally:
            self._world.referee.look()
        return True

    def _some_skew(self) -> timedelta:
        if not self.skews:
            return timedelta()
        return self.skews[int(chance(f"skew {self._world.agenda.now}") * len(self.skews))]
