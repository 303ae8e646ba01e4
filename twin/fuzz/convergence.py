"""The conditions that hold an hour after the faults stopped."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.contract.report import State
from twin.fuzz.rules import Rule
from twin.fuzz.site import Site

SUSPENDED = {"AZRebalance", "ReplaceUnhealthy", "Terminate"}


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
    if not any(rdb.state in (State.LIVE, State.STANDBY) and rdb.percent < site.cluster.scale for rdb in rdbs):
        yield "no room"
    if site.plant.waiting:
        yield f"{site.plant.waiting} updates wait in the log"


def _gone(site: Site, group: Mapping[str, Any], members: Mapping[str, str]) -> Iterator[str]:
    newest = json.loads(site.table.decision)
    refused = {refusal["what"]: refusal["reasons"] for refusal in newest.get("refused", ())}
    for instance_id, state in members.items():
        rdb = site.plant.rdbs[instance_id]
        alive = rdb.terminated_at is None
        if alive and state == "InService" and group["DesiredCapacity"] <= group["MinSize"]:
            continue
        if rdb.state is State.DRAINED or not alive:
            why = "; ".join(refused.get(instance_id, ["nothing refused"]))
            yield f"{instance_id} is {rdb.state if alive else 'dead'} and still {state} ({why})"


def _walls(site: Site, group: Mapping[str, Any]) -> Iterator[str]:
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
    hooks = site.autoscaling.call("DescribeLifecycleHooks", {"AutoScalingGroupName": site.group_name})
    standing = [hook["DefaultResult"] for hook in hooks["LifecycleHooks"]]
    if standing != ["ABANDON"]:
        yield f"the terminating hooks are {standing}"


def _ledger(site: Site, members: Mapping[str, str]) -> Iterator[str]:
    rdbs = json.loads(site.ledger()).get("rdbs", {})
    known = {i: rdb["member"]["lifecycle"] for i, rdb in rdbs.items() if rdb.get("member")}
    if known != members:
        yield f"the ledger has {known}, the group {dict(members)}"
