"""Facts that are worth a write: where only times moved, the ledger as it is says the same."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.measuring import rests
from chalicelib.core.facts.rdb import Rdb, Reading
from chalicelib.core.facts.states import says_it_is_empty, takes_data

# A write has when each member was seen and heard last: what follows from that must not be of long ago.
WRITTEN_EVERY = timedelta(minutes=4)
# The alerts that end with the next report, which therefore counts.
OF_SILENCE = ("silent", "one-voice")


def is_news(known: Ledger, ledger: Ledger, now: datetime) -> bool:
    """Return whether a ledger says more than it did when it was read, or was not written for some minutes.

    Readings are asked for again. The report of one that rests says nothing new while it repeats itself, and
    that of one that takes nothing while it does so within these minutes.
    """
    seen = [rdb.member_seen for rdb in known.rdbs.values() if rdb.member_seen]
    if not seen or now - max(seen) >= WRITTEN_EVERY or known.rdbs.keys() != ledger.rdbs.keys():
        return True
    if _without_rdbs(known) != _without_rdbs(ledger):
        return True
    silent = any(key.startswith(OF_SILENCE) for key in ledger.alerts)
    return any(_says_more(known.rdbs[i], rdb, ledger, silent) for i, rdb in ledger.rdbs.items())


def _without_rdbs(ledger: Ledger) -> Ledger:
    """Return the ledger's own facts; what is learned of a rise is learned at the next look too."""
    learned = msgspec.structs.replace(ledger.learned, taken=0.0, idle_percent=0.0)
    return msgspec.structs.replace(ledger, rdbs={}, learned=learned, measured_at=None)


def _says_more(before: Rdb, after: Rdb, ledger: Ledger, silent: bool) -> bool:
    if before is after:
        return False
    quiet = not silent and _repeats(before, ledger) and _repeats(after, ledger)
    quiet = quiet or (_repeats_at_once(before, after) and before.proven is after.proven)
    # A `drained` of before may come yet: by the sequence of this one it is the older word (rule 3).
    quiet = quiet and not (after.report and after.report.takes_back)
    return _lasting(before, quiet) != _lasting(after, quiet)


def _repeats(rdb: Rdb, ledger: Ledger) -> bool:
    """Return whether its reports only repeat themselves: it rests, or is proven to be drained and on hold."""
    on_hold = ledger.hold is not None or rdb.hold is not None
    return rests(rdb) or (rdb.drained and rdb.proven and on_hold)


def _repeats_at_once(before: Rdb, after: Rdb) -> bool:
    """Return whether one that takes nothing reports again within the minutes in which a write comes."""
    if takes_data(after.state_said) or before.received_at is None or after.received_at is None:
        return False
    return after.received_at - before.received_at < WRITTEN_EVERY


def _lasting(rdb: Rdb, quiet: bool) -> Rdb:
    """Return an RDB without what moves with time; that one is still Terminating is news (folding.py)."""
    ending = rdb.member is not None and rdb.member.ending
    rdb = msgspec.structs.replace(
        rdb,
        member_seen=rdb.member_seen if ending else None,
        metric=None,
        earlier=None,
        trail=(),
        crest=None,
        peak=rdb.peak and Reading(rdb.peak.percent // 10, rdb.first_seen),
    )
    if not quiet or rdb.report is None:
        return rdb
    report = msgspec.structs.replace(rdb.report, sequence=0, sent_at=rdb.first_seen, memory_used=0)
    proven = int(rdb.proven) if says_it_is_empty(rdb.state) else rdb.proven_sequence
    return msgspec.structs.replace(
        rdb, report=report, received_at=None, ready_at=None, proven_sequence=proven
    )
