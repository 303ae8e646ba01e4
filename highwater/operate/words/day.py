"""A day of a cluster as its recorded decisions tell it: hosts, hours, launches, alerts, memory. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from highwater.operate.words.plain import GIBIBYTE, instant

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
Json = Mapping[str, Any]
# A decision of these knows nothing of the hosts.
BLIND = ("unreadable", "gone")
# Of one that is not ready yet, as a decision begins to say why it has room.
BOOTS = ("pending", "not heard of", "booting")
_LIVE = re.compile(r"live at ([\d.]+) %")
_PERCENT = re.compile(r"\bat ([\d.]+) %")
_SINCE = re.compile(r"\bno RDB is live since (\S+Z)")


class Stood(msgspec.Struct, frozen=True):
    """An alert that stood within the day; `until` is None while it stands."""

    key: str
    text: str
    since: datetime
    until: datetime | None = None


class DayTold(msgspec.Struct, frozen=True):
    """What decisions tell of the day from `begins` to `ends`, which is now if the day is not over.

    Nothing is told of the time before `known_from`. `host_hours` are those of the instances that counted.
    `launches` are the hosts that raises asked for, `releases` those that left by a decision. `took` has, for
    each RDB that was live, the largest percentage of memory that a decision saw in it while it was; `rolled`
    are those of them that handed over. `cushion_at_most` is the least of all rolls: the minutes from when the
    next one was last seen to boot to when it was first seen live; None where nobody was seen so.
    `idle_percent` is the least that was seen in anybody.
    """

    begins: datetime
    ends: datetime
    over: bool
    known_from: datetime
    decisions: int
    hosts_at_begin: int
    hosts_at_end: int
    most_hosts: int
    host_hours: float
    launches: int
    releases: int
    took: dict[str, float]
    rolled: tuple[str, ...]
    cushion_at_most: float | None
    idle_percent: float
    minutes_without_live: float
    alerts: tuple[Stood, ...]


def day_told(
    before: Json | None,
    decisions: Sequence[Json],
    begins: datetime,
    now: datetime,
    live_now: Mapping[str, float],
) -> DayTold | None:
    """Return what the day's decisions tell, the oldest first; `before` is the last one before the day.

    `live_now` has the memory of who is live now, in percent, which counts where the day is not over. None if
    there is no decision at all, so that nothing is known.
    """
    ends = min(begins + DAY, now)
    known = [*([before] if before else []), *decisions]
    seeing = [one for one in known if one["code"] not in BLIND]
    if not seeing:
        return None
    known_from = max(begins, instant(seeing[0]["at"]))
    hosts = [*_hosts(seeing, known_from, ends)]
    over = ends == begins + DAY
    took = _took(known)
    for instance_id, percent in () if over else live_now.items():
        took[instance_id] = max(took.pop(instance_id, 0.0), percent)
    return DayTold(
        begins=begins,
        ends=ends,
        over=over,
        known_from=known_from,
        decisions=len(decisions),
        hosts_at_begin=hosts[0][1],
        hosts_at_end=hosts[-1][1],
        most_hosts=max(count for _, count in hosts),
        host_hours=sum(span / HOUR * count for span, count in hosts),
        launches=sum(_launches(one) for one in decisions),
        releases=len({i for one in decisions for i in _released(one)}),
        took=took,
        rolled=tuple([*took][:-1]),
        cushion_at_most=min(_cushions(known), default=None),
        idle_percent=min([*_percents(known), *took.values()], default=0.0),
        minutes_without_live=_without_live(known, known_from, ends),
        alerts=tuple(_stood(known, known_from)),
    )


def static_gib(told: DayTold, host_bytes: float, roll_percent: float) -> tuple[float, float]:
    """Return the memory of one host that holds the day below the roll threshold: at least, and at most.

    Who rolled was full up to the threshold. Who was live last was at least as full as a decision saw it, and
    at most full.
    """
    last = [*told.took.values()][-1:]
    full = roll_percent - told.idle_percent
    least = len(told.rolled) * full + sum(max(0.0, percent - told.idle_percent) for percent in last)
    most = len(told.took) * full
    per_percent = host_bytes / GIBIBYTE / roll_percent
    return (least + told.idle_percent) * per_percent, (most + told.idle_percent) * per_percent


def _hosts(seeing: Sequence[Json], begin: datetime, end: datetime) -> Iterator[tuple[timedelta, int]]:
    """Yield how many instances counted, and for how long: from each decision up to the next."""
    for one, following in zip(seeing, [*seeing[1:], None], strict=True):
        until = min(end, instant(following["at"]) if following else end)
        yield max(timedelta(), until - max(begin, instant(one["at"]))), one.get("counted", 0)


def _launches(decision: Json) -> int:
    """Return the hosts that AWS launches for it, as Decision.launches has them."""
    there: int = max(decision.get("desired") or 0, decision.get("counted", 0))
    target: int = decision.get("target") or 0
    return max(0, target - there)


def _released(decision: Json) -> Iterator[str]:
    yield from (one["instance_id"] for one in decision.get("release", ()) if one["step"] != "replace")


def _took(decisions: Iterable[Json]) -> dict[str, float]:
    """Return the RDBs that were live, in this order, each with the most memory that was seen in it."""
    took: dict[str, float] = {}
    for decision in decisions:
        for instance_id, room in decision.get("rooms", {}).items():
            if found := _LIVE.match(room["why"]):
                took[instance_id] = max(took.get(instance_id, 0.0), float(found[1]))
    return took


def _cushions(decisions: Iterable[Json]) -> Iterator[float]:
    """Yield for each RDB that took over how many minutes after it last booted it was seen live."""
    boots: dict[str, datetime] = {}
    live: set[str] = set()
    for decision in decisions:
        at = instant(decision["at"])
        for instance_id, room in decision.get("rooms", {}).items():
            if room["why"].startswith(BOOTS):
                boots[instance_id] = at
            elif _LIVE.match(room["why"]) and instance_id not in live:
                if live and instance_id in boots:
                    yield (at - boots[instance_id]) / MINUTE
                live.add(instance_id)


def _percents(decisions: Iterable[Json]) -> Iterator[float]:
    for decision in decisions:
        for room in decision.get("rooms", {}).values():
            yield from (float(percent) for percent in _PERCENT.findall(room["why"]))


def _stood(decisions: Sequence[Json], known_from: datetime) -> Iterator[Stood]:
    """Yield the alerts that stood after `known_from`, in the order in which they began."""
    standing: dict[str, Stood] = {}
    for decision in decisions:
        at, alerts = instant(decision["at"]), {one["key"]: one for one in decision.get("alerts", ())}
        for key in [key for key in standing if key not in alerts]:
            over = standing.pop(key)
            if at > known_from:
                yield msgspec.structs.replace(over, until=at)
        for key, alert in alerts.items():
            since = instant(alert["since"]) if alert.get("since") else at
            standing.setdefault(key, Stood(key, alert["text"], since))
    yield from standing.values()


def _without_live(decisions: Sequence[Json], begin: datetime, end: datetime) -> float:
    """Return the minutes of the alert `no-live`, each time from when it says that nobody was live."""
    total = timedelta()
    for alert in _stood(decisions, begin):
        if alert.key == "no-live":
            found = _SINCE.search(alert.text)
            since = instant(found[1]) if found else alert.since
            total += max(timedelta(), (alert.until or end) - max(since, begin))
    return total / MINUTE
