"""What can befall the hosts and the group of a world, and how all of it ends."""

from typing import TYPE_CHECKING, Any

from twin.autoscaling import AwsError
from twin.fuzz.rdbs import Rdb

if TYPE_CHECKING:
    from twin.fuzz.world import World


class Mishaps:
    """Bad luck; nobody did it."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def boots(self, rdb: Rdb) -> None:
        """A host has booted, unless it hangs or is gone."""
        if rdb.alive and rdb.boots:
            self._world.plant.join(rdb)

    def crashes(self, rdb: Rdb) -> None:
        """The host dies, and EC2 calls it terminated."""
        self._world.plant.die(rdb)
        self._world.hosts.states[rdb.instance_id] = "terminated"

    def ends_in_ec2(self, instance_id: str) -> bool:
        """An operator lifts EC2's own termination protection and ends the host there."""
        rdb = self._world.plant.rdbs[instance_id]
        if not rdb.alive:
            return False
        self._world.referee.died(instance_id, rdb.rows)
        self.crashes(rdb)
        return True

    def fails_health_check(self, rdb: Rdb) -> None:
        """The group is told that a member is unhealthy."""
        self._try(
            "SetInstanceHealth",
            InstanceId=rdb.instance_id,
            HealthStatus="Unhealthy",
            ShouldRespectGracePeriod=False,
        )

    def moves_to(self, zones: str) -> bool:
        """The group spans other zones from now on, and evens itself out over them."""
        return self._on_group(
            "UpdateAutoScalingGroup", VPCZoneIdentifier=",".join(f"subnet-{zone}" for zone in zones)
        )

    def fills_zones(self, zones: str, seconds: float) -> None:
        """Zones have no capacity for a while."""
        full = self._world.hosts.full_zones
        full |= set(zones)
        self._world.agenda.after(seconds, lambda: full.difference_update(zones))

    def suspends_launch(self, seconds: float) -> None:
        """The Launch process is suspended for a while."""
        self._on_group("SuspendProcesses", ScalingProcesses=["Launch"])
        self._world.agenda.after(seconds, self._resumes_launch)

    def _resumes_launch(self) -> None:
        self._on_group("ResumeProcesses", ScalingProcesses=["Launch"])

    def end(self) -> None:
        """Everything that went wrong stops: messages and calls arrive, clocks agree, hosts answer."""
        world = self._world
        world.note("the faults stop")
        world.wire.calm()
        world.post.calm()
        world.functions.skews, world.crowd.hanging = [], 0
        world.hosts.full_zones.clear()
        for rdb in list(world.plant.running()):
            world.plant.recover(rdb)
            if not rdb.boots:
                rdb.boots = True
                self.boots(rdb)
        world.operators.restores_order()

    def _on_group(self, operation: str, **params: Any) -> bool:
        return self._try(operation, AutoScalingGroupName=self._world.group_name, **params)

    def _try(self, operation: str, **params: Any) -> bool:
        try:
            self._world.autoscaling.call(operation, params)
        except AwsError:
            return False
        return True
