"""The calendar that is stored for a cluster, read anew: opens, and the times at which hosts may rest."""

import json
from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A host has so long to boot, and is ready so long before an open.
BOOT, READY = timedelta(minutes=10), timedelta(seconds=100)


class Hours(NamedTuple):
    """When the market opens and closes in turn, the grace after a close, and if no host is kept overnight."""

    marks: tuple[datetime, ...] = ()
    grace: timedelta = timedelta()
    none_at_night: bool = False

    @classmethod
    def of(cls, item: Mapping[str, Any] | None) -> "Hours":
        """Return the hours of a stored item; none where there is no calendar."""
        document = json.loads(str(item["document"]["S"]).strip() or "{}") if item else {}
        marks = tuple(EPOCH + timedelta(minutes=at) for at in accumulate(document.get("minutes", ())))
        grace = timedelta(minutes=document.get("grace_minutes", 60))
        return cls(marks, grace, document.get("overnight") == "none")

    @property
    def opens(self) -> tuple[datetime, ...]:
        """Each open."""
        return self.marks[::2]

    def rests(self, now: datetime, slack: timedelta = timedelta()) -> bool:
        """Tell if a close and its grace are over, and no host need boot for the next open yet.

        With `slack` it has been so for that long, and will be.
        """
        passed = bisect_right(self.marks, now)
        if passed % 2 or not 0 < passed < len(self.marks):
            return False
        begins, ends = self.marks[passed - 1] + self.grace, self.marks[passed] - BOOT - READY
        return begins + slack <= now < ends - slack
