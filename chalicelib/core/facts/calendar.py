"""The calendar of a cluster: when its market trades, as UTC instants, in order and without overlap."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate, batched
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from chalicelib.contract.errors import BadInput
from chalicelib.contract.report import Time

SCHEMA = 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

MOST_SESSIONS = 3000
MOST_GRACE_MINUTES = 24 * 60
LONGEST_SESSION = timedelta(days=7)
# Of a mistyped year; and the sum of the minutes stays a time.
LAST_YEAR = 2100
TOLD_BEFORE = timedelta(days=14)

Overnight = Literal["one", "none"]
GraceMinutes = Annotated[int, Meta(ge=0, le=MOST_GRACE_MINUTES)]


class Session(NamedTuple):
    """One trading period: it begins at `start`, and at `end` it is over."""

    start: datetime
    end: datetime


class Calendar(msgspec.Struct, frozen=True, dict=True, tag_field="schema", tag=SCHEMA):
    """The sessions of a cluster, and what becomes of its RDBs after each.

    `minutes` are alternately how long it is closed and how long open, from 1970 on: it is never out of order,
    and 3,000 sessions have at most 40 KB. `overnight` is how many RDBs are kept between sessions,
    `by` and `at` say who put the calendar and when.
    """

    minutes: tuple[Annotated[int, Meta(ge=0)], ...]
    grace_minutes: GraceMinutes = 60
    overnight: Overnight = "one"
    by: str = ""
    at: Time = EPOCH

    def __post_init__(self) -> None:
        if not 2 <= len(self.minutes) <= 2 * MOST_SESSIONS or len(self.minutes) % 2:
            raise ValueError(f"minutes: must be a pair for each session, of 1 to {MOST_SESSIONS}")
        if 0 in self.minutes[1::2]:
            raise ValueError("minutes: a session must have at least one")
        if sum(self.minutes) > (datetime(LAST_YEAR, 1, 1, tzinfo=UTC) - EPOCH) // MINUTE:
            raise ValueError(f"minutes: end after {LAST_YEAR}")

    @classmethod
    def of(
        cls, sessions: Sequence[Session], grace_minutes: int = 60, overnight: Overnight = "one"
    ) -> "Calendar":
        """Return the calendar of some sessions. Raises BadInput naming the session and the rule."""
        if not 1 <= len(sessions) <= MOST_SESSIONS:
            raise BadInput("sessions", f"must be 1 to {MOST_SESSIONS}, and are {len(sessions)}")
        before, minutes = EPOCH, list[int]()
        for number, session in enumerate(sessions):
            _check(f"sessions[{number}]", session, before)
            minutes += [(session.start - before) // MINUTE, (session.end - session.start) // MINUTE]
            before = session.end
        return cls(tuple(minutes), grace_minutes, overnight)

    @property
    def grace(self) -> timedelta:
        """How long after a close RDBs keep what they hold."""
        return self.grace_minutes * MINUTE

    @property
    def sessions(self) -> Iterator[Session]:
        """The sessions in order."""
        for start, end in batched(self._marks, 2):
            yield Session(_time(start), _time(end))

    @property
    def reaches(self) -> datetime:
        """The end of its last session; after that it says nothing."""
        return _time(self._marks[-1])

    def in_session(self, now: datetime) -> bool:
        """Return whether the market trades."""
        return self._passed(now) % 2 == 1

    def next_open(self, now: datetime) -> datetime | None:
        """Return the first open after now; None after the last."""
        passed = self._passed(now)
        following = self._marks[passed + passed % 2 :][:1]
        return _time(following[0]) if following else None

    def last_close(self, now: datetime) -> datetime | None:
        """Return the newest close that is over; None before the first."""
        passed = self._passed(now)
        closes = passed - passed % 2
        return _time(self._marks[closes - 1]) if closes else None

    def open_near(self, now: datetime, before: timedelta, after: timedelta) -> datetime | None:
        """Return the first open that is at most `before` away, or less than `after` ago."""
        first = self.next_open(now - after)
        return first if first and first - before <= now else None

    def rests(self, now: datetime, wake: timedelta) -> bool:
        """Return whether a close and its grace are over, and the next open is further than `wake` away.

        Without a next open nothing is known, and nobody rests: a calendar that has run out changes nothing.
        """
        close, following = self.last_close(now), self.next_open(now)
        if close is None or following is None or self.in_session(now):
            return False
        return close + self.grace <= now < following - wake

    @cached_property
    def _marks(self) -> list[int]:
        """Each open and each close in turn, in minutes since 1970."""
        return list(accumulate(self.minutes))

    def _passed(self, now: datetime) -> int:
        """Return how many opens and closes are over: in a session it is an odd number."""
        return bisect_right(self._marks, (now - EPOCH) // MINUTE)


class KeptCalendar(msgspec.Struct, frozen=True):
    """What is kept as the calendar of a cluster: none, one, or something that this version cannot read.

    `unreadable` is the sentence that says why. It is left as it is, and nothing is done by it (rule 15).
    """

    calendar: Calendar | None = None
    unreadable: str = ""


NO_CALENDAR = KeptCalendar()


def _time(minutes: int) -> datetime:
    return EPOCH + minutes * MINUTE


def _check(where: str, session: Session, before: datetime) -> None:
    start, end = session
    for name, time in (("start", start), ("end", end)):
        if time.second or time.microsecond:
            raise BadInput(f"{where}.{name}", f"{time.isoformat()} is no whole minute")
    if end <= start:
        raise BadInput(f"{where}.end", f"{end:%FT%TZ} is not after the start, {start:%FT%TZ}")
    if end.year >= LAST_YEAR:
        raise BadInput(f"{where}.end", f"{end:%FT%TZ} is not before {LAST_YEAR}")
    if end - start > LONGEST_SESSION:
        raise BadInput(
            f"{where}.end", f"{end:%FT%TZ} is more than {LONGEST_SESSION.days} days after the start"
        )
    if start < before:
        raise BadInput(
            f"{where}.start",
            f"{start:%FT%TZ} is before the end of the session before it, {before:%FT%TZ}: they must be "
            "in order, and must not overlap",
        )
