"""Launches, judged by the truth: none comes late (rule 1), none is in vain without a pause (rule 5)."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.contract.report import State
from twin.fuzz.hours import BOOT
from twin.fuzz.referee import Referee
from twin.fuzz.site import Site
from twin.fuzz.truth import Now, is_deaf, takes_more

# From the moment that nobody has room. A host of which nothing is heard counts for 15 minutes by itself; one
# that boots is past its deadline only once it said so after that, and it says so each five minutes. Of one
# that a new ledger hears of it is not known that it was full before.
LATE, LATEST = timedelta(minutes=15), timedelta(minutes=18)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=30), timedelta(hours=2)
STOOD = timedelta(minutes=20)
# Looks at a host with data, three a minute: one that is live reports each five minutes only.
LOOKS = 18
# The clocks of two functions differ by so much at most.
APART = timedelta(minutes=2)
TRIED_AGAIN = timedelta(minutes=5)


class Try(NamedTuple):
    """Raises that came so close together that they are for one need: the first and the last of them."""

    began: datetime
    last: datetime


class Launches:
    """Judges the launches of the cluster that faults befall."""

    def __init__(self, site: Site, referee: Referee) -> None:
        self._site = site
        self._referee = referee
        self._tries: list[Try] = []
        self._wanted_since: datetime | None = None
        self._unclear = (False, False)
        self._useful_since = site.agenda.now()
        self._with_data: Counter[str] = Counter()

    def raised(self, before: Mapping[str, Any]) -> None:
        """Judge a raise of ours that took effect: after two in vain each comes after a longer pause.

        It is in vain if no host that was launched since got ready. Who has nobody's word to go on (a new
        ledger) or somebody's wish begins anew.
        """
        site, now = self._site, self._site.agenda.now()
        desired = site.group()["DesiredCapacity"]
        if desired <= len(Now(site, before).serving):
            return
        if self._referee.is_asked_for(desired) or site.kept_ledger or site.named != site.cluster.name:
            self._tries.clear()
            return
        tries = [each for each in self._tries if each.last > self._anew()]
        if tries and now - tries[-1].began < BOOT:
            self._tries = [*tries[:-1], Try(tries[-1].began, now)]
            return
        if len(tries) > 1:
            pause = min(FIRST_PAUSE * 2 ** (len(tries) - 2), LONGEST_PAUSE)
            if now < tries[-1].last + BOOT + pause - APART:
                told = ", ".join(f"{each.began:%H:%M:%S}" for each in tries)
                self._referee.broken("launches_in_vain", f"raised to {desired}; in vain before: {told}")
        self._tries = [*tries, Try(now, now)]

    def _anew(self) -> datetime:
        """Return when tries last began anew: a host that got ready came, or somebody asked or lied."""
        referee, rdbs = self._referee, self._site.plant.rdbs.values()
        ready = [rdb.launched_at for rdb in rdbs if rdb.state is not State.BOOTING]
        people = filter(None, [referee.operator_set_at, referee.floor_asked_at])
        return max([self._site.account.forged_at, *ready, *people])

    def look(self, truth: Now, blind: bool, *, hidden: bool) -> None:
        """Judge if a launch that is wanted is late; `hidden` is a group that is another cluster's for now."""
        now = self._site.agenda.now()
        if not blind:
            self._learn(truth)
        if hidden or truth.has_room or not self._can_raise(truth) or self._pauses():
            self._wanted_since = None
            return
        unclear = any(map(is_deaf, truth.serving)), self._site.kept_ledger is not None
        if unclear != self._unclear:
            # Only now can it be known who has room, or what was known of that is gone.
            self._unclear, self._wanted_since = unclear, now
        since = self._wanted_since = self._wanted_since or now
        late = now - since >= (LATEST if any(unclear) else LATE)
        # A raise that AWS refused may have worked, and is believed for two minutes: then it is tried again.
        sent = self._site.wire.sent
        if late and sent and now - sent.at < TRIED_AGAIN and sent.desired > len(truth.serving):
            return
        if late and not blind and not truth.may_come(LATEST):
            self._referee.broken(
                "late_launches", f"no room since {since:%H:%M:%S} in {truth}, and not raised"
            )
            self._wanted_since = now

    def _can_raise(self, truth: Now) -> bool:
        """Tell if nothing stands against a raise, and no launch is owed.

        A host of which only the metrics are taken goes on having room if it had any, whatever it became.
        """
        desired, most = truth.group["DesiredCapacity"], truth.group["MaxSize"]
        refused = "SetDesiredCapacity" in self._site.wire.refused
        measured = any(rdb.refused and not rdb.silent for rdb in truth.serving)
        return not refused and not measured and desired <= len(truth.serving) < most

    def _learn(self, truth: Now) -> None:
        """Note the newest host of use: it was seen with data for a while, or was ready for 20 minutes.

        What nobody could see is not known: its reports may be lost, and it gone before the next one. One that
        is set Unhealthy is no room, whatever it says (rule 5).
        """
        now, scale = self._site.agenda.now(), self._site.cluster.scale
        healthy = {m["InstanceId"] for m in truth.group["Instances"] if m["HealthStatus"] == "Healthy"}
        for rdb in truth.serving:
            if rdb.rows and not is_deaf(rdb):
                self._with_data[rdb.instance_id] += 1
            ready = takes_more(rdb, scale) and rdb.instance_id in healthy
            stood = ready and now - rdb.history[-1][1] >= STOOD
            if stood or self._with_data[rdb.instance_id] >= LOOKS:
                self._useful_since = max(self._useful_since, rdb.launched_at)

    def _pauses(self) -> bool:
        """Two hosts or more that were of no use came since: launches may wait for them."""
        return sum(rdb.launched_at > self._useful_since for rdb in self._site.plant.rdbs.values()) > 1
