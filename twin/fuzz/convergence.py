"""The conditions that hold when faults stopped longer ago than the longest pause between launches."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from chalicelib.contract.report import State
from twin.fuzz.rules import Rule
from twin.fuzz.site import Site
from twin.fuzz.truth import Now


class Described(NamedTuple):
    """A group and its lifecycle hooks, as EC2 Auto Scaling describes them."""

    group: Mapping[str, Any]
    hooks: Sequence[Mapping[str, Any]]


# The harness's own judgement of each wall: it shares nothing with the control plane.
WALLS: Mapping[str, Callable[[Described], bool]] = {
    "suspended": lambda seen: (
        {"AZRebalance", "ReplaceUnhealthy", "Terminate"}
        <= {process["ProcessName"] for process in seen.group["SuspendedProcesses"]}
    ),
    "protects-new": lambda seen: seen.group["NewInstancesProtectedFromScaleIn"],
    "protected": lambda seen: all(
        member["ProtectedFromScaleIn"]
        for member in seen.group["Instances"]
        if member["LifecycleState"] == "InService"
    ),
    "retains": lambda seen: (
        seen.group["InstanceLifecyclePolicy"]["RetentionTriggers"]["TerminateHookAbandon"] == "retain"
    ),
    "undeletable": lambda seen: seen.group.get("DeletionProtection", "none") != "none",
    "hook": lambda seen: [hook["DefaultResult"] for hook in seen.hooks] == ["ABANDON"],
}


def unconverged(site: Site, rule: Rule) -> tuple[str, ...]:
    """Return every reason why the cluster is not as it should be; none when it is."""
    group = site.group()
    members = {m["InstanceId"]: m["LifecycleState"] for m in group["Instances"]}
    found = [*_capacity(site, group, members), *_gone(site, group, members)]
    if rule.walls:
        found += [*_walls(site, group), *_ledger(site, members)]
    return tuple(found)


def _capacity(site: Site, group: Mapping[str, Any], members: Mapping[str, str]) -> Iterator[str]:
    counted = [i for i, state in members.items() if state == "InService" or state.startswith("Pending")]
    # Rebalancing may pass MaxSize by one where Terminate is suspended: nothing can be done about it.
    if len(counted) != group["DesiredCapacity"] and group["DesiredCapacity"] != group["MaxSize"]:
        yield f"{len(counted)} instances for a desired capacity of {group['DesiredCapacity']}"
    rdbs = [site.plant.rdbs[i] for i in counted]
    if len(rdbs) >= group["MaxSize"] and all(rdb.state is not State.DRAINED for rdb in rdbs):
        return
    if Now(site).sleeps:
        return
    if not any(rdb.state in (State.LIVE, State.STANDBY) and rdb.percent < site.cluster.scale for rdb in rdbs):
        yield "no room"
    if site.plant.waiting:
        yield f"{site.plant.waiting} updates wait in the log"


def _gone(site: Site, group: Mapping[str, Any], members: Mapping[str, str]) -> Iterator[str]:
    newest = json.loads(site.table.decisions.get(site.cluster.name, "{}"))
    refused = {refusal.get("instance_id"): refusal["reasons"] for refusal in newest.get("refused", ())}
    for instance_id, state in members.items():
        rdb = site.plant.rdbs[instance_id]
        alive = rdb.terminated_at is None
        if alive and state == "InService" and group["DesiredCapacity"] <= group["MinSize"]:
            continue
        if rdb.state is State.DRAINED or not alive:
            why = "; ".join(refused.get(instance_id, ["nothing refused"]))
            yield f"{instance_id} is {rdb.state if alive else 'dead'} and still {state} ({why})"


def _walls(site: Site, group: Mapping[str, Any]) -> Iterator[str]:
    hooks = site.autoscaling.call("DescribeLifecycleHooks", {"AutoScalingGroupName": site.group_name})
    seen = Described(group, hooks["LifecycleHooks"])
    for name, stands in WALLS.items():
        if not stands(seen):
            yield f"wall {name} does not stand: {seen}"


def _ledger(site: Site, members: Mapping[str, str]) -> Iterator[str]:
    rdbs = json.loads(site.ledger()).get("rdbs", {})
    known = {i: rdb["member"]["lifecycle"] for i, rdb in rdbs.items() if rdb.get("member")}
    if known != members:
        yield f"the ledger has {known}, the group {dict(members)}"
