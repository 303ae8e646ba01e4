"""The windows of a cluster by the RDBs' own reports, and whether they tile: no gap, no overlap.

A window is (first, last]. The next one begins where it ends; the open end is that of the live RDB.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.states import takes_data
from chalicelib.core.facts.tickerplant import KnownTickerplant

BreakKind = Literal["gap", "overlap"]


class Window(msgspec.Struct, frozen=True):
    """What one RDB holds. `open` is whether more may have come since: it was live by its last word.

    `answers` is whether a query would find its rows now, `told_at` when it last told of the window itself.
    """

    instance_id: str
    first: int
    last: int
    open: bool = False
    answers: bool = True
    told_at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.instance_id} with window ({self.first}, {self.last}]"


class Break(msgspec.Struct, frozen=True):
    """Updates (after, until] that nobody holds, or two: `earlier` is the window that begins first."""

    kind: BreakKind
    after: int
    until: int
    earlier: Window
    later: Window

    @property
    def key(self) -> str:
        """What tells it from another one; its indices move while one of the two is live."""
        return f"{self.kind} {self.earlier.instance_id} {self.later.instance_id}"


def breaks_of(windows: Iterable[Window], begin: int) -> Iterator[Break]:
    """Yield where windows do not tile, in the order of their indices; nothing up to `begin` is judged.

    A gap may be filled by whoever holds rows. Two hold the same only if both answer. What is open goes on at
    least to where it was told, so that no report is too old to show an overlap, and any later one may close
    a gap behind it.
    """
    ordered = sorted(windows, key=lambda window: (window.first, window.last, window.instance_id))
    holds = [window for window in ordered if window.last > window.first or window.open]
    answering = [window for window in holds if window.answers]
    gaps = (Break("gap", max(a.last, begin), b.first, a, b) for a, b in _pairs(holds))
    overlaps = (
        Break("overlap", max(b.first, begin), min(a.last, b.last), a, b) for a, b in _pairs(answering)
    )
    found = [each for each in (*gaps, *overlaps) if each.after < each.until]
    yield from sorted(found, key=lambda each: (each.after, each.until, each.kind))


def _pairs(windows: Iterable[Window]) -> Iterator[tuple[Window, Window]]:
    """Yield each window but the first, after the one before it that reaches furthest."""
    furthest: Window | None = None
    for window in windows:
        if furthest:
            yield furthest, window
        if furthest is None or window.last >= furthest.last:
            furthest = window


def windows_of(ledger: Ledger) -> tuple[Window, ...]:
    """Return the windows in the order of their indices, by the newest word of each RDB about its own.

    Not of instances that the group never showed, nor of those that EC2 calls terminated or that have proven
    that they are empty. One that says so without a proof, was stopped or left may hold rows, and answers
    nobody.
    """
    found = (_window_of(instance_id, rdb) for instance_id, rdb in ledger.rdbs.items())
    return tuple(sorted(filter(None, found), key=lambda window: (window.first, window.last)))


def _window_of(instance_id: str, rdb: Rdb) -> Window | None:
    if rdb.span is None or rdb.member_seen is None or rdb.dead_at or rdb.proven_empty:
        return None
    there = rdb.member is not None and not rdb.is_down and not rdb.drained
    return Window(
        instance_id,
        *rdb.span,
        open=takes_data(rdb.state_said),
        answers=there and not rdb.unanswered,
        told_at=None if rdb.unanswered else rdb.received_at,
    )


def tiled_from_after(ledger: Ledger, known: Rdb, rdb: Rdb) -> int | None:
    """Return from which update on windows must tile, once an RDB has reported.

    An RDB drops what is persisted, and nothing after what is not: all updates up to the end of one that has
    proven that it is empty are persisted, and all up to the begin of one that has dropped its first part.
    """
    if ledger.tiled_from is None or rdb.member_seen is None:
        return ledger.tiled_from
    before, after = known.span or (0, 0), rdb.span
    if rdb.proven_empty:
        persisted = max(before[1], after[1] if after else 0)
    else:
        persisted = after[0] if known.span and after and before[0] < after[0] else 0
    return max(ledger.tiled_from, persisted)


def tiled_from_heard(
    tiled_from: int | None, before: KnownTickerplant | None, known: KnownTickerplant | None
) -> int | None:
    """Return from which update on windows must tile, once the tickerplant has reported.

    What it had numbered when it was first heard is not judged: who held that may have left before. A count
    that two reports in a row put lower began anew.
    """
    if known is None or known == before:
        return tiled_from
    said = max(before.report.updates if before else 0, known.report.updates)
    return known.report.updates if tiled_from is None or said < tiled_from else tiled_from
