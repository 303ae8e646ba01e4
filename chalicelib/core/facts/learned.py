"""What a cluster's days have taught: how much came, how long launches take, how large a host is."""

from datetime import timedelta
from math import ceil

import msgspec

DAY = timedelta(days=1)
LEADS_KEPT = 20
SLOW_END = 0.9
IDLE_PERCENT = 5.0


class Learned(msgspec.Struct, frozen=True, omit_defaults=True):
    """Bounded, and kept in the ledger. Amounts are bytes of memory.

    `host_bytes` is the memory of the smallest host that reports; where none ever did it is 1, and amounts are
    hosts. `idle_percent` is what an idle host has in use. `taken` came on the UTC date `day` so far, `before`
    on the last day on which anything came. `leads` are the seconds from our last raises to a standby.
    """

    host_bytes: float = 1.0
    idle_percent: float = IDLE_PERCENT
    day: str = ""
    taken: float = 0.0
    before: float | None = None
    leads: tuple[int, ...] = ()

    @property
    def mean_rate(self) -> float | None:
        """Bytes a second over a whole day: yesterday, or today if that has more already; None if unknown."""
        most = max(self.before or 0.0, self.taken)
        return most / DAY.total_seconds() if most else None

    @property
    def slow_lead(self) -> timedelta | None:
        """The time that nine of ten launches take at most; None before the first."""
        if not self.leads:
            return None
        return timedelta(seconds=sorted(self.leads)[ceil(SLOW_END * len(self.leads)) - 1])

    def with_lead(self, lead: timedelta) -> "Learned":
        """Return the same with one more launch; the newest count."""
        leads = (*self.leads, round(lead.total_seconds()))[-LEADS_KEPT:]
        return msgspec.structs.replace(self, leads=leads)

    def on(self, day: str) -> "Learned":
        """Return the same on a day; one that took next to nothing, as on a Sunday, teaches nothing."""
        if day == self.day:
            return self
        before = self.taken if self.taken >= self.host_bytes / 100 else self.before
        return msgspec.structs.replace(self, day=day, taken=0.0, before=before)
