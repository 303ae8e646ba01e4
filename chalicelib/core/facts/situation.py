"""The situation: the facts on which one decision about one cluster is made."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.core.facts.calendar import NO_CALENDAR, Calendar, KeptCalendar
from chalicelib.core.facts.choice import Choice
from chalicelib.core.facts.doubts import Doubt
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.learning import with_learning
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.settings import ClusterSettings, settings_of
from chalicelib.core.facts.stand_in import doubt_of
from chalicelib.core.facts.wake_ups import SetFloor

# A night ends so long before the open, and what a host may boot: the next sweep, and the standby's roll.
AHEAD = timedelta(seconds=100)


class Situation(msgspec.Struct, frozen=True):
    """The ledger already folded with the group as described, the cluster's settings, and the time.

    `floors` are the operators' requests for capacity that arrived with this decision and are within MaxSize.
    `doubts` are what stands against every release, and is told. `kept` is the calendar, if there is one.
    """

    ledger: Ledger
    group: Group
    settings: ClusterSettings
    now: datetime
    floors: tuple[SetFloor, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    kept: KeptCalendar = NO_CALENDAR

    @property
    def calendar(self) -> Calendar | None:
        """The calendar, if there is one that can be read."""
        return self.kept.calendar

    @property
    def lead(self) -> timedelta:
        """The time that a launch takes: what was learned of it, and at least what the tag says."""
        return max(self.settings.lead, self.ledger.learned.slow_lead or timedelta())

    @property
    def rests(self) -> bool:
        """A session and its grace are over, and the next one is not near."""
        wake = max(self.settings.boot_deadline, self.lead) + AHEAD
        return self.calendar is not None and self.calendar.rests(self.now, wake)

    @property
    def hears_tickerplant(self) -> bool:
        """A tickerplant of the cluster reports, so that it would say if updates waited for an RDB."""
        known = self.ledger.tickerplant
        return known is not None and known.is_heard(self.now, self.settings.memory_fresh)

    @property
    def waits_since(self) -> datetime | None:
        """Since when updates wait for a live RDB, by a tickerplant that would say if they no longer did."""
        known = self.ledger.tickerplant
        return known.waits_since if known and self.hears_tickerplant else None

    @property
    def updates_wait(self) -> bool:
        """The tickerplant says that updates wait for a live RDB."""
        return self.waits_since is not None

    @property
    def sleeps(self) -> bool:
        """It rests, and no RDB is wanted meanwhile.

        Updates that wait wake it, for as long as they do and the grace of a close: a market trades outside
        the calendar. While no tickerplant would say so, it does not sleep.
        """
        calendar, known = self.calendar, self.ledger.tickerplant
        if calendar is None or calendar.overnight == "one" or self.group.min_size > 0 or not self.rests:
            return False
        if known is None or known.waits_since or not self.hears_tickerplant:
            return False
        return known.waited_at is None or self.now - known.waited_at >= calendar.grace

    def on(self, ledger: Ledger) -> "Situation":
        """Return the same situation on another ledger."""
        return msgspec.structs.replace(self, ledger=ledger)


def situation_of(
    ledger: Ledger, choice: Choice, now: datetime, kept: KeptCalendar = NO_CALENDAR
) -> Situation:
    """Return the situation of a cluster on a ledger that is folded with its group, with every doubt.

    The ledger keeps the settings that are used, for the next time that a tag cannot be read. A floor of a
    retiring cluster is over once the group shows it: who drains there leaves for good.
    """
    group = choice.group
    settings, bad = settings_of(group.tags, ledger.settings)
    doubts = [Doubt("configuration", f"{text}; correct or remove the tag, releases wait") for text in bad]
    if group.unfit:
        doubts.insert(0, Doubt("configuration", group.unfit))
    if choice.doubt:
        doubts.append(Doubt("ambiguous", choice.doubt))
    if unreadable := doubt_of(ledger):
        doubts.append(unreadable)
    floor = ledger.floor.standing(now) if ledger.floor else None
    if floor and settings.retiring and group.desired >= min(floor.hosts, group.max_size):
        floor = None
    ledger = msgspec.structs.replace(ledger, settings=settings, floor=floor)
    ledger = with_learning(ledger, group, settings, now)
    return Situation(ledger, group, settings, now, doubts=tuple(doubts), kept=kept)
