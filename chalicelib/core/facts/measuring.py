"""Whose memory is asked for, and under which name: a metric that is asked for costs money (rule 1).

A reading can decide about an RDB that takes data or may do so, and about one that has drained, before it is
released: a hold may be lifted at any look. One that has rolled *rests*: it is asked for now and then, by the
sweep every five minutes, and by a reconcile for which the sweep found a reason. In between it is judged as it
was at the last such look.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from zlib import crc32

from chalicelib.contract.names import METRIC_NAME, ROLLED_METRIC_NAME
from chalicelib.contract.report import MEASURED_EVERY, MEASURED_ON, REPORT_EVERY, ROLLED_EVERY
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.states import has_handed_over, may_take_data

# Its last report before it rolled is so much older at most.
LATELY = MEASURED_ON + REPORT_EVERY
# A metric has the begin of its minute.
MINUTE = timedelta(minutes=1)
# Where no metric can be read, reports are all that is heard of those that rest, and they come each hour.
REPORTS_ALONE = ROLLED_EVERY - MEASURED_EVERY


class Wanted(NamedTuple):
    """What is asked about one instance: the metrics of its memory, by the cluster that they are of."""

    cluster: str
    names: tuple[str, ...]


def rests(rdb: Rdb) -> bool:
    """Return whether no reading of an RDB decides: it has rolled, by its word or by a metric that came since.

    Not one that says that it is drained: its memory is looked at before it is released (rule 3).
    """
    by_metric = rdb.rested and measured_since(rdb) and may_take_data(rdb.state_said)
    return by_metric or has_handed_over(rdb.state_said)


def names_of(instance_id: str, ledger: Ledger, now: datetime, *, whole: bool) -> tuple[str, ...]:
    """Return the metrics to ask for; a `whole` look asks for those of resting RDBs too."""
    rdb = ledger.rdbs.get(instance_id)
    if rdb is None or rdb.report is None:
        # A ledger that was lost knows nothing of a roll, and the next report may be an hour away.
        return (METRIC_NAME, ROLLED_METRIC_NAME)
    if not rests(rdb):
        # What is old has the other name, where it rested until now.
        old = rdb.metric is not None and now - rdb.metric.at >= MEASURED_EVERY
        return (METRIC_NAME, ROLLED_METRIC_NAME) if old and rdb.was_ready else (METRIC_NAME,)
    # It was read after it had rolled: all that it took is known, and it takes no more.
    lately = rdb.ready_at is not None and now - rdb.ready_at < LATELY and not measured_since(rdb)
    # A reporter that starts anew while q does not answer knows nothing of the roll. One of the release before
    # knows no other name, and goes on under this one. And one that rests no more may not be heard.
    missed = rdb.metric and ledger.measured_at and ledger.measured_at - rdb.metric.at >= 2 * MEASURED_EVERY
    first_name = whole and (rdb.unanswered or missed or not rdb.rested)
    names = [METRIC_NAME] if lately or first_name else []
    return (*names, ROLLED_METRIC_NAME) if whole else tuple(names)


def measured_since(rdb: Rdb) -> bool:
    """Return whether its newest reading by CloudWatch was made after its newest report came, if any did."""
    if rdb.metric is None:
        return False
    return rdb.received_at is None or rdb.metric.at - rdb.received_at >= MINUTE


def measured_after(measured_at: datetime | None, now: datetime, *, read: bool) -> datetime:
    """Return as of when those that rest are judged after a whole look, whose metrics were `read` or not."""
    return now if read else max(filter(None, (measured_at, now - REPORTS_ALONE)))


def wanted_of(members: Iterable[str], ledger: Ledger, now: datetime, *, whole: bool) -> Mapping[str, Wanted]:
    """Return what is asked about the members of a cluster, by instance id."""
    found = ((i, names_of(i, ledger, now, whole=whole)) for i in members)
    return {i: Wanted(ledger.cluster, names) for i, names in found if names}


def whole_look_due(cluster: str, now: datetime) -> bool:
    """Return whether this minute's sweep takes a whole look at a cluster: every fifth does."""
    minutes = MEASURED_EVERY // timedelta(minutes=1)
    return int(now.timestamp()) // 60 % minutes == crc32(cluster.encode()) % minutes
