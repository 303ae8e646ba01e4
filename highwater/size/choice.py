"""The choices of a sizing: one of each kind of setting, in every combination."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

from chalicelib.core.facts.calendar import Overnight
from highwater.market.feed import Feed
from highwater.market.sessions import Session
from highwater.whatif.given import Rule, hard_of, scale_of
from highwater.whatif.host_types import HostType
from highwater.whatif.trading_day import TradingDay

# What the cluster keeps between sessions by its calendar, or that it has no calendar.
Calendar = Literal["off", "one", "none"]


@dataclass(frozen=True)
class Choice:
    """How a cluster may be set. Thresholds in percent, the lead in seconds."""

    host: HostType
    rule: Rule
    scale: float | None
    roll: float
    hard: float | None
    lead: int
    calendar: Calendar

    def __str__(self) -> str:
        """Return it in words, such as t3a.medium, roll 85, lead 60 s."""
        return ", ".join(filter(None, self.words))

    @property
    def words(self) -> tuple[str, ...]:
        """The words for each setting, in the order of the fields; empty where nothing is to be said."""
        fixed = self.rule == "fixed"
        return (
            self.host.name,
            "fixed rule" if fixed else "",
            "" if self.scale is None else f"scale {self.scale:g}",
            f"roll {self.roll:g}",
            "no hard threshold" if self.hard is None and not fixed else "",
            f"lead {self.lead} s",
            {"off": "no calendar", "one": "one host overnight", "none": "no host overnight"}[self.calendar],
        )


def names_of(choices: Sequence[Choice]) -> tuple[list[str], str]:
    """Return a name for each choice, the type and what differs, and what all have in common."""
    kinds = list(zip(*(choice.words for choice in choices), strict=True))
    same = [at > 0 and len(set(kind)) == 1 for at, kind in enumerate(kinds)]
    names = [
        ", ".join(word for word, alike in zip(choice.words, same, strict=True) if word and not alike)
        for choice in choices
    ]
    return names, ", ".join(kind[0] for kind, alike in zip(kinds, same, strict=True) if alike and kind[0])


class Tried(NamedTuple):
    """The values to combine of each kind of setting; `hard` is none where the rule's own is taken, or 0."""

    hosts: tuple[HostType, ...]
    rules: tuple[Rule, ...]
    scales: tuple[float | None, ...]
    rolls: tuple[float, ...]
    hards: tuple[float | None, ...]
    leads: tuple[int, ...]
    calendars: tuple[Calendar, ...]

    def choices(self) -> Iterator[Choice]:
        """Yield each combination once. Raises ValueError for thresholds that no cluster can have."""
        seen = set[Choice]()
        for host, rule, scale, roll, hard, lead, calendar in product(*self):
            choice = Choice(
                host,
                rule,
                scale_of(scale, rule, roll),
                roll,
                hard_of(hard, rule, roll),
                lead,
                calendar,
            )
            if choice not in seen:
                seen.add(choice)
                yield choice


class FeedOfDay(NamedTuple):
    """One day's feed, what of it is traded, and the updates of the day before."""

    name: str
    feed: Feed
    yesterday: int
    kib_per_update: float | None
    end_of_day: int


class Market(NamedTuple):
    """What is no choice: the days, the hours of trading, the most hosts that a cluster may have, and memory.

    That is of so many `columns` that double, or a straight line.
    """

    days: tuple[FeedOfDay, ...]
    sessions: tuple[Session, ...] = ()
    grace: int = 0
    max_size: int = 40
    columns: int | None = None


def day_of(choice: Choice, market: Market, feed: FeedOfDay) -> TradingDay:
    """Return one day of the market on a cluster that is set so."""
    overnight: Overnight = "none" if choice.calendar == "none" else "one"
    known = choice.calendar != "off"
    return TradingDay(
        size=choice.host.name,
        host=choice.host.size,
        scale=choice.scale,
        roll=choice.roll,
        hard=choice.hard,
        rule=choice.rule,
        yesterday=feed.yesterday if choice.rule == "demand" else 0,
        lead=choice.lead,
        feed=feed.feed,
        feed_name=feed.name,
        kib_per_update=feed.kib_per_update,
        columns=market.columns,
        end_of_day=feed.end_of_day,
        max_size=market.max_size,
        sessions=market.sessions if known else (),
        grace=market.grace if known else 0,
        overnight=overnight,
    )
