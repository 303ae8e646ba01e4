"""The hosts of one world as they come, tick, report and go; and those who report in their name."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from chalicelib.contract.names import DRAIN_TAG, METRIC_NAME
from chalicelib.contract.report import Report, State
from chalicelib.contract.tickerplant import TickerplantReport
from chalicelib.core.facts.wake_ups import WakeUp
from highwater.market.feed import Feed
from highwater.market.host import Measured, Outbox
from highwater.market.waiting import WaitingReporter
from twin.fuzz.faulty import FaultyRdb
from twin.fuzz.functions import Functions
from twin.fuzz.plan import Spoilt
from twin.fuzz.post import chance
from twin.fuzz.referee import Referee
from twin.fuzz.site import Site
from twin.fuzz.wishes import CALENDAR

TICK = 20.0
# More would fill the largest group every day.
MOST_BURSTS = 3
REMEMBERED = 6


class Burst(NamedTuple):
    """Updates that come within some seconds beside the feed."""

    begins: datetime
    seconds: float
    updates: int

    def published(self, now: datetime) -> int:
        """Return how many have come."""
        return int(self.updates * min(1.0, (now - self.begins).total_seconds() / self.seconds))


class Crowd:
    """Every RDB host of a cluster. `spoilt` says how the launches to come turn out, and how many of them.

    `needed_again` befalls each standby that is asked to drain, `closes` is the end of the session.
    """

    def __init__(self, site: Site, functions: Functions, referee: Referee) -> None:
        self._site = site
        self._functions = functions
        self._referee = referee
        self._outbox = Outbox(self._say, self._measure)
        self._waiting = WaitingReporter(site.cluster.name, self._say_what_waits)
        self._alarmed: set[str] = set()
        self._session: tuple[datetime, int, Feed] = (site.agenda.now(), 0, Feed({}))
        self._bursts: list[Burst] = []
        self.spoilt: tuple[Spoilt, int] | None = None
        self.closes = site.agenda.now()
        self._overdrawn: FaultyRdb | None = None
        self.needed_again: Callable[[FaultyRdb], None] | None = None

    def opens(self, feed: Feed, seconds: float) -> None:
        """Open a session of so many seconds: its feed begins now."""
        now = self._site.agenda.now()
        self._session, self._bursts = (now, self._site.plant.published, feed), []
        self.closes = now + timedelta(seconds=seconds)

    def bursts(self, updates: int, seconds: float) -> bool:
        """Let so many updates come beside the feed; the day has only so many bursts."""
        if len(self._bursts) >= MOST_BURSTS:
            return False
        self._bursts.append(Burst(self._site.agenda.now(), seconds, updates))
        return True

    def started(self, instance_id: str) -> None:
        """Boot a host that EC2 started, within half to one and a half times the lead time."""
        site = self._site
        rdb = FaultyRdb(instance_id, site.cluster, self._outbox, site.agenda.now())
        site.plant.rdbs[instance_id] = rdb
        site.said[instance_id], site.sequences[instance_id] = deque(maxlen=REMEMBERED), set()
        site.tally.counts["launches"] += 1
        self._referee.launched(instance_id)
        if self.spoilt:
            how, left = self.spoilt
            self.spoilt = (how, left - 1) if left > 1 else None
            self.spoils(rdb, how)
            site.happened(how)
        site.agenda.after(site.lead * site.slower * (0.5 + chance(instance_id)), lambda: self.boots(rdb))
        site.note(f"{instance_id} launched")

    def spoils(self, rdb: FaultyRdb, how: Spoilt) -> None:
        """Let a host never get ready: its reporter says so for ever, or never says a word."""
        rdb.boots, rdb.silent = False, how == "never_reports"

    def launch_well(self) -> None:
        """Let the launches to come turn out well."""
        self.spoilt = None

    def boots(self, rdb: FaultyRdb) -> None:
        """Let a host join, unless it hangs or is gone."""
        if rdb.terminated_at is None and rdb.boots:
            self._site.plant.join(rdb, self._site.agenda.now())

    def ended(self, instance_id: str) -> None:
        """Forget a host that EC2 ends for its group: the referee judges what it still held."""
        site = self._site
        rdb = site.plant.rdbs[instance_id]
        site.plant.leave(rdb, site.agenda.now())
        rdb.terminated_at = site.agenda.now()
        if site.hours.none_at_night and not site.running():
            site.tally.counts["nights"] += 1

    def crashes(self, rdb: FaultyRdb, state: str = "terminated") -> None:
        """Let a host die with all that it held; `state` is EC2's word for it."""
        rdb.crashed = True
        self.ended(rdb.instance_id)
        self._referee.lost(rdb)
        self._site.hosts.states[rdb.instance_id] = state

    def hangs(self, rdb: FaultyRdb) -> None:
        """Let q answer no more: the tickerplant hands over at once, and the reporter says so."""
        rdb.hung = True
        if rdb.state in (State.BOOTING, State.STANDBY, State.LIVE):
            rdb.hung_at = self._site.agenda.now()
        if self._site.plant.live is rdb:
            self._site.plant.roll(self._site.agenda.now())
        self._site.plant.leave(rdb, self._site.agenda.now())
        rdb.report(self._site.agenda.now())

    def recovers(self, rdb: FaultyRdb) -> None:
        """Let q and its reporter answer again: a standby queues up, a save that failed is done."""
        plant = self._site.plant
        if rdb.terminated_at is not None:
            return
        now, silent = self._site.agenda.now(), rdb.hung or rdb.silent
        if owed := rdb.recover():
            plant.persist(rdb, owed, now)
        if rdb.state is State.DRAINED and rdb.rows:
            # What came after the end of the day is persisted with the next one.
            rdb.become(State.ROLLED, now)
        if silent:
            # As the reporter does when q answers again, and when it starts itself.
            rdb.report(now)
        if rdb.state is State.STANDBY and rdb not in plant.queue:
            plant.queue.append(rdb)

    def tick(self) -> None:
        """Publish what the feed has by now, and send what hosts have to send."""
        site, now = self._site, self._site.agenda.now()
        opened, before, feed = self._session
        published = before + feed.published((now - opened).total_seconds())
        site.plant.advance(now, published + sum(burst.published(now) for burst in self._bursts))
        for rdb in site.running():
            self._heeds(rdb, now)
            rdb.tick(now)
        site.tally.counts["overdrafts"] += self._begins_overdraft()
        if site.tickerplant_silent_since is None:
            self._waiting.tick(site.plant, now)

    def _begins_overdraft(self) -> bool:
        """Tell if the live one has gone beyond the roll threshold since the last tick."""
        live, before = self._site.plant.live, self._overdrawn
        self._overdrawn = live if live and live.overdrawn else None
        return self._overdrawn is not None and self._overdrawn is not before

    def _heeds(self, rdb: FaultyRdb, now: datetime) -> None:
        """Let a standby drain that is asked to, when it gets to it, and unless it is needed again."""
        asked = DRAIN_TAG in self._site.hosts.tags[rdb.instance_id]
        if not asked:
            if rdb.asked_at and rdb.state is State.STANDBY:
                self._site.tally.counts["hand_backs_withdrawn"] += 1
            rdb.asked_at = None
            return
        if rdb.asked_at is None:
            rdb.asked_at = now
            if rdb.state is State.STANDBY and self.needed_again:
                self.needed_again(rdb)
        if now - rdb.asked_at >= rdb.drains_in:
            is_live = rdb is self._site.plant.live
            night = is_live and self._site.drains_by(CALENDAR, rdb.instance_id)
            self._site.plant.drain(rdb, now, live_too=night)

    def publish(self, report: Report, *, genuine: bool) -> None:
        """Send a report; only in a genuine one of a `drained` RDB the proof holds."""
        text = msgspec.json.encode(report).decode()
        self._site.post.send(report.instance_id, lambda: self._functions.reported(self._site, text, genuine))

    def _say(self, report: Report) -> None:
        if not self._site.plant.rdbs[report.instance_id].silent:
            self._site.said[report.instance_id].append(report)
            self._site.sequences[report.instance_id].add(report.sequence)
            self.publish(report, genuine=True)

    def _say_what_waits(self, report: TickerplantReport) -> None:
        text = msgspec.json.encode(report).decode()
        self._site.post.send("tickerplant", lambda: self._functions.reported(self._site, text, True))

    def _measure(self, measured: Measured) -> None:
        """Put the metric of a minute; the alarm goes off when it first reaches the scale threshold.

        It looks at that of the RDBs that have not rolled.
        """
        instance_id, now = measured.instance_id, measured.at
        site, rdb = self._site, self._site.plant.rdbs[instance_id]
        if rdb.silent:
            return
        percent = rdb.shown
        site.metrics.put(site.cluster.name, measured._replace(percent=percent))
        if percent < site.cluster.scale or measured.name != METRIC_NAME:
            self._alarmed.discard(instance_id)
        elif instance_id not in self._alarmed:
            self._alarmed.add(instance_id)
            wake_up = WakeUp(site.cluster.name, "alarm", now, instance_id)
            site.post.send(instance_id, lambda: self._functions.woken(wake_up))
