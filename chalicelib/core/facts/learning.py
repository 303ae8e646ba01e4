"""Learning: the ledger with what its newest facts teach about volume, launches and hosts (rule 1).

No single word moves it far: each number has its limit here.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.core.facts.group import Group
from chalicelib.core.facts.learned import Learned
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Rdb, Reading
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.states import boots, waits_for_data
from chalicelib.core.facts.trail import METRIC_COMES

# Memory that falls by so many points was given back: what is read after that is new. Metric and report of an
# idle host are no further apart.
FALL = 5.0
# A host with more in use is not idle, whatever it says.
MOST_IDLE = 50.0
# The memory of a group's hosts differs by this factor at most.
MOST_MIXED = 16
# A day brings at most what fills every place of the group so many times.
MOST_FILLS = 2


def with_learning(ledger: Ledger, group: Group, settings: ClusterSettings, now: datetime) -> Ledger:
    """Return the ledger that has learned from its own newest readings and reports.

    It may be called again and again: a rise is counted once, up to each RDB's crest.
    """
    rdbs = _with_totals(ledger)
    members = {i: rdb for i, rdb in rdbs.items() if rdb.member}
    learned = _with_hosts(ledger.learned.on(f"{now:%F}"), members)
    taken = learned.taken
    for instance_id, rdb in members.items():
        known = rdb
        if rdb.launch_asked and rdb.ready_at:
            # Past the boot deadline it was no room any more, and that is told: horizons grow no further.
            lead = min(rdb.ready_at - rdb.launch_asked, settings.boot_deadline)
            # A host's clock that is behind says that it was ready before it was asked for.
            learned = learned.with_lead(lead) if lead > timedelta() else learned
            known = msgspec.structs.replace(known, launch_asked=None)
        if (crest := _crest(rdb)) != rdb.crest:
            rise = crest - rdb.crest if crest is not None and rdb.crest is not None else 0.0
            if rise > 0 and takes_new_data(rdb):
                taken += rise / 100 * total_of(rdb, learned.host_bytes)
            known = msgspec.structs.replace(known, crest=crest)
        if known is not rdb:
            rdbs[instance_id] = known
    most = MOST_FILLS * group.max_size * learned.host_bytes
    taken = round(max(learned.taken, min(taken, most)), 3)
    return msgspec.structs.replace(ledger, rdbs=rdbs, learned=msgspec.structs.replace(learned, taken=taken))


def takes_new_data(rdb: Rdb) -> bool:
    """Return whether a rise of its memory is data that came now: not what it reads again from the log."""
    return not rdb.rereads and not boots(rdb.state)


def total_of(rdb: Rdb, host_bytes: float) -> float:
    """Return the memory of its host: by its first report, or as that of the others."""
    return float(rdb.total) if rdb.total else host_bytes


def _with_totals(ledger: Ledger) -> dict[str, Rdb]:
    """Return the RDBs with the memory of their hosts.

    A host's memory never changes, so that its first report counts: unless it is far from that of the others.
    """
    reported = {i: rdb.report.memory_total for i, rdb in ledger.rdbs.items() if rdb.member and rdb.report}
    anchored = any(ledger.rdbs[i].total for i in reported)
    usual, rdbs = ledger.learned.host_bytes, dict(ledger.rdbs)
    for instance_id, total in reported.items():
        near = usual / MOST_MIXED <= total <= usual * MOST_MIXED
        if rdbs[instance_id].total is None and (near or not anchored):
            rdbs[instance_id] = msgspec.structs.replace(rdbs[instance_id], total=total)
    return rdbs


def _with_hosts(learned: Learned, members: Mapping[str, Rdb]) -> Learned:
    """Return the same with the memory of the smallest host, and with what an idle one has in use.

    Of several idle ones the lowest counts: a new host that seems nearly full would want many others.
    """
    totals = [rdb.total for rdb in members.values() if rdb.total]
    measured = any(rdb.metric for rdb in members.values())
    found = (_idle_percent(rdb, measured) for rdb in members.values() if waits_for_data(rdb.state))
    idle = [percent for percent in found if percent is not None]
    return msgspec.structs.replace(
        learned,
        host_bytes=float(min(totals)) if totals else learned.host_bytes,
        idle_percent=round(min(*idle, MOST_IDLE), 1) if idle else learned.idle_percent,
    )


def _idle_percent(rdb: Rdb, measured: bool) -> float | None:
    """Return what an idle host has in use; None where its report and its metric do not agree.

    A report alone counts only where no host is `measured`.
    """
    if rdb.metric is None or rdb.reported is None:
        return rdb.reported.percent if rdb.reported and not measured else None
    agree = abs(rdb.metric.percent - rdb.reported.percent) <= FALL
    return rdb.metric.percent if agree else None


def _measured(rdb: Rdb) -> Reading | None:
    """Return its metric; a report counts only where no metric comes, since anybody may send a false one."""
    metric, reported = rdb.metric, rdb.reported
    if metric and (reported is None or reported.at - metric.at < METRIC_COMES):
        return metric
    return reported


def _crest(rdb: Rdb) -> float | None:
    reading = _measured(rdb)
    if reading is None:
        return rdb.crest
    percent = round(reading.percent, 2)
    if rdb.crest is None or percent > rdb.crest or percent < rdb.crest - FALL:
        return percent
    return rdb.crest
