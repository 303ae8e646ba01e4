"""One day of one cluster: the market, a group in memory, and the real core that decides for it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import msgspec

from chalicelib.contract.names import LEAD_TAG, ROLL_TAG
from chalicelib.contract.report import Report
from chalicelib.contract.tickerplant import TickerplantReport
from chalicelib.core.commands.drains import CALENDAR
from chalicelib.core.decide import Decided, decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.calendar import Calendar, KeptCalendar
from chalicelib.core.facts.choice import choice_of, with_choice
from chalicelib.core.facts.folding import with_group, with_reports, with_samples
from chalicelib.core.facts.learned import Learned
from chalicelib.core.facts.ledger import HookSeen, Ledger
from chalicelib.core.facts.situation import situation_of
from chalicelib.core.facts.tickerplant import tickerplant_after
from chalicelib.core.facts.wake_ups import Verdict
from chalicelib.core.plan import DecidedPlan
from highwater.market.feed import Feed
from highwater.market.host import Outbox, RdbHost
from highwater.market.rdb import Cluster
from highwater.market.tickerplant import Tickerplant
from highwater.market.waiting import WaitingReporter
from highwater.whatif.group import GroupInMemory
from highwater.whatif.telemetry import Telemetry

TICK = timedelta(seconds=10)
BEFORE = timedelta(minutes=10)
DAY = timedelta(days=1)
# As the twin's day has them: updates a second of a live RDB that catches up, and how long a day is persisted.
REPLAY_RATE = 20_000
PERSIST_SECONDS = 20.0
HELD = Verdict(holds=True, why="simulated")


@dataclass(frozen=True)
class Question:
    """The day to simulate: `lead` in seconds, `ends` is the time after `midnight` at which RDBs drain.

    With a `min_size` of 0 the tickerplant reports too: only by its word a night goes without an RDB.
    """

    cluster: Cluster
    feed: Feed
    midnight: datetime
    lead: int = 60
    ends: timedelta = DAY
    max_size: int = 40
    tags: dict[str, str] = field(default_factory=dict)
    learned: Learned = field(default_factory=Learned)
    calendar: Calendar | None = None
    min_size: int = 1


@dataclass
class Answer:
    """The figures of a day; hours are those of hosts, from midnight to midnight.

    The least cushion is in minutes, from "a standby is ready" to "the live RDB rolls"; none where none rolls.
    """

    hours: float = 0.0
    minutes_without_live: float = 0.0
    minutes_in_overdraft: float = 0.0
    launches: list[datetime] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    most_hosts: int = 0
    most_desired: int = 0
    least_cushion: float | None = None
    releases: int = 0
    unheld: int = 0


class Simulation:
    """Steps of ten seconds from ten minutes before midnight. Each report wakes the control plane at once."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._now = question.midnight - BEFORE
        self._plant = Tickerplant[RdbHost](self._now, REPLAY_RATE, PERSIST_SECONDS)
        tags = {
            ROLL_TAG: f"{question.cluster.roll:g}",
            LEAD_TAG: f"{question.lead}",
        }
        self._group = GroupInMemory(
            question.cluster.name,
            {**tags, **question.tags},
            (question.min_size, question.max_size),
            self._started,
            self._ended,
        )
        self._group.desired = 0
        self._group.raise_to(1, self._now - TICK)
        self._telemetry = Telemetry()
        self._ledger = Ledger(question.cluster.name, learned=question.learned)
        self._kept = KeptCalendar(question.calendar)
        self._reports: list[Report] = []
        self._heard: list[tuple[TickerplantReport, datetime]] = []
        self._waiting = WaitingReporter(question.cluster.name, self._waits)
        self._boots: dict[str, datetime] = {}
        self.answer = Answer()

    def run(self) -> Answer:
        """Run until midnight."""
        question, ended = self._question, False
        while self._now < question.midnight + DAY:
            if not ended and self._now >= question.midnight + question.ends:
                ended = True
                self._plant.end_day(self._now, Random(0))
            self._tick()
            if self._now == question.midnight:
                self._plant.seconds_without_live = self._plant.seconds_in_overdraft = 0.0
            self._now += TICK
        self._advance()
        self.answer.minutes_without_live = round(self._plant.seconds_without_live / 60, 2)
        self.answer.minutes_in_overdraft = round(self._plant.seconds_in_overdraft / 60, 2)
        self.answer.unheld = self._plant.waiting + self._plant.unheld
        cushions = (roll.cushion_minutes for roll in self._plant.rolls)
        self.answer.least_cushion = min(cushions, default=None)
        self.answer.hours = sum(map(self._hours, self._plant.rdbs.values()))
        return self.answer

    def _tick(self) -> None:
        now = self._now
        came = self._group.advance(now)
        self._advance()
        # A launch takes a moment more than its ticks: who joins takes data with the next one.
        for instance_id, at in list(self._boots.items()):
            if at <= now:
                del self._boots[instance_id]
                self._plant.join(self._plant.rdbs[instance_id], now)
        alive = [rdb for rdb in self._plant.rdbs.values() if rdb.terminated_at is None]
        self.answer.most_hosts = max(self.answer.most_hosts, len(alive))
        self.answer.most_desired = max(self.answer.most_desired, self._group.desired)
        for rdb in alive:
            known = self._ledger.rdbs.get(rdb.instance_id)
            if known and known.drain:
                self._plant.drain(rdb, now, live_too=known.drain.by == CALENDAR)
            rdb.tick(now)
        if self._question.min_size == 0:
            self._waiting.tick(self._plant, now)
        if came or self._reports or self._heard:
            self._reconcile()
        elif now.second == 0:
            self._reconcile(swept=True)

    def _advance(self) -> None:
        seconds = (self._now - self._question.midnight).total_seconds()
        ends = self._question.ends.total_seconds()
        self._plant.advance(self._now, self._question.feed.published(min(seconds, ends)))

    def _reconcile(self, *, swept: bool = False) -> None:
        """Decide until nothing more is to be done; a sweep leaves what it need not have recorded."""
        plan = self._plan()
        if swept and not plan.due:
            return
        self._reports, self._heard = [], []
        ledger = msgspec.structs.replace(plan.ledger, version=plan.ledger.version + 1)
        if plan.worth_recording:
            ledger = msgspec.structs.replace(ledger, gist=plan.decision.gist)
            self.answer.decisions.append(plan.decision)
        self._ledger = self._acted(plan.decision, ledger)

    def _plan(self) -> DecidedPlan:
        known, now, group = self._ledger, self._now, self._group.described(self._now)
        ledger, _ = with_reports(known, [(report, now, HELD) for report in self._reports])
        tickerplant, _ = tickerplant_after(ledger.tickerplant, self._heard)
        ledger = msgspec.structs.replace(ledger, tickerplant=tickerplant)
        choice = choice_of(ledger, [group], now)
        ledger, _ = with_group(with_choice(ledger, choice, now), group, now)
        ledger = with_samples(ledger, self._telemetry.samples(group.members, now))
        ledger = msgspec.structs.replace(ledger, hook=HookSeen(True, now))
        decided: Decided = decide(situation_of(ledger, choice, now, self._kept))
        return DecidedPlan(known, decided.ledger, decided.decision, decided=decided)

    def _acted(self, decision: Decision, ledger: Ledger) -> Ledger:
        if decision.target is not None:
            self._group.raise_to(decision.target, self._now)
        for release in decision.release:
            if release.step == "terminate":
                self.answer.releases += 1
                self._group.release(release.instance_id, self._now)
        for instance_id in decision.tag:
            ledger = ledger.with_rdb(instance_id, tagged=True)
        for instance_id in decision.untag:
            ledger = ledger.with_rdb(instance_id, tagged=False)
        return ledger

    def _started(self, instance_id: str, now: datetime) -> None:
        outbox = Outbox(self._publish, self._telemetry.put)
        self._plant.rdbs[instance_id] = RdbHost(instance_id, self._question.cluster, outbox, now)
        self._boots[instance_id] = now + timedelta(seconds=self._question.lead)
        if now >= self._question.midnight:
            self.answer.launches.append(now)

    def _ended(self, instance_id: str, now: datetime) -> None:
        rdb = self._plant.rdbs[instance_id]
        rdb.terminated_at = now
        self._plant.leave(rdb, now)
        rdb.rows = 0

    def _publish(self, report: Report) -> None:
        self._reports.append(report)

    def _waits(self, report: TickerplantReport) -> None:
        self._heard.append((report, self._now))

    def _hours(self, rdb: RdbHost) -> float:
        midnight = self._question.midnight
        end = min(rdb.terminated_at or midnight + DAY, midnight + DAY)
        return max(0.0, (end - max(rdb.launched_at, midnight)) / timedelta(hours=1))
