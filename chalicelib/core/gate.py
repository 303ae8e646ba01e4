"""The gate: whether one RDB may be released, and every reason why not (rules 3, 4 and 6)."""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.contract.report import State
from chalicelib.core.ledger import Group, Ledger, Rdb
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.walls import against_release

# Percentage points: q and the host's own services move memory by less without any data coming in.
RISE = 1.0


def refusals(
    ledger: Ledger, group: Group, instance_id: str, spare: int, settings: ClusterSettings, now: datetime
) -> tuple[str, ...]:
    """Every reason against releasing an RDB; none means that it may be released.

    `spare` is how far the group's desired capacity is above its MinSize. Lack of room is no reason: at
    MaxSize a drained RDB that may not leave would block the one that should come. An operator's request
    passes here too; there is no force.
    """
    rdb = ledger.rdbs.get(instance_id)
    if rdb is None or rdb.member is None:
        return ("not in this group",)
    reasons = [*_of_member(rdb, spare, now), *_of_holds(ledger, rdb)]
    if rdb.dead_at is None:
        reasons += [*_of_report(rdb, settings, now), *_of_proof(rdb), *_of_memory(rdb)]
        reasons += against_release(ledger, group, now)
    return tuple(reasons)


def _of_member(rdb: Rdb, spare: int, now: datetime) -> Iterable[str]:
    """A member in service leaves with its place; one that is already terminating gave it up."""
    assert rdb.member is not None
    if rdb.member.in_service or (rdb.member.pending and rdb.dead_at):
        if rdb.leaving(now):
            yield "already released"
        if spare < 1 and rdb.dead_at is None:
            yield "the group is at MinSize"
    elif rdb.member.lifecycle not in ("Terminating:Wait", "Terminating:Retained"):
        yield f"not in service but {rdb.member.lifecycle}"


def _of_holds(ledger: Ledger, rdb: Rdb) -> Iterable[str]:
    if ledger.hold:
        yield f"the cluster is {ledger.hold}"
    if rdb.hold:
        yield f"the RDB is {rdb.hold}"


def _of_report(rdb: Rdb, settings: ClusterSettings, now: datetime) -> Iterable[str]:
    report, received_at = rdb.report, rdb.received_at
    if report is None or received_at is None:
        yield "never reported"
        return
    if report.state is State.LIVE:
        yield "it is the live one"
    if report.state is not State.DRAINED:
        yield f"not drained but {report.state}"
    if report.rows != 0:
        yield "rows unknown" if report.rows is None else f"holds {report.rows} rows"
    age = now - min(report.sent_at, received_at)
    if age >= settings.drained_good:
        yield f"newest report is {age.total_seconds():.0f} s old"


def _of_proof(rdb: Rdb) -> Iterable[str]:
    if rdb.proven is None:
        yield f"no proof: {rdb.unproven or 'none came with a report'}"
    elif rdb.report is None or rdb.proven != rdb.report.sequence:
        yield f"the proof is of report {rdb.proven}, not of the newest"


def _of_memory(rdb: Rdb) -> Iterable[str]:
    """High but flat memory is no reason: q keeps its heap."""
    reported, metric = rdb.reported, rdb.metric
    if reported and metric and metric.at > reported.at and metric.percent > reported.percent + RISE:
        yield f"memory rose from {reported.percent:.1f} % to {metric.percent:.1f} % since its report"
