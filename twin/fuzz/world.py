"""Two clusters in one account for some days: one with the faults of a plan, and without at the end."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from chalicelib.core.facts.wake_ups import WakeUp
from highwater.market.feed import random_session
from twin.fuzz.account import START, Account
from twin.fuzz.cast import Cast, Repairs
from twin.fuzz.convergence import unconverged
from twin.fuzz.crowd import TICK, Crowd
from twin.fuzz.faults import FAULTS
from twin.fuzz.functions import SWEEP_EVERY, Functions
from twin.fuzz.judge import Judge
from twin.fuzz.operators import Operators
from twin.fuzz.plan import Fault, plan
from twin.fuzz.referee import Referee, Stopped
from twin.fuzz.releases import rule_of
from twin.fuzz.site import FULL, Site

# The last one is for a group that followed another with its tags: for an hour nothing is released then.
LOOKED_AT = [timedelta(minutes=minutes) for minutes in (20, 30, 40, 50, 60, 75, 100, 150)]
NAMES = ("trades", "quotes")
# Sessions fill so many RDBs; the second cluster is small.
FILLS = ((1.5, 7.0), (0.7, 2.5))


class Cell(NamedTuple):
    """One cluster of a world: its site, who judges it, its hosts, and its sessions as multiples of an RDB."""

    site: Site
    referee: Referee
    crowd: Crowd
    fills: tuple[float, float]


class World:
    """An account with a cluster that has hosts, operators and faults, and a small one without faults.

    The same rule, seed and plan give the same history. `trace` collects what happens as lines, if it is a
    list.
    """

    def __init__(self, seed: str, rule: str, trace: list[str] | None = None) -> None:
        # For the days alone: a day stays the same when a fault is taken out of its plan.
        self._days = Random(seed)
        self.account = account = Account(trace)
        sites = [Site(Random(f"{seed}/{name}"), account, name) for name in NAMES]
        self.site = sites[0]
        self._rule = rule_of(rule)(account, sites)
        referees = [Referee(site, self._rule.walls) for site in sites]
        self.referee = referees[0]
        self._judge = Judge(account, sites, referees)
        self._functions = Functions(account, sites, self._rule, self._judge)
        self._cells = [
            Cell(site, referee, Crowd(site, self._functions, referee), fills)
            for site, referee, fills in zip(sites, referees, FILLS, strict=True)
        ]
        self._of_group = {cell.site.group_name: cell for cell in self._cells}
        crowd = self._cells[0].crowd
        self._operators = Operators(self.site, self._functions, crowd, self.referee)
        repairs = Repairs(account.agenda)
        self._cast = Cast(sites[0], sites[1], self._functions, crowd, self._operators, repairs)
        account.hosts.started, account.hosts.ended = self._started, self._ended
        account.emitted = self._emitted
        account.wire.overlap = self._functions.overlap

    def run(self, faults: Sequence[Fault] | None = None, *, stop_at: str = "") -> list[Fault]:
        """Run one to three days, with these faults or with faults of its own; return them.

        `stop_at` is an invariant whose breach ends the run.
        """
        for cell in self._cells:
            cell.referee.stop_at = stop_at
        done: list[Fault] = []
        with suppress(Stopped):
            self._found()
            for day in range(self._days.choice((1, 1, 2, 3))):
                seconds = self._days.choice((1.0, 2.0, 3.0, 5.0)) * 3600
                own = plan(Random(self._days.getrandbits(64)), day, seconds)
                todays = own if faults is None else [fault for fault in faults if fault.day == day]
                done += todays
                self._day(todays, seconds)
        return done

    def _found(self) -> None:
        """Create the groups, and let ten quiet minutes pass."""
        agenda = self.account.agenda
        for cell in self._cells:
            cell.site.found(self._rule.settings)
        self.account.wire.watcher = self._judge
        agenda.every(TICK, START, self._tick)
        agenda.every(SWEEP_EVERY, START, lambda: self._functions.sweep(self.site.post))
        self._run_until(START + timedelta(minutes=10))

    def _tick(self) -> None:
        for cell in self._cells:
            cell.crowd.tick()
        if self._rule.walls:
            self._judge.ticked()

    def _day(self, faults: Sequence[Fault], seconds: float) -> None:
        """Run a session with faults, its end, and after the last fault some time to converge."""
        account, start = self.account, self.account.agenda.now()
        account.tally.counts["days"] += 1
        account.note(f"day: {seconds / 3600:g} hours")
        close = seconds * self._days.uniform(0.5, 0.85)
        for cell in self._cells:
            cell.crowd.opens(random_session(self._days, close, FULL * self._days.uniform(*cell.fills)), close)
        end_of_day = Random(self._days.getrandbits(64))
        account.agenda.after(close, lambda: self._closes(end_of_day))
        for fault in faults:
            account.agenda.at(start + timedelta(seconds=fault.at), self._injecting(fault))
        calm = start + timedelta(seconds=seconds)
        self._run_until(calm)
        self._calm()
        reasons: tuple[str, ...] = ()
        for passed in LOOKED_AT:
            self._run_until(calm + passed)
            reasons = tuple(why for cell in self._cells for why in unconverged(cell.site, self._rule))
            if not reasons:
                return
        self.referee.broken("days_not_converged", "; ".join(reasons))

    def _closes(self, random: Random) -> None:
        """End the day of every cluster."""
        self._judge.ends_day()
        for cell in self._cells:
            cell.site.plant.end_day(self.account.agenda.now(), random)

    def _injecting(self, fault: Fault) -> Callable[[], None]:
        def inject() -> None:
            self.account.note(f"fault: {fault.kind}")
            if FAULTS[fault.kind](self._cast, Random(fault.dice)):
                self.account.happened(fault.kind)
            self._judge.look()

        return inject

    def _calm(self) -> None:
        """Stop everything that goes wrong: messages and calls arrive, clocks agree, hosts answer."""
        site, crowd = self.site, self._cells[0].crowd
        site.note("the faults stop")
        site.wire.calm()
        crowd.needed_again = None
        site.post.armed.clear()
        self._functions.skews, crowd.spoilt = [], None
        for rdb in site.running():
            rdb.skew = timedelta()
        self._cast.repairs.make_all()
        site.hosts.full_zones.clear()
        for rdb in site.running():
            crowd.recovers(rdb)
            if not rdb.boots:
                rdb.boots = True
                crowd.boots(rdb)
        self._operators.restores_order()

    def _run_until(self, end: datetime) -> None:
        self.account.agenda.run_until(end)
        self._judge.look()

    def _started(self, group: str, instance_id: str) -> None:
        if cell := self._of_group.get(group):
            cell.crowd.started(instance_id)

    def _ended(self, instance_id: str) -> None:
        if cell := self._of_group.get(self.account.hosts.groups[instance_id]):
            cell.crowd.ended(instance_id)

    def _emitted(self, event: Mapping[str, Any]) -> None:
        """Send an event of EC2 Auto Scaling to its function."""
        if (cell := self._of_group.get(event["detail"]["AutoScalingGroupName"])) is None:
            return
        site = cell.site
        wake_up = WakeUp(site.cluster.name, "fleet", site.agenda.now(), str(event["detail-type"]))
        site.post.send(wake_up.cause, lambda: self._functions.woken(wake_up))
