"""The functions of one world: what wakes them, the clock they read, one or two of them at work."""

from collections.abc import Callable
from datetime import timedelta

from chalicelib.contract.errors import BadInput
from chalicelib.contract.report import parse_report
from chalicelib.core.wake_ups import WakeUp
from twin.fuzz.post import Queue, chance
from twin.fuzz.referee import Referee
from twin.fuzz.rules import Rule
from twin.fuzz.site import Site

SWEEP_EVERY = 60.0


class Functions:
    """Runs a rule. `skews` are the clocks of the containers; empty when all are right."""

    def __init__(self, site: Site, rule: Rule, referee: Referee) -> None:
        self._site = site
        self._rule = rule
        self._referee = referee
        self._queue = Queue(site.agenda, self._reconcile)
        self.skews: list[timedelta] = []

    def woken(self, wake_up: WakeUp) -> None:
        """Queue the wake-up of a message that has reached its function."""
        self._site.tally.steps += 1
        self._queue.put(wake_up)

    def reported(self, text: str, genuine: bool) -> None:
        """Take a report that has reached its function: refuse what is not one, judge its proof."""
        now = self._site.function_now()
        try:
            report = parse_report(text, now)
        except BadInput:
            self._site.tally.steps += 1
            return
        verdict = self._rule.verdict(report, genuine)
        self.woken(WakeUp(self._site.cluster.name, "report", now, "report", report=report, verdict=verdict))

    def overlap(self) -> None:
        """Let a second function take the same messages while the first one is at work."""
        site, wire = self._site, self._site.wire
        if len(site.in_hand) > 1:
            return
        site.happened("two_at_once")
        skew, described = site.skew, (wire.described, wire.described_as_of)
        self._reconcile(site.in_hand[-1] if site.in_hand else [])
        # The first one goes on with its own clock, and acts on what it saw itself.
        site.skew, (wire.described, wire.described_as_of) = skew, described

    def sweep(self) -> None:
        """Send the wake-up of the clock."""
        self._site.post.send("sweep", self._swept)

    def _swept(self) -> None:
        due: list[bool] = []
        if self._done("sweep", lambda: due.append(self._rule.sweep())) and any(due):
            self.woken(WakeUp(self._site.cluster.name, "sweep", self._site.agenda.now(), "sweep"))

    def _reconcile(self, batch: list[WakeUp]) -> bool:
        self._site.tally.steps += 1
        self._site.in_hand.append(batch)
        try:
            return self._done("function", lambda: self._rule.reconcile(batch))
        finally:
            self._site.in_hand.pop()

    def _done(self, what: str, work: Callable[[], None]) -> bool:
        """Run a function; return False if it failed. Whatever it did, the invariants are looked at."""
        self._site.skew = self._some_skew()
        try:
            work()
        except self._rule.failures as error:
            self._site.note(f"{what}: {type(error).__name__} {error}")
            return False
        finally:
            self._referee.look()
        return True

    def _some_skew(self) -> timedelta:
        if not self.skews:
            return timedelta()
        return self.skews[int(chance(f"skew {self._site.agenda.now()}") * len(self.skews))]
