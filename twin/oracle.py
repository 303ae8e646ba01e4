"""The room oracle: how much room was wanted and there when capacity was raised, by the facts that were known.

The referees of twin/day and twin/fuzz and the judge of twin/explore ask it. Its rules are written anew: it
shares nothing with the control plane but the ledger's text.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from twin.room import (
    APART,
    FRESH,
    NEVER,
    Rooms,
    is_booting,
    is_live,
    is_live_and_well,
    percent_of,
    said_at,
    time_of,
)
from twin.wanted import Free, Market, bytes_free, data_came, hosts_lacking

LAUNCHES_FAIL = ("launch", "raise", "short", "lowered")
LEAVING = BELIEVED = timedelta(minutes=2)


class Known(NamedTuple):
    """The facts of one function: the ledger's document, the group by its last Describe, and its clock.

    `opens` are those of the calendar at that time, and `night` is its grace while nobody is wanted by it.
    """

    document: str
    group: Mapping[str, Any]
    now: datetime
    opens: tuple[datetime, ...] = ()
    night: timedelta | None = None


class Raised(NamedTuple):
    """A raise: to what, when by the clock of the function that wrote it, and the releases known before it.

    Clocks differ, so what came after it is not judged by times. `cluster` is the name in the ledger of that
    function.
    """

    desired: int
    at: datetime
    released: Mapping[str, str]
    cluster: str = ""


class Oracle:
    """Judges the raises of one cluster. Thresholds in percent, `lead` in seconds.

    Under the `fixed` rule one with room is enough; without it what the rates want counts, and that one more
    is wanted by each known open.
    """

    def __init__(self, scale: float, roll: float, lead: float, *, fixed: bool = False) -> None:
        self._rooms = Rooms(scale, roll, lead)
        self._roll = roll
        self._fixed = fixed
        self._market = Market(roll, lead)
        self._last: Raised | None = None

    def judge(self, desired: int, before: Mapping[str, Any], known: Known) -> str | None:
        """Return why a raise was not needed, or None. `before` is the group as it truly was then."""
        last, self._last = self._last, _raised(desired, known)
        if last and last.cluster != self._last.cluster:
            # The group had another cluster's name then, and with it another ledger.
            last = None
        if desired <= max(_serving(before), _serving(known.group)):
            # A number that somebody lowered is raised back to the instances that are there.
            return None
        return self.room(known, last, desired)

    def room(self, known: Known, raised: Raised | None = None, desired: int | None = None) -> str | None:
        """Return who has room and why, though no more is wanted, or None; `raised` is our last raise.

        With what is `desired`, it is judged by how many hosts that asks for.
        """
        ledger = json.loads(known.document)
        serving = _in_service(ledger, known.now)
        counted = _staying(serving, known.now)
        shown = known.group["DesiredCapacity"] - (len(serving) - len(counted))
        owed = max(0, max(shown, _believed(ledger, raised, known.now)) - len(counted))
        roomy = [i for i, rdb in counted.items() if self._rooms.has_room(rdb, known.now)]
        first = f"a launch that AWS owes ({owed})" if owed else next(iter(roomy), None)
        # Who is released by this very decision has its place until that is done, after the raise.
        asked_at = _asked_at(ledger)
        leaving = sum(bool(asked_at) and rdb.get("released_at") == asked_at for rdb in serving.values())
        asked_for = 1 if desired is None else desired - len(counted) - owed - leaving
        # The fixed rule knows no runway: it may keep its standby while data comes at night, or has just come.
        live = any((rdb.get("report") or {}).get("state") == "live" for rdb in counted.values())
        comes = live or data_came(ledger)
        asleep = sleeps(ledger, known) and not (self._fixed and comes)
        wanted = max(not (roomy or owed or asleep), self._lacking(ledger, counted, owed, known))
        if asked_for > wanted:
            return first or ("a night" if asleep else "nobody, and more than that is asked for")
        if desired is None:
            return None
        return next((f"{i}, which was asked to drain," for i in counted if _may_stay(counted[i])), None)

    def handed_back(self, known: Known, instance_id: str) -> str | None:
        """Return why a standby should not have been handed back, or None; the ledger has that it was.

        What is owed may never come, and counts for nothing. Only what is wanted for sure counts.
        """
        ledger = json.loads(known.document)
        serving = _in_service(ledger, known.now)
        counted = _staying(serving, known.now)
        fails = [key for key, alert in ledger.get("alerts", {}).items() if not alert.get("ended")]
        failing = next((key for key in fails if key.split()[0] in LAUNCHES_FAIL), None)
        if instance_id not in counted or not _may_stay(counted[instance_id]):
            return None
        # Who was asked later, as all are for a night, was not when this one was.
        asked_at = counted[instance_id]["drain"]["at"]
        others = [
            i
            for i, rdb in counted.items()
            if i != instance_id and _may_stay(rdb) and rdb["drain"]["at"] <= asked_at
        ]
        draining = sum(bool(rdb.get("drain")) for rdb in counted.values())
        if self._fixed:
            return "under the fixed rule"
        if failing:
            return f"while {failing} is told"
        if others:
            return f"while {others[0]} drains too"
        if len(counted) - draining < known.group["MinSize"]:
            return "below MinSize"
        roomy = any(self._rooms.has_room(rdb, known.now) for rdb in counted.values())
        if not roomy and not sleeps(ledger, known):
            return "and nobody else has room"
        # Who is released by this very decision was there when it was decided who is needed.
        leaving = sum(time_of(rdb.get("released_at") or NEVER) == known.now for rdb in serving.values())
        if (lacking := self._lacking(ledger, counted, 0, known, sure=True) - leaving) > 0:
            return f"and {lacking} more are wanted"
        return None

    def _lacking(
        self,
        ledger: Mapping[str, Any],
        counted: Mapping[str, dict[str, Any]],
        owed: int,
        known: Known,
        *,
        sure: bool = False,
    ) -> int:
        """Return how many hosts the rates, the calendar and a standing floor may want beyond these.

        With `sure` those that they want for sure: between sessions no reserve is.
        """
        lacking, now = 0, known.now
        if (floor := ledger.get("floor")) and time_of(floor["until"]) > now:
            staying = sum(not rdb.get("drain") for rdb in counted.values())
            lacking = floor["hosts"] - staying - owed
        if self._fixed:
            return lacking
        free = [
            Free(bytes_free(rdb, percent_of(rdb), ledger, self._roll), self._rooms.has_room(rdb, now))
            for rdb in counted.values()
            if self._rooms.has_room(rdb, now)
            or (not is_booting(rdb) and self._rooms.has_room(rdb, now, self._roll))
        ]
        market = self._market._replace(opens=known.opens, sure=sure)
        return max(lacking, hosts_lacking(ledger, free, owed, market, now))


def _in_service(ledger: Mapping[str, Any], now: datetime) -> dict[str, dict[str, Any]]:
    """Return who serves or boots, each with whether updates waited for it for two minutes though ready.

    Where it answers, the tickerplant must have said so since, and have no standby in its queue. And each with
    whether another became live after it.
    """
    tickerplant = ledger.get("tickerplant", {})
    waits = "waits_since" in tickerplant and now - time_of(tickerplant["received_at"]) < FRESH
    found = {}
    for instance_id, rdb in ledger.get("rdbs", {}).items():
        if not _serves((rdb.get("member") or {}).get("lifecycle", "")):
            continue
        held, is_missed = rdb.get("unanswered"), False
        state = (held or rdb.get("report", {})).get("state")
        if waits and state in ("live", "standby"):
            since = held["since"] if held else rdb.get("ready_since", NEVER)
            until = now if held else said_at(tickerplant)
            queued = not held and state == "standby" and tickerplant["report"]["queue"]
            waited = until - max(time_of(since), time_of(tickerplant["waits_since"]))
            is_missed = waited >= APART and not queued
        found[instance_id] = {**rdb, "is_missed": is_missed}
    well = (rdb["live_since"] for rdb in found.values() if is_live_and_well(rdb, now))
    newest = max(well, key=time_of, default=NEVER)
    return {i: {**rdb, "is_followed": _is_live_before(newest, rdb)} for i, rdb in found.items()}


def _is_live_before(newest: str, rdb: Mapping[str, Any]) -> bool:
    return is_live(rdb) and time_of(rdb["live_since"]) < time_of(newest)


def _staying(serving: Mapping[str, dict[str, Any]], now: datetime) -> dict[str, dict[str, Any]]:
    return {i: rdb for i, rdb in serving.items() if not _leaves(rdb, now)}


def sleeps(ledger: Mapping[str, Any], known: Known) -> bool:
    """Tell if no host is wanted: by the calendar, and by a tickerplant that would say if updates waited."""
    tickerplant = ledger.get("tickerplant")
    if known.night is None or tickerplant is None or known.group["MinSize"] > 0:
        return False
    if "waits_since" in tickerplant or known.now - time_of(tickerplant["received_at"]) >= FRESH:
        return False
    return known.now - time_of(tickerplant.get("waited_at", NEVER)) >= known.night


def _may_stay(rdb: Mapping[str, Any]) -> bool:
    """Tell if an RDB that was asked to drain stands by all the same, by its own word."""
    report = rdb.get("report") or {}
    in_service = (rdb.get("member") or {}).get("lifecycle") == "InService"
    return bool(rdb.get("drain")) and report.get("state") == "standby" and in_service


def _asked_at(ledger: Mapping[str, Any]) -> str | None:
    """Return when the decision was made that a ledger with a raise was committed for."""
    return ledger["asked"]["at"] if "asked" in ledger else None


def _raised(desired: int, known: Known) -> Raised:
    """Return the raise that the ledger's document was committed for."""
    ledger = json.loads(known.document)
    asked_at = _asked_at(ledger) or known.now.isoformat()
    before = {i: at for i, at in _releases(ledger).items() if at != asked_at}
    return Raised(desired, time_of(asked_at), before, ledger.get("cluster", ""))


def _believed(ledger: Mapping[str, Any], raised: Raised | None, now: datetime) -> int:
    """Return the capacity of our own raise, which counts for two minutes, less what was released since."""
    if raised is None or now - raised.at >= BELIEVED:
        return 0
    return raised.desired - sum(raised.released.get(i) != at for i, at in _releases(ledger).items())


def _releases(ledger: Mapping[str, Any]) -> dict[str, str]:
    rdbs: Mapping[str, Any] = ledger.get("rdbs", {})
    return {i: rdb["released_at"] for i, rdb in rdbs.items() if rdb.get("released_at")}


def _leaves(rdb: Mapping[str, Any], now: datetime) -> bool:
    return bool(rdb.get("released_at")) and now - time_of(rdb["released_at"]) < LEAVING


def _serving(group: Mapping[str, Any]) -> int:
    return sum(_serves(member["LifecycleState"]) for member in group["Instances"])


def _serves(lifecycle: str) -> bool:
    return lifecycle == "InService" or lifecycle.startswith("Pending")
