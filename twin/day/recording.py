"""The record of a day: samples for the page, and the facts that the figures are made of."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import boto3
import msgspec

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.core.decision import Decision
from chalicelib.core.facts.learned import Learned
from highwater.market.host import RdbHost
from highwater.market.tickerplant import Tickerplant

SAMPLE_EVERY = timedelta(minutes=1)


class Recording:
    """Samples by minute, and the counts at the end of the day and of the run."""

    def __init__(self, midnight: datetime, opening: datetime) -> None:
        self._midnight = midnight
        self._opening = self._next_sample = opening
        self.minutes: list[float] = []
        self.desired: list[int] = []
        self.alive: list[int] = []
        self.memory: dict[str, list[tuple[float, float]]] = {}
        self.most_alive = 0
        self.most_desired = 0
        self.max_size_reached: dict[str, Any] | None = None
        self.updates_total = 0
        self.updates_unheld = 0
        self.seconds_without_live = self.seconds_in_overdraft = 0.0
        self.final_desired = 0
        self.learned = Learned()
        self.crossings: list[datetime] = []
        self.decisions: list[tuple[str, Decision]] = []
        self.aws_calls: Mapping[str, int] = {}
        self.counted: Mapping[str, float] = {}
        self.not_released: Mapping[str, Sequence[str]] = {}

    def sample(
        self, now: datetime, tickerplant: Tickerplant[RdbHost], group: Callable[[], Mapping[str, Any]]
    ) -> None:
        """Look at a tick: keep one sample a minute, and the peak of hosts at any tick."""
        if now < self._opening:
            return
        alive = [rdb for rdb in tickerplant.rdbs.values() if rdb.terminated_at is None]
        self.most_alive = max(self.most_alive, len(alive))
        if now < self._next_sample:
            return
        self._next_sample = now + SAMPLE_EVERY
        minute = (now - self._midnight).total_seconds() / 60
        self.minutes.append(minute)
        self.alive.append(len(alive))
        seen = group()
        desired, largest = int(seen["DesiredCapacity"]), int(seen["MaxSize"])
        self.desired.append(desired)
        self.most_desired = max(self.most_desired, desired)
        if desired >= largest and self.max_size_reached is None:
            self.max_size_reached = {"at": f"{now:%FT%TZ}", "max_size": largest}
        for rdb in alive:
            self.memory.setdefault(rdb.instance_id, []).append((minute, round(rdb.percent, 2)))

    def day_ends(self, tickerplant: Tickerplant[RdbHost], lost: int) -> None:
        """Count, before anything is emptied, the updates that no RDB holds, less those `lost` to others."""
        self.updates_total = tickerplant.published
        self.updates_unheld = tickerplant.waiting + tickerplant.unheld - lost

    def breaks_off(self, tickerplant: Tickerplant[RdbHost], lost: int) -> None:
        """Count them at the end of a run that is over before the day: what waits in the log is only late."""
        self.updates_total = tickerplant.published
        self.updates_unheld = tickerplant.unheld - lost

    def finish(self, table: str, cluster: str, desired: int, rdbs: Iterable[RdbHost]) -> None:
        """Read at the end of the run what the cluster has learned, and its decisions, oldest first."""
        self.final_desired = desired
        self.crossings = [at for rdb in rdbs for at in rdb.crossings]
        ledgers, before = Ledgers(boto3.client("dynamodb"), table), None
        self.learned = ledgers.read(cluster).learned
        while page := list(ledgers.decisions(cluster, 100, before)):
            self.decisions.extend(page)
            before = page[-1][0]
        self.decisions.reverse()

    def count(self, aws_calls: Mapping[str, int], counted: Mapping[str, float]) -> None:
        """Keep how often each call was made so far, and what is billed of the control plane."""
        self.aws_calls, self.counted = dict(sorted(aws_calls.items())), counted

    def decisions_shown(self) -> list[dict[str, Any]]:
        """Return the decisions as plain data."""
        return [{"id": decision_id, **msgspec.to_builtins(d)} for decision_id, d in self.decisions]
