"""What a day looked like: samples for the page, and the facts that the figures are made of."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import boto3
import msgspec

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.core.decision import Decision
from twin.market.rdb import Rdb
from twin.market.tickerplant import Tickerplant

SAMPLE_EVERY = timedelta(minutes=1)


class Recording:
    """Samples by minute, and what was true at the end of the day and at the end of the run."""

    def __init__(self, midnight: datetime) -> None:
        self._midnight = midnight
        self._next_sample = midnight
        self.minutes: list[float] = []
        self.desired: list[int] = []
        self.alive: list[int] = []
        self.memory: dict[str, list[tuple[float, float]]] = {}
        self.most_alive = 0
        self.updates_total = 0
        self.updates_unheld = 0
        self.seconds_without_live = 0.0
        self.final_desired = 0
        self.crossings: list[datetime] = []
        self.decisions: list[tuple[str, Decision]] = []

    def sample(self, now: datetime, tickerplant: Tickerplant, desired: Callable[[], int]) -> None:
        """Called each tick; keeps one sample a minute, and the peak of hosts at any tick."""
        if now < self._midnight:
            return
        alive = [rdb for rdb in tickerplant.rdbs.values() if rdb.terminated_at is None]
        self.most_alive = max(self.most_alive, len(alive))
        if now < self._next_sample:
            return
        self._next_sample = now + SAMPLE_EVERY
        minute = (now - self._midnight).total_seconds() / 60
        self.minutes.append(minute)
        self.alive.append(len(alive))
        self.desired.append(desired())
        for rdb in alive:
            self.memory.setdefault(rdb.instance_id, []).append((minute, round(rdb.percent, 2)))

    def day_ends(self, tickerplant: Tickerplant, published: int) -> None:
        """At the end of the day, before anything is emptied: which updates does no RDB hold?"""
        self.updates_total = published
        windows = [rdb for rdb in tickerplant.rdbs.values() if rdb.terminated_at is None]
        self.updates_unheld = published - _covered(windows, published)

    def finish(self, table: str, cluster: str, desired: int, rdbs: Iterable[Rdb]) -> None:
        """At the end of the run: the decisions as the ledger has them, oldest first."""
        self.final_desired = desired
        self.crossings = [at for rdb in rdbs for at in rdb.crossings]
        ledgers, before = Ledgers(boto3.client("dynamodb"), table), None
        while page := list(ledgers.decisions(cluster, 100, before)):
            self.decisions.extend(page)
            before = page[-1][0]
        self.decisions.reverse()

    def decisions_shown(self) -> list[dict[str, Any]]:
        """The decisions as plain data."""
        return [{"id": decision_id, **msgspec.to_builtins(d)} for decision_id, d in self.decisions]


def _covered(rdbs: list[Rdb], published: int) -> int:
    """How many of the updates (0, published] lie in a window (first, last]; overlaps count once."""
    covered = reached = 0
    for first, last in sorted((r.first_index, r.last_index or 0) for r in rdbs if r.first_index is not None):
        start, end = max(first, reached), min(last, published)
        if end > start:
            covered += end - start
            reached = end
    return covered
