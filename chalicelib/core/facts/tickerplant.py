"""The tickerplant of a cluster, by its own reports: whether updates wait for a live RDB."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

import msgspec

from chalicelib.contract.report import Time
from chalicelib.contract.tickerplant import TickerplantReport
from chalicelib.core.facts.voices import OVERTAKES

# The two of a cluster whose tickerplant moved to another host do not speak in turn for so long.
IN_TURN = timedelta(minutes=15)


class KnownTickerplant(msgspec.Struct, frozen=True, omit_defaults=True):
    """The newest report of the cluster's tickerplant, and when it came.

    `waits_since` is since when updates wait, while they do, `waited_at` when they were last said to wait.
    `before` is the instance that spoke before this one, until `before_at`, `doubted_at` when the two last
    spoke in turn, or a report was muted by one of another clock.
    """

    report: TickerplantReport
    received_at: Time
    waits_since: Time | None = None
    waited_at: Time | None = None
    before: str = ""
    before_at: Time | None = None
    doubted_at: Time | None = None

    def after(self, report: TickerplantReport, at: datetime) -> Self:
        """Return what is known after a newer report."""
        waits = report.waiting > 0
        known = self._spoken_by(report.instance_id, at)
        return msgspec.structs.replace(
            known,
            report=report,
            received_at=at,
            waits_since=(self.waits_since or at) if waits else None,
            waited_at=at if waits else self.waited_at,
        )

    def _spoken_by(self, instance_id: str, at: datetime) -> Self:
        """Return the same with who speaks now: one that goes on after another did is in doubt with it."""
        if instance_id == self.report.instance_id:
            return self
        in_turn = instance_id == self.before and self.before_at and at - self.before_at < IN_TURN
        return msgspec.structs.replace(
            self,
            before=self.report.instance_id,
            before_at=self.received_at,
            doubted_at=at if in_turn else self.doubted_at,
        )

    def mutes(self, report: TickerplantReport, at: datetime) -> bool:
        """Return whether its newest report is ahead of the time, and mutes one of another clock.

        Of one clock a report may overtake another by what its delivery takes.
        """
        ahead = self.report.sequence - at.timestamp() * 1000
        then = self.report.sequence - self.received_at.timestamp() * 1000
        behind = then - (report.sequence - at.timestamp() * 1000)
        return ahead > 0 and behind > OVERTAKES.total_seconds() * 1000

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
            if known.mutes(report, at):
                known = msgspec.structs.replace(known, doubted_at=at)
        else:
            known = (known or KnownTickerplant(report, at)).after(report, at)
    return known, tuple(ignored)
