"""Judges an account: each call and each instance by its cluster's referee, the second cluster by itself."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.contract.report import State
from twin.fuzz.account import Account
from twin.fuzz.referee import Referee
from twin.fuzz.site import Site
from twin.fuzz.truth import comes, takes_more
from twin.fuzz.waits import Waits
from twin.fuzz.wire import GROUP_ACTS

UNDECIDED = frozenset({"not listed", "unreadable", "configuration"})
# Two ticks of its hosts: the report that says it is full has wakened the function by then.
LATE = timedelta(seconds=30)
# The one wait that there is: for the next reading of one that was full before another drained.
LATE_TO_ONE_THAT_DRAINED = timedelta(minutes=2)
# What was read before a group got its name is not acted on for longer.
STALE = timedelta(minutes=1)
RELEASED = timedelta(minutes=5)
# At the end of a day a raise may wait for a newer reading (rule 4).
END_OF_DAY = timedelta(minutes=15)


class Judge:
    """The watcher of an account's wire. The first of the referees has the cluster that faults befall.

    The clusters after it have none: that they are served as if they were alone is judged here (rule 14).
    """

    def __init__(self, account: Account, sites: Sequence[Site], referees: Sequence[Referee]) -> None:
        self._account = account
        self._referees = referees
        self._of_group = {site.group_name: each for site, each in zip(sites, referees, strict=True)}
        cells = list(zip(sites, referees, strict=True))
        self._waits = {site.group_name: Waits(site, each) for site, each in cells}
        self._others = [Other(site, each, sites[0]) for site, each in cells[1:]]

    def before(self, service: str, operation: str, params: Mapping[str, Any]) -> Any:
        """Have a call that acts on a group judged before AWS takes it."""
        if operation == "CreateTags":
            for instance_id in params["Resources"]:
                self._of_group[self._account.hosts.groups[instance_id]].wishes.asked_to_drain(instance_id)
        if service != "autoscaling" or operation.startswith("Describe"):
            return None
        referee = self._referee(params)
        return referee.before(operation, params) if referee else None

    def after(self, operation: str, params: Mapping[str, Any], seen: Any) -> None:
        """Have a call judged that took effect."""
        if seen is None or (referee := self._referee(params)) is None:
            return
        referee.after(operation, params, seen)
        if operation == "SetDesiredCapacity":
            self._waits[params["AutoScalingGroupName"]].launches.raised(seen)
        for other in self._others:
            other.acted(operation, seen["AutoScalingGroupName"])

    def _referee(self, params: Mapping[str, Any]) -> Referee | None:
        """Return who judges a call; nobody does if it is about a group that another template made."""
        group = params.get("AutoScalingGroupName") or self._account.hosts.groups.get(params["InstanceId"], "")
        return self._of_group.get(group)

    def look(self) -> None:
        """Have everything judged that happened since the last look."""
        for referee in self._referees:
            referee.look()

    def ends_day(self) -> None:
        """Note that the sessions of all clusters end now."""
        for other in self._others:
            other.excused_until = self._account.agenda.now() + END_OF_DAY

    def swept(self, failed: str) -> None:
        """Judge a sweep that AWS did not trouble, and that came to its end or `failed`."""
        for other in self._others:
            other.swept(failed)

    def ticked(self) -> None:
        """Judge what does not show in calls."""
        for waits in self._waits.values():
            waits.look()
        for other in self._others:
            other.look()


class Other:
    """One cluster that nothing befalls, beside the `first` one, whose group may have its name for a while."""

    def __init__(self, site: Site, referee: Referee, first: Site) -> None:
        self._site = site
        self._referee = referee
        self._first = first
        self._full_since: datetime | None = None
        self._version = ""
        self.excused_until = self._alone_since = site.agenda.now()
        self._shared_since: datetime | None = None

    def acted(self, operation: str, group: str) -> None:
        """Judge a call of ours: nobody decides on the first one's group while that has this one's name."""
        since = self._shared_since
        if since is None or not self._shares() or group != self._first.group_name:
            return
        if operation in GROUP_ACTS and self._site.agenda.now() - since >= STALE:
            self._broken(f"{operation} on {group}, which has its name since {since:%H:%M:%S}")

    def _shares(self) -> bool:
        return self._first.named == self._site.cluster.name

    def swept(self, failed: str) -> None:
        """Judge its place in a sweep."""
        if failed:
            self._broken(f"the sweep failed for all: {failed}")
        elif self._site.listed in UNDECIDED:
            self._broken(f"the sweep listed it as {self._site.listed}")

    def look(self) -> None:
        """Judge if its raise is late, and if its ledger has what nobody of its own said."""
        site, now = self._site, self._site.agenda.now()
        scale = site.cluster.scale
        if any(takes_more(rdb, scale) or comes(rdb) for rdb in site.running()) or now < self.excused_until:
            self._full_since = None
        elif self._full_since is None:
            self._full_since = now
        elif now - self._full_since >= (LATE_TO_ONE_THAT_DRAINED if self._waits() else LATE):
            self._judge_desired()
        self._judge_ledger()
        self._judge_alerts()
        self._judge_releases()

    def _waits(self) -> bool:
        """Report whether it waits for a newer reading, since another drained after the last one (rule 4)."""
        return "overtaken_since" in json.loads(self._site.ledger())

    def _judge_desired(self) -> None:
        group = self._site.group()
        serving = sum(member["LifecycleState"] in ("Pending", "InService") for member in group["Instances"])
        # Its own brake waits where hosts drained one after the other, as at two ends of a day: that is told.
        brakes = (self._site.cluster.name, "short") in self._site.account.topic.standing
        if group["DesiredCapacity"] <= serving and serving < group["MaxSize"] and not brakes:
            self._broken(f"full since {self._full_since:%H:%M:%S}, and not raised")
            self.excused_until = self._site.agenda.now() + END_OF_DAY

    def _judge_ledger(self) -> None:
        item = self._site.table.ledger(self._site.cluster.name)
        if item is None or item["version"]["N"] == self._version:
            return
        self._version = item["version"]["N"]
        for instance_id, sequence in self._site.reported():
            if sequence not in self._site.sequences.get(instance_id, ()):
                self._broken(f"its ledger has a report of {instance_id} that its host did not send")

    def _judge_alerts(self) -> None:
        """No alert of its own is about another cluster's host."""
        groups, name = self._site.hosts.groups, self._site.cluster.name
        for cluster, key in self._site.account.topic.standing:
            about = key.partition(" ")[2]
            if cluster == name and groups.get(about, self._site.group_name) != self._site.group_name:
                self._broken(f"is told {key}")

    def _judge_releases(self) -> None:
        """Who is empty leaves at once, unless releases wait because two groups have the name (rule 15)."""
        site, now = self._site, self._site.agenda.now()
        if self._shares():
            self._alone_since, self._shared_since = now, self._shared_since or now
            return
        self._shared_since = None
        group = site.group()
        if group["DesiredCapacity"] <= group["MinSize"]:
            return
        for member in group["Instances"]:
            state, since = site.plant.rdbs[member["InstanceId"]].history[-1]
            ready = state is State.DRAINED and member["LifecycleState"] == "InService"
            if ready and now - max(since, self._alone_since) >= RELEASED:
                self._alone_since = now
                self._broken(f"{member['InstanceId']} is drained since {since:%H:%M:%S}, and not released")

    def _broken(self, text: str) -> None:
        self._referee.broken("of_another_cluster", f"{self._site.cluster.name}: {text}")
