"""The tickerplant's own report: whether updates wait for a live RDB, told at once and again and again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chalicelib.contract.release import RELEASE
from chalicelib.contract.report import REPORT_EVERY
from chalicelib.contract.tickerplant import TickerplantReport
from highwater.market.tickerplant import Tickerplant

INSTANCE_ID = "i-0000000000000007b"


class WaitingReporter:
    """Reports for one tickerplant; each report goes to `publish`."""

    def __init__(self, cluster: str, publish: Callable[[TickerplantReport], None]) -> None:
        self._cluster = cluster
        self._publish = publish
        self._due: datetime | None = None
        self._waits = False

    def tick(self, plant: Tickerplant[Any], now: datetime) -> None:
        """Report that updates begin to wait, that none do any more, or what repeats."""
        waiting = plant.waiting if plant.live is None else 0
        if self._due and now < self._due and bool(waiting) is self._waits:
            return
        self._due, self._waits = now + REPORT_EVERY, bool(waiting)
        self._publish(
            TickerplantReport(
                version=1,
                cluster=self._cluster,
                instance_id=INSTANCE_ID,
                sequence=int(now.timestamp() * 1000),
                updates=plant.published,
                queue=len(plant.queue),
                waiting=waiting,
                sent_at=now,
                release=RELEASE,
            )
        )
