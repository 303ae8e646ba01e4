"""Learning: the ledger with what its newest facts teach about volume, launches and hosts (rule 1)."""

from datetime import datetime

import msgspec

from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.settings import LONGEST
from chalicelib.core.facts.states import boots, waits_for_data

# Memory that falls by so many points was given back: what is read after that is new.
FALL = 5.0


def with_learning(ledger: Ledger, now: datetime) -> Ledger:
    """Return the ledger that has learned from its own newest readings and reports.

    It may be called again and again: a rise is counted once, up to each RDB's crest.
    """
    learned = ledger.learned.on(f"{now:%F}")
    members = {i: rdb for i, rdb in ledger.rdbs.items() if rdb.member}
    totals = [rdb.report.memory_total for rdb in members.values() if rdb.report]
    idle = [rdb.reading.percent for rdb in members.values() if waits_for_data(rdb.state) and rdb.reading]
    if totals:
        learned = msgspec.structs.replace(learned, host_bytes=float(min(totals)))
    if idle:
        learned = msgspec.structs.replace(learned, idle_percent=round(max(idle), 1))
    taken, rdbs = learned.taken, dict(ledger.rdbs)
    for instance_id, rdb in members.items():
        known = rdb
        if rdb.launch_asked and rdb.ready_at:
            if rdb.ready_at - rdb.launch_asked <= LONGEST:
                learned = learned.with_lead(rdb.ready_at - rdb.launch_asked)
            known = msgspec.structs.replace(known, launch_asked=None)
        if (crest := _crest(rdb)) != rdb.crest:
            rise = crest - rdb.crest if crest is not None and rdb.crest is not None else 0.0
            if rise > 0 and takes_new_data(rdb):
                taken += rise / 100 * total_of(rdb, learned.host_bytes)
            known = msgspec.structs.replace(known, crest=crest)
        if known is not rdb:
            rdbs[instance_id] = known
    learned = msgspec.structs.replace(learned, taken=round(taken, 3))
    return msgspec.structs.replace(ledger, rdbs=rdbs, learned=learned)


def takes_new_data(rdb: Rdb) -> bool:
    """Return whether a rise of its memory is data that came now: not what it reads again from the log."""
    return not rdb.rereads and not boots(rdb.state)


def total_of(rdb: Rdb, host_bytes: float) -> float:
    """Return the memory of its host: by its report, or as that of the others."""
    return float(rdb.report.memory_total) if rdb.report else host_bytes


def _crest(rdb: Rdb) -> float | None:
    reading = rdb.reading
    if reading is None:
        return rdb.crest
    percent = round(reading.percent, 2)
    if rdb.crest is None or percent > rdb.crest or percent < rdb.crest - FALL:
        return percent
    return rdb.crest
