"""The RDB groups of a cluster: the walls as the control plane's own code sees them, and what resizes none."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from chalicelib.adapters.autoscaling import Groups
from chalicelib.contract.names import ROLE_TAG, Role
from chalicelib.core.facts.ledger import HookSeen, Ledger
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.situation import Situation
from chalicelib.core.release.walls import hook_stands, missing
from tests.templates.stack import Stack
from tests.templates.world import World, check

GROUP = "AWS::AutoScaling::AutoScalingGroup"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
NOT_IN_A_TEMPLATE = {"suspended"}  # CloudFormation cannot suspend processes: the control plane does


class Described:
    """EC2 Auto Scaling's answers about a group as its template makes it, before any instance is there."""

    def __init__(self, properties: Mapping[str, Any]) -> None:
        numbers = {name: int(properties[name]) for name in ("MinSize", "MaxSize")}
        self._group = {**properties, **numbers, "DesiredCapacity": numbers["MinSize"], "Instances": []}

    def get_paginator(self, _operation: str) -> "Described":
        return self

    def paginate(self, **_query: Any) -> list[dict[str, Any]]:
        return [{"AutoScalingGroups": [self._group]}]

    def describe_lifecycle_hooks(self, **_query: Any) -> dict[str, Any]:
        return {"LifecycleHooks": self._group.get("LifecycleHookSpecificationList", [])}


def rdb_groups(stack: Stack) -> dict[str, Mapping[str, Any]]:
    """Those that carry the tag by which the control plane knows them."""
    wanted = (ROLE_TAG, Role.RDB)
    return {
        logical_id: properties
        for logical_id, properties in stack.of_type(GROUP).items()
        if wanted in [(tag["Key"], tag["Value"]) for tag in properties.get("Tags", [])]
    }


@check
def walls(world: World) -> Iterator[str]:
    """Each wall that a template can build stands on each RDB group from the start."""
    groups = rdb_groups(world.cluster)
    if not groups:
        yield "cluster: no group of it is an RDB group by its tags"
    for logical_id, properties in groups.items():
        client = Described(properties)
        reader = Groups(client, partial(Described, properties))
        (group,) = reader.all()
        ledger = Ledger(group.cluster, hook=HookSeen(hook_stands(reader.hooks(group)), NOW))
        for wall in missing(Situation(ledger, group, ClusterSettings(), NOW)):
            if wall.wall not in NOT_IN_A_TEMPLATE:
                yield f"{logical_id}: {wall.text}"


@check
def left_alone(world: World) -> Iterator[str]:
    """A stack update neither resizes an RDB group nor replaces its instances, and deletion keeps it."""
    for logical_id, properties in rdb_groups(world.cluster).items():
        body = world.cluster.resources[logical_id].body
        if "DesiredCapacity" in properties:
            yield f"{logical_id}: DesiredCapacity resizes it with every update of the stack"
        if "UpdatePolicy" in body:
            yield f"{logical_id}: UpdatePolicy replaces its instances"
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if body.get(policy) != "Retain":
                yield f"{logical_id}: {policy} is not Retain"


@check
def imports(world: World) -> Iterator[str]:
    """The names that the cluster imports are exported by the control plane."""
    for name in sorted(world.cluster.imported - world.control.exports.keys()):
        yield f"{name}: is exported by nobody"
