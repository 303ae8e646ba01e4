"""What is remembered of an RDB's voices: q that did not answer, words that disagree, clocks ahead."""

import msgspec

from chalicelib.contract.report import State, Time


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
