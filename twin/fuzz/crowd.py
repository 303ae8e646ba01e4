"""The hosts of one world as they come, tick, report and go; and those who report in their name."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.core.wake_ups import WakeUp
from twin.fuzz.rdbs import DRAINED_EVERY, METRIC_EVERY, REPORT_EVERY, Rdb, chance

if TYPE_CHECKING:
    from twin.fuzz.world import World

TICK = 20.0
DRAIN_TAG = "highwater:drain"


class Crowd:
    """Every RDB host of a world. `hanging` is how many of the launches to come never boot."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._alarmed: set[str] = set()
        self.hanging = 0

    def started(self, instance_id: str) -> None:
        """EC2 started a host: it boots within half to one and a half times the lead time."""
        world = self._world
        rdb = Rdb(instance_id, world.full, world.agenda.now)
        world.plant.rdbs[instance_id] = rdb
        world.tally.counts["launches"] += 1
        world.referee.launched(instance_id)
        if self.hanging:
            self.hanging, rdb.boots = self.hanging - 1, False
            world.faulted("launch_hung")
        world.agenda.after(world.lead * (0.5 + chance(instance_id)), lambda: world.mishaps.boots(rdb))
        world.note(f"{instance_id} launched")

    def ended(self, instance_id: str) -> None:
        """EC2 ends a host for its group: what it still held is judged by the referee."""
        rdb = self._world.plant.rdbs[instance_id]
        self._world.plant.leave(rdb)
        rdb.alive = False

    def ticks(self) -> None:
        """The feed, and what hosts send, from now on."""
        world, now = self._world, self._world.agenda.now
        world.agenda.after(TICK, self.ticks)
        world.plant.advance(now, world.feed.updates(now), TICK)
        for rdb in list(world.plant.running()):
            if rdb.state == "standby" and DRAIN_TAG in world.hosts.tags[rdb.instance_id]:
                world.plant.drain(rdb)
            if now >= rdb.report_due:
                self.says(rdb)
            if now >= rdb.metric_due:
                rdb.metric_due += METRIC_EVERY
                self._measured(rdb, now)

    def says(self, rdb: Rdb) -> None:
        """An RDB publishes its report; a `drained` of its own carries a proof that holds."""
        now = self._world.agenda.now
        rdb.report_due = now + (DRAINED_EVERY if rdb.state == "drained" else REPORT_EVERY)
        if not rdb.silent:
            self._publish(rdb.report(self._world.cluster, now), genuine=True)

    def says_again(self, rdb: Rdb, said: Mapping[str, Any]) -> None:
        """An old report once more, proof and all."""
        if not rdb.silent:
            self._publish(said, genuine=True)

    def forges(self, rdb: Rdb, **changes: Any) -> None:
        """A report of somebody else in an RDB's name, without a proof that holds."""
        sequence, said = rdb.sequence, rdb.said
        now = self._world.agenda.now
        forged = {**rdb.report(self._world.cluster, now), **changes, "sent_at": now}
        rdb.sequence, rdb.said = sequence, said
        self._publish(forged, genuine=False)

    def _publish(self, said: Mapping[str, Any], *, genuine: bool) -> None:
        text = msgspec.json.encode(said).decode()
        world = self._world
        world.post.send(str(said["instance_id"]), lambda: world.functions.reported(text, genuine))

    def _measured(self, rdb: Rdb, now: datetime) -> None:
        """The metric of a minute; its alarm goes off when it first reaches the scale threshold."""
        world = self._world
        if rdb.silent or rdb.hung:
            return
        world.metrics.put(rdb.instance_id, rdb.percent, now)
        if rdb.percent < world.scale:
            self._alarmed.discard(rdb.instance_id)
        elif rdb.instance_id not in self._alarmed:
            self._alarmed.add(rdb.instance_id)
            wake_up = WakeUp(world.cluster, "alarm", now, rdb.instance_id)
            world.post.send(rdb.instance_id, lambda: world.functions.woken(wake_up))
