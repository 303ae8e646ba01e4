"""Judges every call and every termination by the truth: it shares nothing with the control plane."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.contract.report import State
from twin.autoscaling import Termination
from twin.fuzz.faulty import FaultyRdb
from twin.fuzz.site import Site
from twin.fuzz.tally import Broken
from twin.fuzz.wishes import Wishes
from twin.oracle import Known

TERMINATE = "TerminateInstanceInAutoScalingGroup"
COMPLETE = "CompleteLifecycleAction"
# Two sweeps, and the two minutes for which our own write is believed.
PUT_BACK = timedelta(minutes=5)
AT_ONCE = timedelta(minutes=1)
# Two minutes after its own write by its own clock. Later than the last one nobody puts anything back.
TAKEN_FOR_OURS = timedelta(minutes=3)
# AWS shows changes of these seconds after ours as ours.
SENT_AGAIN = timedelta(seconds=11)
GIVEN_UP = timedelta(minutes=15)


class Stopped(BaseException):
    """The breach that was looked for has happened."""


class Undone(NamedTuple):
    """The number that somebody wrote and that our write lowered, less what was released since; and when.

    `settled` is set once it was put back, or need not or cannot be.
    """

    desired: int
    at: datetime
    settled: bool = False


class Referee:
    """Watches one cluster's calls and its group; `stop_at` is an invariant whose breach ends the run.

    `walls` says if the rule builds any. `operator_set_at` is when an operator last set DesiredCapacity. One
    who asks the API for capacity notes it in `floor_asked_at`.
    """

    def __init__(self, site: Site, walls: bool) -> None:
        self._site = site
        self._walls = walls
        self._seen = self._unheld = 0
        self._ours: set[str] = set()
        self._judged: set[str] = set()
        self._down: dict[str, tuple[datetime, datetime | None]] = {}
        self.wishes = Wishes(site, self.broken)
        self._undone: Undone | None = None
        self._changed_at: datetime | None = None
        self.stop_at = ""
        self.operator_set_at: datetime | None = None
        self.floor_asked_at: datetime | None = None

    # What operators do

    def took_down(self, wall: str) -> None:
        """Note which wall an operator took down, by its name; after `protected` comes the instance."""
        self._down[wall] = (self._site.agenda.now(), None)

    def was_down(self, wall: str, within: timedelta) -> bool:
        """Tell if a wall was taken down so lately; it may be up again before anybody looks."""
        at, _ = self._down.get(wall, (None, None))
        return at is not None and self._site.agenda.now() - at <= within

    def set_by_operator(self, before: int, desired: int) -> None:
        """Note that an operator set DesiredCapacity.

        AWS's words name no caller: who lowers to the number that we sent just before may be taken for us, and
        be raised back, for longer if that write has no answer or changed nothing. Nothing says that it must
        be.
        """
        now, sent = self._site.agenda.now(), self._site.wire.sent
        self.operator_set_at = now
        near = SENT_AGAIN if sent and sent.at == self._changed_at else TAKEN_FOR_OURS
        if sent and sent.desired == desired < before and now - sent.at <= near:
            self._undone = Undone(before, now, settled=True)

    def launched(self, instance_id: str) -> None:
        """Note an instance: one that starts while nothing protects new ones is without protection."""
        if "protects-new" in self._down and self._down["protects-new"][1] is None:
            self.took_down(f"protected {instance_id}")

    def lost(self, rdb: FaultyRdb) -> None:
        """Account for the rows of an RDB that is gone: of the live one's the log has them all."""
        if rdb.state is not State.LIVE:
            self._site.lost += rdb.rows
        rdb.rows = 0

    def ended_by_operator(self, rdb: FaultyRdb) -> None:
        """Count a loaded RDB that an operator ended, walls or not."""
        if rdb.rows:
            self._site.tally.counts["operator_terminations"] += 1
            self._site.note(f"an operator ended {rdb.instance_id} with {rdb.rows} rows")

    # What the functions do

    def before(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the group before a call that acts on it, and judge the call by its name."""
        group = self._site.group()
        if operation == TERMINATE:
            self._names(params["InstanceId"], "a Terminate of ours")
        elif operation == COMPLETE and params["LifecycleActionResult"] == "CONTINUE":
            self._names(params["InstanceId"], "a CONTINUE of ours")
        return group

    def after(self, operation: str, params: Mapping[str, Any], seen: Mapping[str, Any]) -> None:
        """Judge a call that took effect."""
        now, before = self._site.agenda.now(), int(seen["DesiredCapacity"])
        self._site.note(f"{operation} {json.dumps(params)} (desired was {before})")
        self._back_up(operation, params, now)
        if operation == TERMINATE:
            self._ours.add(params["InstanceId"])
            if params["ShouldDecrementDesiredCapacity"]:
                self._site.tally.counts["releases"] += 1
                if self._undone:
                    # A place given up at once may be all that the raise was for: then no launch shows it.
                    at_once = now - self._undone.at < AT_ONCE
                    fewer, settled = self._undone.desired - 1, self._undone.settled or at_once
                    self._undone = self._undone._replace(desired=fewer, settled=settled)
            return
        if operation == COMPLETE:
            self._ours.add(params["InstanceId"])
            return
        desired = int(self._site.group()["DesiredCapacity"])
        if desired != before:
            self._changed_at = now
        if desired < before:
            self._lowered(before, desired)
        elif desired > before:
            self._judge_raise(seen, desired)

    def _names(self, instance_id: str, what: str) -> None:
        """Judge a call of ours that names an instance: if that holds data, it is a breach, hook or not.

        One that EC2 has ended already holds nothing; its end is judged by itself.
        """
        if self._site.hosts.state(instance_id) == "terminated":
            return
        rdb = self._site.plant.rdbs.get(instance_id)
        if rdb is not None and rdb.rows and instance_id not in self._judged:
            self._judged.add(instance_id)
            self._unsafe(instance_id, rdb.rows, what)

    def _unsafe(self, instance_id: str, rows: int, cause: str) -> None:
        self._site.tally.causes[cause] += 1
        self.broken("unsafe_terminations", f"{instance_id} held {rows} rows: ended by {cause}")

    def _lowered(self, before: int, desired: int) -> None:
        at = self.operator_set_at
        if at is not None and at >= self._site.wire.described_as_of:
            # AWS has no compare-and-set: what an operator wrote after our Describe can only be put back.
            self._site.tally.counts["overwritten_operator_raises"] += 1
            # Without an activity of the group nothing shows both numbers.
            shows = desired > len(self._site.group()["Instances"])
            self._undone = Undone(before, self._site.agenda.now(), settled=not shows)
            return
        self.broken("lowered", f"desired {before} lowered to {desired}")

    def _judge_raise(self, seen: Mapping[str, Any], desired: int) -> None:
        site = self._site
        described = site.wire.described["AutoScalingGroups"]
        group = next(group for group in described if group["AutoScalingGroupName"] == site.group_name)
        # A rule without walls has no ledger either: what it could know is in Describe and in the metrics.
        document = site.known() if self._walls else self._shown(group)
        known = Known(document, group, site.function_now(), self.wishes.opens(), self.wishes.night())
        if site.kept_ledger is not None:
            # Of what is known only Describe is left: one above that is as much as anybody can justify.
            shown = max(group["DesiredCapacity"], len(group["Instances"]))
            room = "more than one" if desired > shown + 1 else None
        else:
            room = site.oracle.judge(desired, seen, known)
        if room and not self.is_asked_for(desired):
            told = site.table.decisions.get(site.cluster.name)
            self.broken("double_launches", f"desired raised to {desired} although {room} had room; {told}")

    def is_asked_for(self, desired: int) -> bool:
        """Tell if somebody wants this number: it is a floor, or was undone by a write of ours."""
        undone, now = self._undone, self._site.agenda.now()
        owed = undone is not None and now - self._last_try(undone) < GIVEN_UP and desired <= undone.desired
        return owed or any(desired <= number for number in self._site.floors_in_hand())

    def _last_try(self, undone: Undone) -> datetime:
        """Return since when it waits to be put back: a try that fails may have worked, and is believed."""
        return max(undone.at, self._site.wire.unanswered_at)

    def _shown(self, group: Mapping[str, Any]) -> str:
        rdbs: dict[str, dict[str, Any]] = {}
        for member in group["Instances"]:
            instance_id, healthy = member["InstanceId"], member["HealthStatus"] == "Healthy"
            launched_at = self._site.plant.rdbs[instance_id].launched_at.isoformat()
            rdb = rdbs[instance_id] = {
                "member": {"lifecycle": member["LifecycleState"], "healthy": healthy},
                "first_seen": launched_at,
            }
            if metric := self._site.metrics.newest(instance_id):
                rdb["metric"] = {"at": metric[0].isoformat(), "percent": metric[1]}
        return json.dumps({"rdbs": rdbs})

    def _back_up(self, operation: str, params: Mapping[str, Any], now: datetime) -> None:
        for wall in walls_put_up(operation, params):
            if wall in self._down:
                self._down[wall] = (self._down[wall][0], now)

    def judge_undone(self, blind: bool) -> None:
        """Judge if a raise of somebody else that ours undid is put back at the next looks (rule 2)."""
        undone, site, now = self._undone, self._site, self._site.agenda.now()
        if undone is None or undone.settled:
            return
        group, since = site.group(), self.operator_set_at
        # Without an activity of the group nothing shows both numbers.
        launches = all(each["ProcessName"] != "Launch" for each in group["SuspendedProcesses"])
        refused = "SetDesiredCapacity" in site.wire.refused
        cannot = blind or refused or not launches or site.kept_ledger is not None
        outdated = since is not None and since > undone.at
        stands = group["DesiredCapacity"] >= min(undone.desired, group["MaxSize"])
        late = now - self._last_try(undone) >= PUT_BACK
        if cannot or outdated or stands or late:
            self._undone = undone._replace(settled=True)
        if late and not (cannot or outdated or stands):
            self.broken("lowered", f"desired {undone.desired} of somebody else, undone {PUT_BACK} ago")

    # What happens to the instances

    def look(self) -> None:
        """Judge, after every step, the terminations since the last look, and the log."""
        ended = self._site.autoscaling.terminations
        while self._seen < len(ended):
            self._judge(ended[self._seen])
            self._seen += 1
        unheld = self._site.plant.unheld - self._site.lost
        if (more := unheld - self._unheld) > 0:
            self._unheld = unheld
            self._site.tally.counts["unheld"] += more - 1
            self.broken("unheld", f"{more} updates are neither held nor in the log")

    def _judge(self, ended: Termination) -> None:
        if (rdb := self._site.plant.rdbs.get(ended.instance_id)) is None:
            return
        self._site.note(f"{ended.instance_id} ended with {rdb.rows} rows: {ended.cause}")
        if not rdb.rows:
            return
        if ended.instance_id in self._judged:
            pass
        elif ended.instance_id not in self._ours and self._walls_were_down(ended):
            self._site.tally.counts["operator_terminations"] += 1
            self.lost(rdb)
        else:
            self._judged.add(ended.instance_id)
            self._unsafe(ended.instance_id, rdb.rows, f"EC2 Auto Scaling: {ended.cause}")
        rdb.rows = 0

    def _walls_were_down(self, ended: Termination) -> bool:
        """Tell if an operator had taken away what stood between AWS and this instance.

        Under a rule that builds none, only what an operator ends by name is the operator's doing.
        """
        if not self._walls:
            return ended.cause == "request"
        walls = ("suspended", "hook", "retains", f"protected {ended.instance_id}")
        periods = [self._down[wall] for wall in walls if wall in self._down]
        return any(down <= ended.at and (up is None or up > ended.selected_at) for down, up in periods)

    def broken(self, invariant: str, text: str) -> None:
        """Record a breach. Raises Stopped if it is the one that was looked for."""
        self._site.tally.counts[invariant] += 1
        self._site.tally.broken.append(Broken(invariant, self._site.agenda.now(), text))
        self._site.note(f"BROKEN {invariant}: {text}")
        if invariant == self.stop_at:
            raise Stopped


def walls_put_up(operation: str, params: Mapping[str, Any]) -> list[str]:
    """Return the walls that a call of the functions repairs, by the names of `took_down`."""
    match operation:
        case "SuspendProcesses":
            return ["suspended"]
        case "PutLifecycleHook":
            return ["hook"]
        case "UpdateAutoScalingGroup" if "InstanceLifecyclePolicy" in params:
            return ["retains"]
        case "UpdateAutoScalingGroup" if "NewInstancesProtectedFromScaleIn" in params:
            return ["protects-new"]
        case "UpdateAutoScalingGroup" if "DeletionProtection" in params:
            return ["undeletable"]
        case "SetInstanceProtection" if params["ProtectedFromScaleIn"]:
            return [f"protected {instance_id}" for instance_id in params["InstanceIds"]]
    return []
