"""What people do to a cluster by hand, wisely or not: each returns whether anything came of it."""

from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING, Any

from chalicelib.core.wake_ups import Command, DrainRdbs, LiftHold, RaiseTo, ReleaseRdb, SetHold, WakeUp
from twin.autoscaling import AwsError
from twin.fuzz.hosts import SUBNETS

if TYPE_CHECKING:
    from twin.fuzz.world import World

WHO = "arn:aws:sts::123456789012:assumed-role/operators/jo"
WALLS = ("AZRebalance", "ReplaceUnhealthy", "Terminate")


class Operators:
    """The console, the stack and the HTTP API in the hands of people."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._commands = 0
        self._held: list[str | None] = []
        self._ever_held: list[str | None] = []

    def lowers_desired(self, random: Random) -> bool:
        """The loaded gun: a lower number by hand."""
        group = self._world.group()
        if group["DesiredCapacity"] <= group["MinSize"]:
            return False
        return self._sets(
            "SetDesiredCapacity", random.randint(group["MinSize"], group["DesiredCapacity"] - 1)
        )

    def removes_protection(self, random: Random) -> bool:
        """Some instances, or all of them, lose their scale-in protection."""
        serving = [
            m["InstanceId"] for m in self._world.group()["Instances"] if m["LifecycleState"] == "InService"
        ]
        if not serving:
            return False
        chosen = sorted(random.sample(serving, random.randint(1, len(serving))))
        done = self._acts("SetInstanceProtection", InstanceIds=chosen, ProtectedFromScaleIn=False)
        for instance_id in chosen if done else ():
            self._world.referee.took_down(f"protected {instance_id}")
        return done

    def resumes_processes(self, random: Random) -> bool:
        """One suspended process, or all."""
        chosen = random.choice([[name] for name in WALLS] + [list(WALLS)])
        if not self._acts("ResumeProcesses", ScalingProcesses=chosen):
            return False
        self._world.referee.took_down("suspended")
        return True

    def removes_hook(self, _random: Random) -> bool:
        """The terminating hooks are deleted: whoever waits goes on."""
        for hook in self._call("DescribeLifecycleHooks")["LifecycleHooks"]:
            self._world.referee.took_down("hook")
            if self._acts("DeleteLifecycleHook", LifecycleHookName=hook["LifecycleHookName"]):
                return True
        return False

    def updates_stack(self, random: Random) -> bool:
        """A template that says too much: sizes, desired capacity, walls left out."""
        group = self._world.group()
        smallest = random.randint(0, 2)
        largest = max(smallest, random.randint(2, self._world.max_size + 2))
        changes: dict[str, Any] = {"MinSize": smallest, "MaxSize": largest}
        if random.random() < 0.5:
            highest = min(largest, max(smallest, group["DesiredCapacity"] + 1))
            changes["DesiredCapacity"] = random.randint(smallest, highest)
        if random.random() < 0.3:
            changes["NewInstancesProtectedFromScaleIn"] = False
            self._world.referee.took_down("protects-new")
        if random.random() < 0.3:
            changes["InstanceLifecyclePolicy"] = {"RetentionTriggers": {"TerminateHookAbandon": "terminate"}}
            self._world.referee.took_down("retains")
        if random.random() < 0.2:
            changes["DeletionProtection"] = "none"
        return self._acts("UpdateAutoScalingGroup", **changes)

    def restores_order(self) -> None:
        """The stack as it should be, all zones, nothing on hold."""
        world = self._world
        self._acts(
            "UpdateAutoScalingGroup",
            MinSize=world.min_size,
            MaxSize=world.max_size,
            VPCZoneIdentifier=SUBNETS,
        )
        self._acts("ResumeProcesses", ScalingProcesses=["Launch"])
        # All that were ever placed: the request to lift one may have ended among the dead letters.
        for target in dict.fromkeys(self._ever_held):
            self._sends(LiftHold(self._new_id(), WHO, target))
        self._held.clear()
        self._ever_held.clear()

    def terminates(self, random: Random) -> bool:
        """One instance, in the console of EC2 Auto Scaling or, its protection lifted, of EC2."""
        members = [m["InstanceId"] for m in self._world.group()["Instances"]]
        if not members:
            return False
        instance_id = random.choice(members)
        if random.random() < 0.2:
            return self._world.mishaps.ends_in_ec2(instance_id)
        decrement = random.random() < 0.5
        return self._acts(
            "TerminateInstanceInAutoScalingGroup",
            on_group=False,
            InstanceId=instance_id,
            ShouldDecrementDesiredCapacity=decrement,
        )

    def asks_for_capacity(self, random: Random) -> bool:
        """By the API: an absolute floor."""
        group = self._world.group()
        floor = min(group["MaxSize"], group["DesiredCapacity"] + random.randint(1, 2))
        return self._sends(RaiseTo(self._new_id(), WHO, floor))

    def asks_for_release(self, random: Random) -> bool:
        """By the API: any RDB, loaded or not; or, of a standby, that it drains first."""
        rdbs = list(self._world.plant.running())
        if not rdbs:
            return False
        standbys = [rdb.instance_id for rdb in rdbs if rdb.state == "standby"]
        if standbys and random.random() < 0.5:
            return self._sends(DrainRdbs(self._new_id(), WHO, (random.choice(standbys),)))
        return self._sends(ReleaseRdb(self._new_id(), WHO, random.choice(rdbs).instance_id))

    def places_hold(self, random: Random) -> bool:
        """By the API: on one RDB or on the cluster."""
        rdbs = [rdb.instance_id for rdb in self._world.plant.running()]
        target = random.choice([None, *rdbs])
        self._held.append(target)
        self._ever_held.append(target)
        return self._sends(SetHold(self._new_id(), WHO, "looking at it", target))

    def lifts_hold(self, random: Random) -> bool:
        """By the API: one of those that were placed."""
        if not self._held:
            return False
        target = self._held.pop(random.randrange(len(self._held)))
        return self._sends(LiftHold(self._new_id(), WHO, target))

    def _sends(self, command: Command) -> bool:
        world = self._world
        cause = f"{WHO} asks"
        wake_up = WakeUp(world.cluster, "operator", world.agenda.now, cause, command=command)
        world.note(f"operator asks: {command}")
        # The API puts it into the queue itself: nothing is lost or late on that way.
        world.agenda.after(0.1, lambda: world.functions.woken(wake_up))
        return True

    def _new_id(self) -> str:
        self._commands += 1
        return f"command-{self._commands}"

    def _sets(self, operation: str, desired: int) -> bool:
        return self._acts(operation, DesiredCapacity=desired)

    def _acts(self, operation: str, *, on_group: bool = True, **params: Any) -> bool:
        world = self._world
        if world.wire.stale_after_write:
            world.wire.freeze(*world.wire.stale_after_write)
            world.wire.stale_after_write = None
        before = world.group()["DesiredCapacity"]
        try:
            self._call(operation, on_group=on_group, **params)
        except AwsError:
            return False
        if (desired := world.group()["DesiredCapacity"]) != before:
            world.referee.operator_set = world.agenda.now, desired
        world.note(f"operator: {operation} {params}")
        return True

    def _call(self, operation: str, *, on_group: bool = True, **params: Any) -> Mapping[str, Any]:
        if on_group:
            params["AutoScalingGroupName"] = self._world.group_name
        return self._world.autoscaling.call(operation, params)
