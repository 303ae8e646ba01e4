"""People who act on a cluster by hand, wisely or not; each act tells if anything came of it."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from chalicelib.contract.report import State
from chalicelib.core.facts.calendar import Calendar
from chalicelib.core.facts.wake_ups import (
    Command,
    DrainRdbs,
    LiftHold,
    ReleaseRdb,
    RemoveCalendar,
    SetCalendar,
    SetFloor,
    SetHold,
    WakeUp,
)
from chalicelib.core.release.walls import SUSPENDED
from twin.fuzz.crowd import Crowd
from twin.fuzz.functions import Functions
from twin.fuzz.hosts import SUBNETS
from twin.fuzz.referee import Referee
from twin.fuzz.site import Site

WHO = "arn:aws:sts::123456789012:assumed-role/operators/jo"


class Operators:
    """The console, the stack and the HTTP API in the hands of people."""

    def __init__(self, site: Site, functions: Functions, crowd: Crowd, referee: Referee) -> None:
        self._site = site
        self._functions = functions
        self._crowd = crowd
        self._referee = referee
        self._commands = 0
        self._held: list[str | None] = []
        self._ever_held: list[str | None] = []
        self._has_calendar = False

    def lowers_desired(self, random: Random) -> bool:
        """Lower the number by hand: the loaded gun."""
        group = self._site.group()
        smallest, desired = group["MinSize"], group["DesiredCapacity"]
        if desired <= smallest:
            return False
        return self._acts("SetDesiredCapacity", DesiredCapacity=random.randint(smallest, desired - 1))

    def removes_protection(self, random: Random) -> bool:
        """Take the scale-in protection from some instances, or all."""
        members = self._site.group()["Instances"]
        serving = [m["InstanceId"] for m in members if m["LifecycleState"] == "InService"]
        if not serving:
            return False
        chosen = sorted(random.sample(serving, random.randint(1, len(serving))))
        done = self._acts("SetInstanceProtection", InstanceIds=chosen, ProtectedFromScaleIn=False)
        for instance_id in chosen if done else ():
            self._referee.took_down(f"protected {instance_id}")
        return done

    def resumes_processes(self, random: Random) -> bool:
        """Resume one suspended process, or all."""
        chosen = random.choice([[name] for name in sorted(SUSPENDED)] + [sorted(SUSPENDED)])
        if not self._acts("ResumeProcesses", ScalingProcesses=chosen):
            return False
        self._referee.took_down("suspended")
        return True

    def removes_hook(self, _random: Random) -> bool:
        """Delete the terminating hooks: whoever waits goes on."""
        where = {"AutoScalingGroupName": self._site.group_name}
        for hook in self._site.autoscaling.call("DescribeLifecycleHooks", where)["LifecycleHooks"]:
            self._referee.took_down("hook")
            if self._acts("DeleteLifecycleHook", LifecycleHookName=hook["LifecycleHookName"]):
                return True
        return False

    def updates_stack(self, random: Random) -> bool:
        """Update the stack from a template that says too much: sizes, desired capacity, walls left out."""
        group = self._site.group()
        smallest = random.randint(0, 2)
        largest = max(smallest, random.randint(2, self._site.max_size + 2))
        changes: dict[str, Any] = {"MinSize": smallest, "MaxSize": largest}
        if random.random() < 0.5:
            highest = min(largest, max(smallest, group["DesiredCapacity"] + 1))
            changes["DesiredCapacity"] = random.randint(smallest, highest)
        if random.random() < 0.3:
            changes["NewInstancesProtectedFromScaleIn"] = False
            self._referee.took_down("protects-new")
        if random.random() < 0.3:
            changes["InstanceLifecyclePolicy"] = {"RetentionTriggers": {"TerminateHookAbandon": "terminate"}}
            self._referee.took_down("retains")
        if random.random() < 0.2:
            changes["DeletionProtection"] = "none"
            self._referee.took_down("undeletable")
        return self._acts("UpdateAutoScalingGroup", **changes)

    def restores_order(self) -> None:
        """Bring the stack back as it should be, in all zones, with nothing on hold."""
        site = self._site
        self._acts(
            "UpdateAutoScalingGroup", MinSize=site.min_size, MaxSize=site.max_size, VPCZoneIdentifier=SUBNETS
        )
        self._acts("ResumeProcesses", ScalingProcesses=["Launch"])
        # All that were ever placed: the request to lift one may have ended among the dead letters.
        for target in dict.fromkeys(self._ever_held):
            self._sends(LiftHold(self._new_id(), WHO, self._site.agenda.now(), target))
        self.removes_calendar()
        self._held.clear()
        self._ever_held.clear()

    def terminates(self, random: Random) -> bool:
        """End one instance in the console of EC2 Auto Scaling or, its protection lifted, of EC2."""
        members = [m["InstanceId"] for m in self._site.group()["Instances"]]
        if not members:
            return False
        rdb = self._site.plant.rdbs[random.choice(members)]
        if random.random() < 0.2:
            if rdb.terminated_at is not None:
                return False
            self._referee.ended_by_operator(rdb)
            self._crowd.crashes(rdb)
            return True
        return self._acts(
            "TerminateInstanceInAutoScalingGroup",
            InstanceId=rdb.instance_id,
            ShouldDecrementDesiredCapacity=random.random() < 0.5,
        )

    def raises_to(self, desired: int) -> bool:
        """Raise DesiredCapacity in the console, as far as MaxSize lets it."""
        group = self._site.group()
        desired = min(group["MaxSize"], desired)
        return desired > group["DesiredCapacity"] and self._acts(
            "SetDesiredCapacity", DesiredCapacity=desired
        )

    def asks_for_capacity(self, random: Random) -> bool:
        """Ask the API for a host or two more, for the rest of the session or for some minutes."""
        return self.asks_for(random.randint(1, 2), random.choice((None, 5, 15, 40)))

    def asks_for(self, more: int, minutes: float | None) -> bool:
        """Ask the API for an absolute floor; 0 more is one of the hosts that there are."""
        group, now = self._site.group(), self._site.agenda.now()
        floor = min(group["MaxSize"], group["DesiredCapacity"] + more)
        self._referee.floor_asked_at = now
        until = now + timedelta(minutes=minutes) if minutes else None
        return self._sends(SetFloor(self._new_id(), WHO, now, floor, until))

    def asks_for_release(self, random: Random) -> bool:
        """Ask the API to release any RDB, loaded or not, or to drain a standby first."""
        rdbs = self._site.running()
        if not rdbs:
            return False
        standbys = [rdb.instance_id for rdb in rdbs if rdb.state is State.STANDBY]
        if standbys and random.random() < 0.5:
            return self._sends(
                DrainRdbs(self._new_id(), WHO, self._site.agenda.now(), (random.choice(standbys),))
            )
        return self._sends(
            ReleaseRdb(self._new_id(), WHO, self._site.agenda.now(), random.choice(rdbs).instance_id)
        )

    def places_hold(self, random: Random) -> bool:
        """Place a hold by the API on one RDB or on the cluster."""
        rdbs = [rdb.instance_id for rdb in self._site.running()]
        target = random.choice([None, *rdbs])
        self._held.append(target)
        self._ever_held.append(target)
        return self._sends(SetHold(self._new_id(), WHO, self._site.agenda.now(), "looking at it", target))

    def lifts_hold(self, random: Random) -> bool:
        """Lift by the API one of the holds that were placed."""
        if not self._held:
            return False
        target = self._held.pop(random.randrange(len(self._held)))
        return self._sends(LiftHold(self._new_id(), WHO, self._site.agenda.now(), target))

    def keeps_none(self) -> bool:
        """Allow nights without any host: the sizes of the stack are left as they are else."""
        return self._acts("UpdateAutoScalingGroup", MinSize=0)

    def puts_calendar(self, calendar: Calendar) -> bool:
        """Put a calendar by the API, right or wrong."""
        self._has_calendar = True
        now = self._site.agenda.now()
        return self._sends(
            SetCalendar(self._new_id(), WHO, now, msgspec.structs.replace(calendar, by=WHO, at=now))
        )

    def removes_calendar(self) -> bool:
        """Remove the calendar by the API, if there ever was one."""
        had, self._has_calendar = self._has_calendar, False
        return had and self._sends(RemoveCalendar(self._new_id(), WHO, self._site.agenda.now()))

    def _sends(self, command: Command) -> bool:
        return self.delivers(command, self._site.agenda.now())

    def delivers(self, command: Command, asked_at: datetime) -> bool:
        """Deliver a command that was asked for at that time."""
        site = self._site
        wake_up = WakeUp(site.cluster.name, "operator", asked_at, f"{WHO} asks", command=command)
        site.note(f"operator asks: {command}")
        # The API puts it into the queue itself: nothing is lost or late on that way.
        site.agenda.after(0.1, lambda: self._functions.woken(wake_up))
        return True

    def _new_id(self) -> str:
        self._commands += 1
        return f"command-{self._commands}"

    def _acts(self, operation: str, **params: Any) -> bool:
        site = self._site
        site.wire.written()
        before = site.group()["DesiredCapacity"]
        if not site.act(operation, **params):
            return False
        if (desired := site.group()["DesiredCapacity"]) != before:
            self._referee.set_by_operator(before, desired)
        site.note(f"operator: {operation} {params}")
        return True
