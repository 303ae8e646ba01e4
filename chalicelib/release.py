"""The gate: whether one RDB may be released, and every reason why not (rules 3 and 4)."""

from datetime import datetime

from chalicelib.cluster import Rdb
from chalicelib.contracts import State
from chalicelib.settings import ClusterSettings


def refusals(rdb: Rdb | None, spare: int, settings: ClusterSettings, now: datetime) -> tuple[str, ...]:
    """Every reason against releasing an RDB; none means that it may be released.

    `spare` is how far the group's desired capacity is above its MinSize. Lack of room is no reason: at
    MaxSize a drained RDB that may not leave would block the one that should come.
    """
    if rdb is None or rdb.member is None:
        return ("not in this group",)
    reasons = [*_of_member(rdb, now), *_of_report(rdb, settings, now)]
    if spare < 1:
        reasons.append("the group is at MinSize")
    return tuple(reasons)


def _of_member(rdb: Rdb, now: datetime) -> list[str]:
    assert rdb.member is not None
    if rdb.leaving(now):
        return ["already released"]
    if not rdb.member.in_service:
        return [f"not in service but {rdb.member.lifecycle}"]
    return []


def _of_report(rdb: Rdb, settings: ClusterSettings, now: datetime) -> list[str]:
    report, received_at = rdb.report, rdb.received_at
    if report is None or received_at is None:
        return ["never reported"]
    reasons = []
    if report.state is not State.DRAINED:
        reasons.append(f"not drained but {report.state}")
    if report.rows != 0:
        reasons.append("rows unknown" if report.rows is None else f"holds {report.rows} rows")
    age = now - min(report.sent_at, received_at)
    if age >= settings.drained_good:
        reasons.append(f"newest report is {age.total_seconds():.0f} s old")
    return reasons
