"""The functions of one world: what wakes them, the clock they read, one or two of them at work."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from chalicelib.contract.errors import BadInput
from chalicelib.contract.report import AheadOfTime
from chalicelib.contract.tickerplant import TickerplantReport
from chalicelib.core.facts.wake_ups import WakeUp
from chalicelib.triggers.aws_events import Published, ahead_wake_up, report_of
from twin.fuzz.account import Account
from twin.fuzz.judge import Judge
from twin.fuzz.post import Post, Queue, chance
from twin.fuzz.rules import Rule
from twin.fuzz.site import Site

SWEEP_EVERY = 60.0


class Functions:
    """Runs a rule for all clusters. `skews` are the clocks of the containers; empty when all are right.

    What goes wrong with clocks and calls befalls the first cluster, and the sweep over all.
    """

    def __init__(self, account: Account, sites: Sequence[Site], rule: Rule, judge: Judge) -> None:
        self._account = account
        self._sites: Mapping[str, Site] = {site.cluster.name: site for site in sites}
        self._first = sites[0]
        self._rule = rule
        self._judge = judge
        self._queue = Queue(account.agenda, self._reconcile)
        self.skews: list[timedelta] = []

    def woken(self, wake_up: WakeUp) -> None:
        """Queue the wake-up of a message that has reached its function."""
        self._account.tally.steps += 1
        self._queue.put(wake_up)

    def reported(self, site: Site, text: str, genuine: bool) -> None:
        """Take a report that has come by a cluster's topic: refuse what is not one, judge its proof."""
        now = self._account.function_now()
        try:
            report = report_of(Published(site.cluster.name, text), now)
        except AheadOfTime as error:
            self.woken(ahead_wake_up(error, now))
            return
        except BadInput:
            self._account.tally.steps += 1
            return
        if isinstance(report, TickerplantReport):
            self.woken(WakeUp(report.cluster, "report", now, "report", tickerplant=report))
            return
        verdict = self._rule.verdict(report, genuine)
        self.woken(WakeUp(report.cluster, "report", now, "report", report=report, verdict=verdict))

    def overlap(self) -> None:
        """Let a second function take the same messages while the first one is at work."""
        site, wire = self._first, self._account.wire
        if len(site.in_hand) > 1:
            return
        self._account.happened("two_at_once")
        skew, kept = self._account.skew, (wire.described, wire.described_as_of, wire.troubled)
        self._reconcile(site.cluster.name, site.in_hand[-1] if site.in_hand else [])
        # The first one goes on with its own clock and its own troubles, and acts on what it saw itself.
        self._account.skew, (wire.described, wire.described_as_of, wire.troubled) = skew, kept

    def sweep(self, post: Post) -> None:
        """Send the tick of the clock."""
        post.send("sweep", self._swept)

    def _swept(self) -> None:
        due: dict[str, bool] = {}
        failed = self._done("sweep", lambda: due.update(self._rule.sweep()), spared=False)
        if self._rule.walls and not self._account.wire.troubled:
            self._judge.swept(failed)
        for cluster, whole in due.items():
            self.woken(WakeUp(cluster, "sweep", self._account.agenda.now(), "sweep", whole=whole))

    def _reconcile(self, cluster: str, batch: list[WakeUp]) -> bool:
        self._account.tally.steps += 1
        # A group whose tag was changed is another cluster for the functions, and the first one's for us.
        site = self._sites.get(cluster, self._first)
        site.in_hand.append(batch)
        try:
            spared = site is not self._first
            return not self._done("function", lambda: self._rule.reconcile(cluster, batch), spared=spared)
        finally:
            site.in_hand.pop()

    def _done(self, what: str, work: Callable[[], None], *, spared: bool) -> str:
        """Run a function; return why it failed. Whatever it did, the invariants are looked at."""
        account, wire = self._account, self._account.wire
        account.skew = timedelta() if spared else self._some_skew()
        wire.spared, wire.troubled = spared, False
        try:
            work()
        except self._rule.failures as error:
            account.note(f"{what}: {type(error).__name__} {error}")
            return str(error) or type(error).__name__
        finally:
            wire.spared = False
            self._judge.look()
        return ""

    def _some_skew(self) -> timedelta:
        if not self.skews:
            return timedelta()
        return self.skews[int(chance(f"skew {self._account.agenda.now()}") * len(self.skews))]
