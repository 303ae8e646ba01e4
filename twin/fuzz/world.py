"""One cluster on one EC2 Auto Scaling for some days: with the faults of a plan, and without at the end."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any

from chalicelib.core.wake_ups import WakeUp
from twin.fuzz.convergence import unconverged
from twin.fuzz.crowd import TICK, Crowd
from twin.fuzz.faults import FAULTS, Cast
from twin.fuzz.functions import SWEEP_EVERY, Functions
from twin.fuzz.operators import Operators
from twin.fuzz.plan import Fault, plan
from twin.fuzz.referee import Referee, Stopped
from twin.fuzz.rules import RULES
from twin.fuzz.site import FULL, START, Site
from twin.market.feed import random_session

LOOKED_AT = [timedelta(minutes=minutes) for minutes in (20, 30, 40, 50, 60)]


class World:
    """A cluster, its hosts and its operators under one rule. The same seed and plan give the same history.

    `trace` collects what happens as lines, if it is a list.
    """

    def __init__(self, seed: str, rule: str, trace: list[str] | None = None) -> None:
        # For the days alone: a day stays the same when a fault is taken out of its plan.
        self._days = Random(seed)
        self.site = site = Site(self._days, trace)
        self._rule = RULES[rule](site)
        self.referee = Referee(site, self._rule.walls)
        self._functions = Functions(site, self._rule, self.referee)
        self._crowd = Crowd(site, self._functions, self.referee)
        self._operators = Operators(site, self._functions, self._crowd, self.referee)
        self._cast = Cast(site, self._functions, self._crowd, self._operators)
        site.hosts.started, site.hosts.ended = self._crowd.started, self._crowd.ended
        site.emitted = self._emitted
        site.wire.overlap = self._functions.overlap

    def run(self, faults: Sequence[Fault] | None = None, *, stop_at: str = "") -> list[Fault]:
        """Run one to three days, with these faults or with faults of its own; return them.

        `stop_at` is an invariant whose breach ends the run.
        """
        self.referee.stop_at = stop_at
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
        """Create the group, and let ten quiet minutes pass."""
        site = self.site
        site.found(self._rule.settings)
        site.wire.watcher = self.referee
        site.agenda.every(TICK, START, self._crowd.tick)
        site.agenda.every(SWEEP_EVERY, START, self._functions.sweep)
        self._run_until(START + timedelta(minutes=10))

    def _day(self, faults: Sequence[Fault], seconds: float) -> None:
        """Run a session with faults, its end, and after the last fault at most an hour to converge."""
        site, start = self.site, self.site.agenda.now()
        site.tally.counts["days"] += 1
        site.note(f"day: {seconds / 3600:g} hours")
        close = seconds * self._days.uniform(0.5, 0.85)
        self._crowd.opens(random_session(self._days, close, FULL * self._days.uniform(1.5, 7.0)))
        end_of_day = Random(self._days.getrandbits(64))
        site.agenda.after(close, lambda: site.plant.end_day(site.agenda.now(), end_of_day))
        for fault in faults:
            site.agenda.at(start + timedelta(seconds=fault.at), self._injecting(fault))
        calm = start + timedelta(seconds=seconds)
        self._run_until(calm)
        self._calm()
        reasons: tuple[str, ...] = ()
        for passed in LOOKED_AT:
            self._run_until(calm + passed)
            if not (reasons := unconverged(site, self._rule)):
                return
        self.referee.broken("days_not_converged", "; ".join(reasons))

    def _injecting(self, fault: Fault) -> Callable[[], None]:
        def inject() -> None:
            self.site.note(f"fault: {fault.kind}")
            if FAULTS[fault.kind](self._cast, Random(fault.dice)):
                self.site.happened(fault.kind)
            self.referee.look()

        return inject

    def _calm(self) -> None:
        """Stop everything that goes wrong: messages and calls arrive, clocks agree, hosts answer."""
        site, crowd = self.site, self._crowd
        site.note("the faults stop")
        site.wire.calm()
        site.post.armed.clear()
        self._functions.skews, crowd.hanging = [], 0
        site.hosts.full_zones.clear()
        for rdb in site.running():
            crowd.recovers(rdb)
            if not rdb.boots:
                rdb.boots = True
                crowd.boots(rdb)
        self._operators.restores_order()

    def _run_until(self, end: datetime) -> None:
        self.site.agenda.run_until(end)
        self.referee.look()

    def _emitted(self, event: Mapping[str, Any]) -> None:
        """Send an event of EC2 Auto Scaling to its function."""
        site = self.site
        wake_up = WakeUp(site.cluster.name, "fleet", site.agenda.now(), str(event["detail-type"]))
        site.post.send(wake_up.cause, lambda: self._functions.woken(wake_up))
