"""What is wished of a cluster, judged by what was known: opens and hand-backs."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from twin.fuzz.site import Site
from twin.oracle import Known

# A function may have read the calendar before this one.
READ_BEFORE = timedelta(minutes=1)
HIGHWATER = "Highwater"


class Wishes:
    """The wishes for one cluster; `broken` takes the name of an invariant and a sentence."""

    def __init__(self, site: Site, broken: Callable[[str, str], None]) -> None:
        self._site = site
        self._broken = broken
        self._opens = self._opens_before = site.opens
        self._changed_at = site.agenda.now()

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
        if why := site.oracle.handed_back(known, instance_id):
            self._broken("needed_hand_backs", f"{instance_id} was asked to drain {why}")
