"""Judges every call and every termination by the truth. Nothing here is shared with the control plane."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from twin.autoscaling import Termination
from twin.fuzz.facts import BELIEVED, Facts, Raised
from twin.fuzz.tally import Broken

if TYPE_CHECKING:
    from twin.fuzz.world import World

TERMINATE = "TerminateInstanceInAutoScalingGroup"
COMPLETE = "CompleteLifecycleAction"


class Stopped(BaseException):
    """The breach that was looked for has happened."""


class Referee:
    """Watches a world's wire and its groups; `stop_at` is an invariant whose breach ends the run."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._seen = 0
        self._ours: set[str] = set()
        self._judged: set[str] = set()
        self._down: dict[str, tuple[datetime, datetime | None]] = {}
        self._raised: Raised | None = None
        self._raised_at = world.agenda.now
        self.stop_at = ""
        self.operator_set: tuple[datetime, int] | None = None

    # What operators do

    def took_down(self, wall: str) -> None:
        """An operator took down `suspended`, `hook`, `retains`, `protects-new` or `protected <id>`."""
        self._down[wall] = (self._world.agenda.now, None)

    def launched(self, instance_id: str) -> None:
        """An instance that starts while nothing protects new ones is without protection."""
        if "protects-new" in self._down and self._down["protects-new"][1] is None:
            self.took_down(f"protected {instance_id}")

    def died(self, instance_id: str, rows: int) -> None:
        """An operator ended a host in EC2, walls or not."""
        if rows:
            self._world.tally.counts["operator_terminations"] += 1
            self._world.note(f"an operator ended {instance_id} with {rows} rows")

    # What the functions do

    def before(self, service: str, operation: str, params: Mapping[str, Any]) -> Any:
        """The group before one call that acts on it."""
        if service != "autoscaling" or operation.startswith("Describe"):
            return None
        group = self._world.group()
        if operation == TERMINATE:
            self._names(params["InstanceId"], "a Terminate of ours")
        elif operation == COMPLETE and params["LifecycleActionResult"] == "CONTINUE":
            self._names(params["InstanceId"], "a CONTINUE of ours")
        return group

    def after(self, service: str, operation: str, params: Mapping[str, Any], seen: Any) -> None:
        """Judges one call that took effect."""
        if service != "autoscaling" or seen is None:
            return
        now, before = self._world.agenda.now, int(seen["DesiredCapacity"])
        self._world.note(f"{operation} {json.dumps(params)} (desired was {before})")
        self._back_up(operation, params, now)
        if operation == TERMINATE:
            self._ours.add(params["InstanceId"])
            if params["ShouldDecrementDesiredCapacity"]:
                self._world.tally.counts["releases"] += 1
            return
        if operation == COMPLETE:
            self._ours.add(params["InstanceId"])
            return
        desired = int(self._world.group()["DesiredCapacity"])
        if desired < before:
            self._lowered(before, desired)
        elif desired > before:
            self._judge_raise(seen, desired)

    def _names(self, instance_id: str, what: str) -> None:
        """A call of ours names an instance: if it holds data, that alone is the breach, hook or not. One that
        EC2 has ended already holds nothing: who ended it is judged by itself."""
        if self._world.hosts.state(instance_id) == "terminated":
            return
        rdb = self._world.plant.rdbs.get(instance_id)
        if rdb is not None and rdb.loaded and instance_id not in self._judged:
            self._judged.add(instance_id)
            self._unsafe(instance_id, rdb.rows, what)

    def _unsafe(self, instance_id: str, rows: int, cause: str) -> None:
        self._world.tally.causes[cause] += 1
        self.broken("unsafe_terminations", f"{instance_id} held {rows} rows: ended by {cause}")

    def _lowered(self, before: int, desired: int) -> None:
        at = self.operator_set[0] if self.operator_set else None
        if at is not None and at >= self._world.wire.described_as_of:
            # AWS has no compare-and-set: what an operator wrote after our Describe cannot be seen.
            self._world.tally.counts["overwritten_operator_raises"] += 1
            return
        self.broken("desired_lowered_without_release", f"desired {before} lowered to {desired}")

    def _judge_raise(self, seen: Mapping[str, Any], desired: int) -> None:
        described = self._world.wire.described["AutoScalingGroups"][0]
        document, now = self._world.ledger(), self._world.functions.now()
        raised = self._raised if self._world.agenda.now - self._raised_at < BELIEVED else None
        self._raised, self._raised_at = Raised.of(desired, document, now), self._world.agenda.now
        asked = any(desired <= floor for floor in self._world.functions.floors_in_hand())
        if asked or desired <= max(_counted(seen), _counted(described)):
            # Asked for, or a lowered number raised back to the instances that are there.
            return
        facts = Facts(document, self._world.wire.described, raised, now)
        if room := facts.room(self._world.scale, self._world.roll, self._world.lead):
            told = self._world.table.decision
            self.broken("double_launches", f"desired raised to {desired} although {room} had room; {told}")

    def _back_up(self, operation: str, params: Mapping[str, Any], now: datetime) -> None:
        walls: list[str] = []
        if operation == "SuspendProcesses":
            walls = ["suspended"]
        elif operation == "PutLifecycleHook":
            walls = ["hook"]
        elif operation == "UpdateAutoScalingGroup" and "InstanceLifecyclePolicy" in params:
            walls = ["retains"]
        elif operation == "UpdateAutoScalingGroup" and "NewInstancesProtectedFromScaleIn" in params:
            walls = ["protects-new"]
        elif operation == "SetInstanceProtection" and params["ProtectedFromScaleIn"]:
            walls = [f"protected {i}" for i in params["InstanceIds"]]
        for wall in walls:
            if wall in self._down:
                self._down[wall] = (self._down[wall][0], now)

    # What happens to the instances

    def look(self) -> None:
        """Judges the terminations since the last look, and the log. After every step."""
        ended = self._world.autoscaling.terminations
        while self._seen < len(ended):
            self._judge(ended[self._seen])
            self._seen += 1
        if self._world.plant.unheld > self._world.tally.counts["updates_unheld"]:
            unheld = self._world.plant.unheld - self._world.tally.counts["updates_unheld"]
            self._world.tally.counts["updates_unheld"] += unheld - 1
            self.broken("updates_unheld", f"{unheld} updates are neither held nor in the log")

    def _judge(self, ended: Termination) -> None:
        rdb = self._world.plant.rdbs[ended.instance_id]
        self._world.note(f"{ended.instance_id} ended with {rdb.rows} rows: {ended.cause}")
        if not rdb.loaded:
            return
        if ended.instance_id in self._judged:
            pass
        elif ended.instance_id not in self._ours and self._walls_were_down(ended):
            self._world.tally.counts["operator_terminations"] += 1
            self._world.plant.lost += rdb.rows
        else:
            self._judged.add(ended.instance_id)
            self._unsafe(ended.instance_id, rdb.rows, f"EC2 Auto Scaling: {ended.cause}")
        rdb.rows = 0

    def _walls_were_down(self, ended: Termination) -> bool:
        """Whether an operator had taken away what stood between AWS and this instance.

        Under a rule that builds none, only what an operator ends by name is the operator's doing.
        """
        if not self._world.rule.walls:
            return ended.cause == "request"
        walls = ("suspended", "hook", "retains", f"protected {ended.instance_id}")
        periods = [self._down[wall] for wall in walls if wall in self._down]
        return any(down <= ended.at and (up is None or up > ended.selected_at) for down, up in periods)

    def broken(self, invariant: str, text: str) -> None:
        """Records one breach."""
        self._world.tally.counts[invariant] += 1
        self._world.tally.broken.append(Broken(invariant, self._world.agenda.now, text))
        self._world.note(f"BROKEN {invariant}: {text}")
        if invariant == self.stop_at:
            raise Stopped


def _counted(group: Mapping[str, Any]) -> int:
    states = [member["LifecycleState"] for member in group["Instances"]]
    return sum(state == "InService" or state.startswith("Pending") for state in states)
