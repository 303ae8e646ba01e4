"""The table of windows: which RDB holds which updates, where clients reach it, and whether windows tile."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.contract.errors import BadInput
from chalicelib.core.alerts.tiling import breaks_in, is_sure
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.windows import Window, windows_of
from chalicelib.core.plan import DecidedPlan
from chalicelib.triggers.times import instant

FROM, TO = "from", "to"


class Span(msgspec.Struct, frozen=True):
    """The time range that a request asks for; both ends belong to it, and a missing one is open."""

    begin: datetime | None = None
    end: datetime | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Span":
        """Return what a query asks for. Raises BadInput."""
        begin, end = (instant(name, query[name]) if name in query else None for name in (FROM, TO))
        if begin and end and begin > end:
            raise BadInput(FROM, f"must not be after to, and {begin:%FT%TZ} is after {end:%FT%TZ}")
        return cls(begin, end)

    def takes_in(self, first: datetime | None, last: datetime | None) -> bool:
        """Return whether updates between two times may be of it; an end that is not known may be anywhere."""
        begins_late = self.end is not None and first is not None and first > self.end
        ends_early = self.begin is not None and last is not None and last < self.begin
        return not (begins_late or ends_early)


def windows_view(plan: DecidedPlan, span: Span) -> dict[str, Any]:
    """Return the windows that a time range may need, in the order of their indices, and where they break."""
    decided, at = plan.decided, plan.decision.at
    ledger = decided.ledger
    rows = [_row(window, ledger) for window in windows_of(ledger)]
    return {
        "cluster": ledger.cluster,
        "at": at,
        "tickerplant": _tickerplant(ledger),
        "windows": [row for row in rows if span.takes_in(row["first_time"], row["last_time"])],
        "breaks": None if ledger.tiled_from is None else _breaks(ledger, at),
    }


def _row(window: Window, ledger: Ledger) -> dict[str, Any]:
    rdb = ledger.rdbs[window.instance_id]
    report = rdb.report
    assert report, "a window is known by a report"
    return {
        "instance_id": window.instance_id,
        "host": report.host,
        "port": report.port,
        "state": report.state,
        "first_index": window.first,
        "last_index": window.last,
        "first_time": report.first_time,
        "last_time": None if window.open else report.last_time,
        "rows": report.rows,
        "reported_at": rdb.received_at,
    }


def _tickerplant(ledger: Ledger) -> dict[str, Any] | None:
    known = ledger.tickerplant
    if known is None:
        return None
    report = known.report
    return {
        "instance_id": report.instance_id,
        "updates": report.updates,
        "queue": report.queue,
        "waiting": report.waiting,
        "reported_at": known.received_at,
    }


def _breaks(ledger: Ledger, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "kind": each.kind,
            "first_index": each.after,
            "last_index": each.until,
            "rdbs": [each.earlier.instance_id, each.later.instance_id],
            "since": ledger.breaks[each.key],
            "told": is_sure(each, ledger.breaks[each.key], at),
        }
        for each in breaks_in(ledger)
        if each.key in ledger.breaks
    ]
