"""Missed RDBs: those for which updates wait, whatever they say of themselves (rule 5)."""

from datetime import datetime, timedelta

from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import says_it_takes_data, waits_for_data

# A q that its supervisor starts again says `booting` by then, and one that became live is known by then.
TAKES_OVER = timedelta(minutes=2)


def missed_since(rdb: Rdb, situation: Situation) -> datetime | None:
    """Return since when updates wait for an RDB that is ready, or was when its q answered last; None if none.

    One that does not answer may be started again. One that says that it is ready is missed only where the
    tickerplant has said again that updates wait: its word that none do any more may be lost. A standby is
    none of them while the tickerplant has one in its queue: no other would be given what waits either.
    """
    known, waits_since = situation.ledger.tickerplant, situation.waits_since
    if known is None or waits_since is None:
        return None
    if held := rdb.unanswered:
        since, until = max(held.since, waits_since), situation.now
        ready = says_it_takes_data(held.state)
    else:
        since, until = max(rdb.ready_since or waits_since, waits_since), known.said_at
        ready = says_it_takes_data(rdb.state) and not (waits_for_data(rdb.state) and known.report.queue)
    return since if ready and until - since >= TAKES_OVER else None
