"""What is wished of a cluster, judged by what was known: numbers of people, opens, and hand-backs."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from twin.fuzz.site import Site
from twin.oracle import Known, Oracle

# For longer nobody looks into activities.
TOLD_APART = timedelta(minutes=15)
# A function may have read the calendar before this one.
READ_BEFORE = timedelta(minutes=1)
HIGHWATER = "Highwater"


class Lowering(NamedTuple):
    """A lower number of somebody else. If ours is the same, activities do not tell whose it was."""

    before: int
    after: int
    until: datetime
    looks_like_ours: bool = False

    def with_write(self, desired: int) -> "Lowering":
        """Return the same after a write of ours."""
        return self._replace(looks_like_ours=self.looks_like_ours or desired == self.after)


class Wishes:
    """The wishes for one cluster; `broken` takes the name of an invariant and a sentence."""

    def __init__(self, site: Site, oracle: Oracle, broken: Callable[[str, str], None]) -> None:
        self._site = site
        self._oracle = oracle
        self._broken = broken
        self._lowerings: list[Lowering] = []
        self._opens = self._opens_before = site.opens
        self._changed_at = site.agenda.now()

    @property
    def lowered_from(self) -> list[int]:
        """The numbers that people lowered to one that we wrote too: to put them back is no fault of ours."""
        return [change.before for change in self._lowerings if change.looks_like_ours]

    def set_by_operator(self, before: int, after: int) -> None:
        """Note a number that an operator wrote."""
        if after < before:
            self._lowerings.append(Lowering(before, after, self._site.agenda.now() + TOLD_APART))

    def wrote(self, desired: int) -> None:
        """Note a number that we wrote."""
        now = self._site.agenda.now()
        self._lowerings = [change.with_write(desired) for change in self._lowerings if now < change.until]

    def opens(self) -> tuple[datetime, ...]:
        """Return the opens of the calendar, and for a minute those of the one before it too."""
        now, opens = self._site.agenda.now(), self._site.opens
        if opens != self._opens:
            self._opens, self._opens_before, self._changed_at = opens, self._opens, now
        return opens + (self._opens_before if now - self._changed_at < READ_BEFORE else ())

    def asked_to_drain(self, instance_id: str) -> None:
        """Judge a request to drain: nobody is handed back who is needed, by the facts then known."""
        site = self._site
        # Another function may have read newer facts meanwhile, and withdraws it then.
        if len(site.in_hand) > 1 or site.kept_ledger is not None or site.named != site.cluster.name:
            return
        document = site.ledger()
        drain = json.loads(document).get("rdbs", {}).get(instance_id, {}).get("drain") or {}
        if not drain.get("by", "").startswith(HIGHWATER):
            return
        described = site.wire.described["AutoScalingGroups"]
        group = next(group for group in described if group["AutoScalingGroupName"] == site.group_name)
        site.tally.counts["handed_back"] += 1
        known = Known(document, group, site.function_now(), site.opens)
        if why := self._oracle.handed_back(known, instance_id):
            self._broken("needed_hand_backs", f"{instance_id} was asked to drain {why}")
