"""How much room a cluster may want by the facts in its ledger: what a raise is judged by (see oracle.py).

Written anew from the rule in words: what can still be taken, and the standbys, must cover for one lead and a
minute twice the fastest rate of the last 1, 5 and 15 minutes, and eight times the mean of the day before.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import accumulate
from math import ceil
from typing import Any, NamedTuple

DAY_SECONDS = 86_400
MINUTES = (1, 5, 15)
# Points of memory that move without data, and the least that a new host takes.
NOISE, LEAST = 0.5, 10.0
OPEN_FROM, OPEN_TO = timedelta(seconds=-100), timedelta(minutes=10)

Document = Mapping[str, Any]


class Market(NamedTuple):
    """What the cluster is set to: its roll threshold, its lead in seconds, and when its market opens.

    With `sure` only what is wanted for sure counts: where hours are known, no reserve may be.
    """

    roll: float
    lead: float
    opens: tuple[datetime, ...] = ()
    sure: bool = False


class Free(NamedTuple):
    """The bytes that an RDB can take, and whether it counts as one with room."""

    amount: float
    has_room: bool


def hosts_lacking(ledger: Document, free: Iterable[Free], owed: int, market: Market, now: datetime) -> int:
    """Return how many hosts more than those on their way the rates and the calendar may want.

    `free` is what those have that can take data.
    """
    free = list(free)
    learned = ledger.get("learned", {})
    host = learned.get("host_bytes", 1.0)
    new = max(LEAST, market.roll - learned.get("idle_percent", 5.0)) / 100 * host
    leads = sorted(learned.get("leads", ()))
    slow = leads[ceil(0.9 * len(leads)) - 1] if leads else 0
    seconds = max(market.lead, slow)
    mean = max(learned.get("before") or 0.0, learned.get("taken", 0.0)) / DAY_SECONDS
    if market.sure and market.opens:
        mean = 0.0
    needed = max(2 * _fastest(ledger, host), 8 * mean) * (seconds + 60)
    lacking: int = max(0, ceil((needed - sum(each.amount for each in free) - owed * new) / new - 1e-9))
    near = timedelta(seconds=seconds)
    opening = any(opens - near + OPEN_FROM <= now < opens + OPEN_TO for opens in market.opens)
    if not (market.sure and opening):
        # By the open there is one more than is wanted else, and that is one at least.
        none = opening and not owed and not any(each.has_room for each in free)
        return max(none, lacking) + opening
    # Who is not needed else is the one more.
    roomy = sorted(each.amount for each in free if each.has_room)
    left = needed - sum(each.amount for each in free if not each.has_room)
    used = next(
        (count for count, taken in enumerate(accumulate(roomy, initial=0.0)) if taken >= left), len(roomy)
    )
    return max(1, used + lacking) + 1 - len(roomy)


def data_came(ledger: Document) -> bool:
    """Return whether an RDB took data in the minutes before."""
    return _fastest(ledger, ledger.get("learned", {}).get("host_bytes", 1.0)) > 0


def bytes_free(rdb: Document, percent: float | None, ledger: Document, roll: float) -> float:
    """Return the bytes that fit into an RDB below the roll threshold; one that was not read is idle."""
    learned = ledger.get("learned", {})
    used = learned.get("idle_percent", 5.0) if percent is None else percent
    return max(0.0, roll - used) / 100 * _total(rdb, learned.get("host_bytes", 1.0))


def _fastest(ledger: Document, host: float) -> float:
    rising = []
    for rdb in ledger.get("rdbs", {}).values():
        lifecycle = (rdb.get("member") or {}).get("lifecycle", "")
        serves = lifecycle == "InService" or lifecycle.startswith("Pending")
        boots = (rdb.get("report") or {}).get("state") == "booting"
        points = [(datetime.fromisoformat(p["at"]), p["percent"]) for p in rdb.get("trail", ())]
        if serves and not boots and not rdb.get("rereads") and len(points) > 1:
            rising.append((_total(rdb, host), points))
    if not rising:
        return 0.0
    end = max(points[-1][0] for _, points in rising)
    return max(sum(_slope(points, end, m) * total for total, points in rising) for m in MINUTES)


def _slope(points: list[tuple[datetime, float]], end: datetime, minutes: int) -> float:
    """Return the share of a host that came each second."""
    begin, (last_at, last) = end - timedelta(minutes=minutes), points[-1]
    if last_at <= begin:
        return 0.0
    before = [point for point in points if point[0] <= begin] or points[:1]
    first_at, first = before[-1]
    if last - first < NOISE:
        return 0.0
    return (last - first) / 100 / max(60.0 * minutes, (last_at - first_at).total_seconds())


def _total(rdb: Document, host: float) -> float:
    return float(rdb.get("total") or host)
