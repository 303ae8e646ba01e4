"""The options of a day through the whole control plane: the trading day, and what befalls messages."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, override

from highwater.whatif.trading_day import ALARM, CLUSTER, DAY, HARD, MIDNIGHT, TradingDay
from twin.aws.delivery import Faults

__all__ = ["ALARM", "CLUSTER", "DAY", "HARD", "MIDNIGHT", "Only", "Options", "fixed"]

AFTER = timedelta(minutes=45)

Only = Literal["alarm", "report", "sweep"]


@dataclass(frozen=True)
class Options(TradingDay):
    """The settings of a day, and of its run.

    `outside` are the updates that the feed's file has outside the sessions. With `whole_wire`, reads that are
    otherwise answered below the wire take it too. The run begins `opens` seconds after the day does, and ends
    at `until`, in seconds from midnight, or 45 minutes after the day.
    """

    only: Only | None = None
    faults: Faults = field(default_factory=Faults)
    whole_wire: bool = False
    opens: int = 0
    until: int | None = None
    outside: int = 0

    @property
    def opening(self) -> datetime:
        """When the run begins."""
        return self.begins + timedelta(seconds=self.opens)

    @property
    def closing(self) -> datetime:
        """When the run ends."""
        last = self.begins + DAY + AFTER
        return last if self.until is None else MIDNIGHT + timedelta(seconds=self.until)

    @property
    @override
    def taken_until(self) -> datetime:
        return min(self.ends, self.closing)


def fixed(**options: Any) -> Options:
    """Return options of the fixed rule: launch at the scale threshold alone, roll without overdraft."""
    return Options(**{"rule": "fixed", "scale": ALARM, "hard": None, **options})
