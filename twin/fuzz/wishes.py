"""What is wished of a cluster, judged by what was known: opens, nights and hand-backs."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from twin.fuzz.hours import Hours
from twin.fuzz.site import Site
from twin.oracle import Known, sleeps

# A function may have read the calendar before this one.
READ_BEFORE = timedelta(minutes=1)
CLOCKS_APART = timedelta(minutes=1)
# What was decided earlier, and can be shown only now, went by the calendar of then.
DECIDED = timedelta(seconds=15)
HIGHWATER, CALENDAR = "Highwater", "the calendar"


class Wishes:
    """The wishes for one cluster; `broken` takes the name of an invariant and a sentence."""

    def __init__(self, site: Site, broken: Callable[[str, str], None]) -> None:
        self._site = site
        self._broken = broken
        self._hours = self._hours_before = site.hours
        self._changed_at = site.agenda.now()

    def opens(self) -> tuple[datetime, ...]:
        """Return the opens of the calendar, and for a minute those of the one before it too."""
        return tuple(at for hours in self._read() for at in hours.opens)

    def night(self) -> timedelta | None:
        """Return the grace of the calendar if nobody is wanted by it, by the clock of any function."""
        now, hours = self._site.function_now(), self._read()
        if not all(each.none_at_night and each.rests(now, CLOCKS_APART) for each in hours):
            return None
        return max(each.grace for each in hours)

    def _read(self) -> tuple[Hours, ...]:
        """Return the calendars that a function may have read."""
        now, hours = self._site.agenda.now(), self._site.hours
        if hours != self._hours:
            self._hours, self._hours_before, self._changed_at = hours, self._hours, now
        return (hours, self._hours_before) if now - self._changed_at < READ_BEFORE else (hours,)

    def asked_to_drain(self, instance_id: str) -> None:
        """Judge a request to drain: nobody is handed back who is needed, by the facts then known."""
        site = self._site
        # Another function may have read newer facts meanwhile, and withdraws it then.
        if len(site.in_hand) > 1 or site.kept_ledger is not None or site.named != site.cluster.name:
            return
        document = json.loads(site.ledger())
        rdb = document.get("rdbs", {}).get(instance_id, {})
        by = (rdb.get("drain") or {}).get("by", "")
        described = site.wire.described["AutoScalingGroups"]
        group = next(group for group in described if group["AutoScalingGroupName"] == site.group_name)
        now, hours = site.function_now(), self._read()
        may_sleep = any(each.none_at_night and each.rests(now, -CLOCKS_APART) for each in hours)
        night = site.hours.grace if may_sleep else None
        known = Known(json.dumps(document), group, now, site.hours.opens, night)
        why = None
        if by.startswith(HIGHWATER):
            site.tally.counts["handed_back"] += 1
            why = site.oracle.handed_back(known, instance_id)
        elif by == CALENDAR and known.now - datetime.fromisoformat(rdb["drain"]["at"]) < DECIDED:
            site.tally.counts["rested"] += 1
            serves = (rdb.get("report") or {}).get("state") in ("standby", "live")
            why = self._needed_at_night(known, serves=serves)
        if why:
            self._broken("needed_hand_backs", f"{instance_id} was asked to drain {why}")

    def _needed_at_night(self, known: Known, *, serves: bool) -> str | None:
        """Return why one should not have been asked to drain by the calendar."""
        hours = self._read()
        if not any(each.rests(known.now, -CLOCKS_APART) for each in hours):
            return "by the calendar, which does not rest"
        if serves and not any(each.none_at_night for each in hours):
            return "by the calendar, which keeps one"
        if serves and not sleeps(json.loads(known.document), known):
            return "by the calendar, though updates may wait or MinSize keeps one"
        return None
