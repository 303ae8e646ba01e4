"""Clocks that are ahead: reports are refused for them, and it is told (rule 6)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.contract.report import ROLLED_EVERY
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.measuring import rests
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.voices import ClockAhead
from chalicelib.core.facts.wake_ups import Ahead

# A reporter repeats its report every five minutes: one that is refused for its clock is over once two more
# would have come, since one may be lost.
AHEAD_APART = timedelta(minutes=11)


def with_ahead(ledger: Ledger, refused: Iterable[tuple[Ahead, datetime]]) -> Ledger:
    """Return the ledger with the members whose reports were refused for their clocks, and when."""
    for ahead, at in refused:
        rdb = ledger.rdbs.get(ahead.instance_id)
        if rdb and rdb.member:
            known = rdb.clock_ahead
            since = known.since if known and at - known.at < ahead_apart(rdb) else at
            between = rdb.received_at is not None and since <= rdb.received_at < at
            mixed = between or (known is not None and since == known.since and known.mixed)
            ledger = ledger.with_rdb(
                ahead.instance_id,
                clock_ahead=ClockAhead(since, at, ahead.seconds, mixed),
                unheeded_at=at if rdb.drained else rdb.unheeded_at,
            )
    return ledger


def ahead_apart(rdb: Rdb) -> timedelta:
    """Return within what time the next report of an RDB is refused too, if its clock is still ahead."""
    return ROLLED_EVERY + AHEAD_APART if rests(rdb) else AHEAD_APART
