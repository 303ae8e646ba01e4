"""Windows that do not tile: updates that no RDB holds, or that two do (windows.py).

What hosts say at different times may look like either: so a break is told once it has stood for longer than
a report and its repetition take, and no window that was open then has told otherwise since.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import assert_never
from zlib import crc32

import msgspec

from chalicelib.contract.report import REPORT_EVERY
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.text import and_more
from chalicelib.core.facts.windows import Break, breaks_of, windows_of

# One report may be lost.
TOLD_AFTER = 2 * REPORT_EVERY + timedelta(minutes=1)
# The ledger is bounded: of more than that the first by their indices are followed.
FOLLOWED = 20


def with_breaks(situation: Situation) -> Ledger:
    """Return the ledger with since when its windows do not tile, by the key of each break."""
    known, found = situation.ledger.breaks, breaks_in(situation.ledger)
    if situation.settings.retiring:
        found = ()
    breaks = {each.key: known.get(each.key, situation.now.replace(microsecond=0)) for each in found}
    return msgspec.structs.replace(situation.ledger, breaks=breaks)


def breaks_in(ledger: Ledger) -> tuple[Break, ...]:
    """Return where the windows do not tile by the newest reports, told or not; nothing without a tickerplant.

    Only a tickerplant that reports is known to number updates as the windows do, and never from 0 again.
    """
    if ledger.tiled_from is None:
        return ()
    return tuple(breaks_of(windows_of(ledger), ledger.tiled_from))[:FOLLOWED]


def is_sure(each: Break, since: datetime, now: datetime) -> bool:
    """Return whether a break that was first seen at a time cannot come from reports of different times."""
    if now - since < TOLD_AFTER:
        return False
    told = (window.told_at for window in (each.earlier, each.later) if window.open)
    return all(at is not None and at > since for at in told)


def alerts_of_tiling(situation: Situation) -> Iterator[Alert]:
    """Yield one alert about all gaps and one about all overlaps that are sure; each names the first."""
    ledger, now = situation.ledger, situation.now
    sure = [
        each
        for each in breaks_in(ledger)
        if (since := ledger.breaks.get(each.key)) and is_sure(each, since, now)
    ]
    gaps = [each for each in sure if each.kind == "gap"]
    overlaps = [each for each in sure if each.kind == "overlap"]
    yield from (_alert(some, ledger) for some in (gaps, overlaps) if some)


def _alert(breaks: Sequence[Break], ledger: Ledger) -> Alert:
    first, others = breaks[0], and_more(len(breaks) - 1)
    cause = f"{crc32(' '.join(each.key for each in breaks).encode()):08x}"
    text = f"{in_words(first)} since {ledger.breaks[first.key]:%FT%TZ}{others}; {to_do(first)}"
    return Alert.of(first.kind, text, cause=cause)


def in_words(each: Break) -> str:
    """Return what is broken, with the updates and both windows."""
    updates = f"the updates {each.after + 1} to {each.until}"
    match each.kind:
        case "gap":
            return f"no RDB holds {updates}, between {each.earlier} and {each.later},"
        case "overlap":
            return f"{each.earlier} and {each.later} both hold {updates}"
        case _:
            assert_never(each.kind)


def to_do(each: Break) -> str:
    """Return what comes of it, and what to do."""
    match each.kind:
        case "gap":
            return (
                "no query finds them, and the write-down must read them from the log: find who held them in "
                "the decisions, and start its q again if it is there"
            )
        case "overlap":
            return (
                "a query over both counts them twice: look in the tickerplant's .tp.windows whose they are; "
                "the q of the other one may be started again, and reads its own from the log, but not while "
                "it says orphaned: then they are nowhere else"
            )
        case _:
            assert_never(each.kind)
