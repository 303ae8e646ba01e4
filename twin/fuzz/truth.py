"""The truth about room: who can take data now, or will soon, whatever anybody reports."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.contract.report import REPORT_EVERY, State
from twin.fuzz.faulty import FaultyRdb
from twin.fuzz.site import Site
from twin.oracle import Known


def takes_more(rdb: FaultyRdb, scale: float) -> bool:
    """Tell if an RDB takes or can take updates and is below the scale threshold, in percent."""
    ready = rdb.state in (State.LIVE, State.STANDBY) and not rdb.hung
    return ready and rdb.terminated_at is None and rdb.percent < scale


def comes(rdb: FaultyRdb) -> bool:
    """Tell if an RDB boots and will get ready."""
    return rdb.state is State.BOOTING and rdb.boots and rdb.terminated_at is None


def _may_return(rdb: FaultyRdb) -> bool:
    """One that had rolled before is no room, whatever becomes of it (rule 5)."""
    return rdb.state not in (State.ROLLED, State.DRAINED)


def is_deaf(rdb: FaultyRdb) -> bool:
    """Nobody hears it: its reporter is silent, or its reports are refused."""
    return rdb.silent or rdb.refused


# Of a tickerplant what was last heard counts for so long.
HEARD = timedelta(minutes=15)


class Now:
    """The truth of one moment about a cluster: its group, and the RDBs that take a place of it."""

    def __init__(self, site: Site, group: Mapping[str, Any] | None = None) -> None:
        self.site = site
        self.group = group or site.group()
        self.states: Mapping[str, str] = {
            m["InstanceId"]: m["LifecycleState"] for m in self.group["Instances"]
        }
        self.serving = [
            site.plant.rdbs[i] for i, s in self.states.items() if s == "InService" or s.startswith("Pending")
        ]

    def __str__(self) -> str:
        """Return what there is, for a breach."""
        rdbs = [
            f"{rdb.instance_id} {rdb.state} {rdb.shown:.0f} %"
            f"{' hung' * rdb.hung}{' silent' * rdb.silent}{' refused' * rdb.refused}"
            for rdb in self.serving
        ]
        sizes = f"{self.group['DesiredCapacity']} of {self.group['MaxSize']}"
        return f"{self.site.named!r} ({sizes}: {', '.join(rdbs)})"

    @property
    def sleeps(self) -> bool:
        """No host is wanted, by the calendar; of updates that wait one that is silent says nothing."""
        site, hours, now = self.site, self.site.hours, self.site.agenda.now()
        if not (hours.none_at_night and hours.rests(now)) or self.group["MinSize"] > 0:
            return False
        silent_since = site.tickerplant_silent_since
        if silent_since is None:
            return site.plant.live is not None or not site.plant.waiting
        return now - silent_since < HEARD

    @property
    def has_room(self) -> bool:
        """There is room, or it is on its way, or none is wanted."""
        room = any(takes_more(rdb, self.site.cluster.scale) or comes(rdb) for rdb in self.serving)
        return room or self.sleeps

    def may_come(self, within: timedelta) -> frozenset[str]:
        """Return who was launched, or ceased to answer, so lately that nobody knows yet what it becomes."""
        newest = self.site.agenda.now() - within
        return frozenset(
            rdb.instance_id
            for rdb in self.serving
            # One that seemed ready and says booting again has a new deadline from then on (rule 5).
            if (
                rdb.state is State.BOOTING
                and max(rdb.launched_at, rdb.seemed_ready_at + REPORT_EVERY) > newest
            )
            or (rdb.hung and _may_return(rdb) and rdb.hung_at is not None and rdb.hung_at > newest)
        )

    @property
    def shows_room(self) -> bool:
        """There is room, and the one who has it is heard."""
        return any(takes_more(rdb, self.site.cluster.scale) and not is_deaf(rdb) for rdb in self.serving)

    @property
    def lacks_room(self) -> bool:
        """There is no room that is heard of, or by the facts that are known more is wanted."""
        if not self.shows_room:
            return True
        site = self.site
        known = Known(site.ledger(), self.group, site.agenda.now(), site.hours.opens)
        return site.cluster.rule == "demand" and site.oracle.room(known) is None

    @property
    def floor(self) -> int:
        """The hosts that somebody asked for until a time, by the ledger; 0 where none does."""
        floor = json.loads(self.site.ledger()).get("floor")
        stands = floor and datetime.fromisoformat(floor["until"]) > self.site.agenda.now()
        return int(floor["hosts"]) if stands else 0

    def rdb(self, instance_id: str) -> FaultyRdb | None:
        """Return a member's RDB."""
        return self.site.plant.rdbs.get(instance_id) if instance_id in self.states else None
