"""The tickerplant of a cluster, by its own reports: whether updates wait for a live RDB."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

import msgspec

from chalicelib.contract.report import Time
from chalicelib.contract.tickerplant import TickerplantReport


class KnownTickerplant(msgspec.Struct, frozen=True, omit_defaults=True):
    """The newest report of the cluster's tickerplant, and when it came.

    `waits_since` is since when updates wait, while they do, `waited_at` when they were last said to wait.
    """

    report: TickerplantReport
    received_at: Time
    waits_since: Time | None = None
    waited_at: Time | None = None

    def after(self, report: TickerplantReport, at: datetime) -> Self:
        """Return what is known after a newer report."""
        waits = report.waiting > 0
        return msgspec.structs.replace(
            self,
            report=report,
            received_at=at,
            waits_since=(self.waits_since or at) if waits else None,
            waited_at=at if waits else self.waited_at,
        )

    @property
    def said_at(self) -> datetime:
        """The time of its newest report; a clock that runs ahead counts as the time of receipt."""
        return min(self.report.sent_at, self.received_at)

    def is_heard(self, now: datetime, fresh: timedelta) -> bool:
        """Return whether it would have said by now that updates wait."""
        return now - self.received_at < fresh


def tickerplant_after(
    known: KnownTickerplant | None, reports: Iterable[tuple[TickerplantReport, datetime]]
) -> tuple[KnownTickerplant | None, tuple[str, ...]]:
    """Return what is known of the tickerplant after some reports, and why any were ignored."""
    ignored = []
    for report, at in sorted(reports, key=lambda said: said[0].sequence):
        if known and report.sequence <= known.report.sequence:
            before = known.report.sequence
            ignored.append(f"sequence: {report.sequence} of the tickerplant is not after {before}")
        else:
            known = (known or KnownTickerplant(report, at)).after(report, at)
    return known, tuple(ignored)
