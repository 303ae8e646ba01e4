"""What must be true an hour after the faults stopped."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.fuzz.world import World

SUSPENDED = {"AZRebalance", "ReplaceUnhealthy", "Terminate"}


def unconverged(world: "World") -> tuple[str, ...]:
    """Every reason why the cluster is not as it should be; none when it is."""
    group = world.group()
    members = {m["InstanceId"]: m["LifecycleState"] for m in group["Instances"]}
    found = [*_capacity(world, group, members), *_gone(world, group, members)]
    if world.rule.walls:
        found += _walls(world, group)
    if world.rule.keeps_ledger:
        found += _ledger(world, members)
    return tuple(found)


def _capacity(world: "World", group: Mapping[str, Any], members: Mapping[str, str]) -> Iterator[str]:
    counted = [i for i, state in members.items() if state == "InService" or state.startswith("Pending")]
    # Rebalancing may pass MaxSize by one where Terminate is suspended: nothing can be done about it.
    if len(counted) != group["DesiredCapacity"] and group["DesiredCapacity"] != group["MaxSize"]:
        yield f"{len(counted)} instances for a desired capacity of {group['DesiredCapacity']}"
    rdbs = [world.plant.rdbs[i] for i in counted]
    if len(rdbs) >= group["MaxSize"] and all(rdb.state != "drained" for rdb in rdbs):
        return
    if not any(rdb.state in ("live", "standby") and rdb.percent < world.scale for rdb in rdbs):
        yield "no room"
    if world.plant.waiting:
        yield f"{world.plant.waiting} updates wait in the log"


def _gone(world: "World", group: Mapping[str, Any], members: Mapping[str, str]) -> Iterator[str]:
    newest = json.loads(world.table.decision)
    refused = {refusal["what"]: refusal["reasons"] for refusal in newest.get("refused", ())}
    for instance_id, state in members.items():
        rdb = world.plant.rdbs[instance_id]
        if rdb.alive and state == "InService" and group["DesiredCapacity"] <= group["MinSize"]:
            continue
        if rdb.state == "drained" or not rdb.alive:
            why = "; ".join(refused.get(instance_id, ["nothing refused"]))
            yield f"{instance_id} is {rdb.state if rdb.alive else 'dead'} and still {state} ({why})"


def _walls(world: "World", group: Mapping[str, Any]) -> Iterator[str]:
    if down := SUSPENDED - {process["ProcessName"] for process in group["SuspendedProcesses"]}:
        yield f"{', '.join(sorted(down))} not suspended"
    if not group["NewInstancesProtectedFromScaleIn"]:
        yield "new instances are not protected"
    for member in group["Instances"]:
        if member["LifecycleState"] == "InService" and not member["ProtectedFromScaleIn"]:
            yield f"{member['InstanceId']} is not protected"
    if group["InstanceLifecyclePolicy"]["RetentionTriggers"]["TerminateHookAbandon"] != "retain":
        yield "an abandoned instance is not retained"
    if group.get("DeletionProtection", "none") == "none":
        yield "the group can be deleted"
    hooks = world.autoscaling.call("DescribeLifecycleHooks", {"AutoScalingGroupName": world.group_name})
    standing = [hook["DefaultResult"] for hook in hooks["LifecycleHooks"]]
    if standing != ["ABANDON"]:
        yield f"the terminating hooks are {standing}"


def _ledger(world: "World", members: Mapping[str, str]) -> Iterator[str]:
    rdbs = json.loads(world.ledger()).get("rdbs", {})
    known = {i: rdb["member"]["lifecycle"] for i, rdb in rdbs.items() if rdb.get("member")}
    if known != members:
        yield f"the ledger has {known}, the group {dict(members)}"
