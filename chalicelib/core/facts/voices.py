"""What is remembered of an RDB's voices: q that did not answer, words that disagree, clocks ahead."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.contract.report import State, Time

# A report that is sent later may be received earlier by so much.
OVERTAKES = timedelta(seconds=15)

NO_WINDOW = "no window known"


class Unanswered(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RDB whose q does not answer: since when, and its state and window by the last report before that.

    `counted_from` is set where it did not answer shortly before either (answering.py). `span` is the window's
    (first, last].
    """

    since: Time
    state: State | None = None
    window: str = NO_WINDOW
    counted_from: Time | None = None
    span: tuple[int, int] | None = None

    @property
    def counts_from(self) -> datetime:
        """From when its deadlines run: earlier than `since` where it did not answer shortly before."""
        return self.counted_from or self.since


class Lapse(msgspec.Struct, frozen=True):
    """The time for which a q did not answer, until it did; several close together count as one."""

    counts_from: Time
    until: Time


class Contradiction(msgspec.Struct, frozen=True):
    """Two reports of one RDB that no honest one sends one after the other, and when the second came."""

    at: Time
    before: State
    after: State


class ClockAhead(msgspec.Struct, frozen=True):
    """Reports are refused for a clock that is ahead: since when, when last, and by how many seconds.

    `mixed` is whether others were accepted between them.
    """

    since: Time
    at: Time
    seconds: int
    mixed: bool = False
