"""A trading day: the cluster, its feed, its sessions, and what the cluster knows of the day before."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from chalicelib.core.facts.calendar import Calendar, Overnight
from chalicelib.core.facts.calendar import Session as Trading
from chalicelib.core.facts.learned import Learned
from highwater.market.feed import Feed, paper
from highwater.market.rdb import SIZES, Cluster, Size
from highwater.market.sessions import DAY_SECONDS, Session, beginning_of

CLUSTER = "trades"
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
# A calendar that ends within two weeks would be told.
CALENDAR_DAYS = 30
# The memory alarm's threshold where there is no scale threshold.
ALARM = 60.0
HARD = 92.0


@dataclass(frozen=True)
class TradingDay:
    """The settings of a day. Thresholds in percent, lead time in seconds, times in seconds from midnight.

    `size` names the hosts: one of the paper's, or the kind that `host` is. The minutes of `feed` count from
    when the day begins. Memory is that of so many `columns` that double, or a straight line. Without a
    `scale` threshold only the memory alarm has one. `yesterday` are the updates of the day before, 0 if there
    was none; without a number they are the day's own. `grace` is in minutes after a session, `overnight` how
    many hosts are kept between sessions.
    """

    size: str = "medium"
    scale: float | None = None
    roll: float = 85.0
    hard: float | None = HARD
    rule: Literal["demand", "fixed"] = "demand"
    yesterday: int | None = None
    lead: int = 60
    feed: Feed = field(default_factory=paper)
    feed_name: str = "paper"
    kib_per_update: float | None = None
    columns: int | None = None
    end_of_day: int = DAY_SECONDS
    max_size: int = 40
    sessions: tuple[Session, ...] = ()
    grace: int = 0
    overnight: Overnight = "one"
    host: Size | None = None

    @property
    def begins(self) -> datetime:
        """When the day begins, which has 24 hours."""
        return MIDNIGHT + timedelta(seconds=beginning_of(self.sessions))

    @property
    def ends(self) -> datetime:
        """When the trading day ends, and RDBs drain."""
        return MIDNIGHT + timedelta(seconds=self.end_of_day)

    @property
    def taken_until(self) -> datetime:
        """When the last update of the day is taken."""
        return self.ends

    @property
    def min_size(self) -> int:
        """MinSize of the group."""
        return 0 if self.overnight == "none" else 1

    @property
    def cluster(self) -> Cluster:
        """The cluster's hosts, with the memory of updates that was asked for."""
        size = (self.host or SIZES[self.size])._replace(columns=self.columns)
        if self.kib_per_update:
            size = size._replace(kib_per_update=self.kib_per_update)
        alarm = ALARM if self.scale is None else self.scale
        scaled = self.scale is not None
        return Cluster(CLUSTER, size, alarm, self.roll, self.hard, self.rule, scaled)

    @property
    def calendar(self) -> Calendar | None:
        """Its sessions of yesterday, today and the weeks to come, as the cluster has them, if it has any."""
        if not self.sessions:
            return None
        return Calendar.of(
            [
                Trading(*(MIDNIGHT + day * DAY + timedelta(seconds=second) for second in (begin, end)))
                for day in range(-1, CALENDAR_DAYS)
                for begin, end in self.sessions
            ],
            self.grace,
            self.overnight,
        )

    @property
    def day_before(self) -> int:
        """The updates of the day before, which only demand asks for."""
        own = self.feed.total if self.rule == "demand" else 0
        return own if self.yesterday is None else self.yesterday

    @property
    def learned(self) -> Learned:
        """What the cluster knows of the day before."""
        size = self.cluster.size
        if not self.day_before:
            return Learned()
        # As its hosts' memory showed it: that of columns that doubled is more than what is in them.
        held = size.holds(self.roll)
        took = self.day_before * (size.used_kib(held) - size.idle_kib) / held * 1024
        return Learned(host_bytes=float(int(size.total_kib * 1024)), before=took)
