"""The operations on lifecycle hooks and on the actions that instances wait for."""

from collections.abc import Iterable, Mapping
from typing import Any

from twin.autoscaling import lifecycle
from twin.autoscaling.errors import invalid
from twin.autoscaling.model import TERMINATING, Group, Hook
from twin.autoscaling.region import Region
from twin.autoscaling.request import check, one_of

REQUIRED = frozenset({"LifecycleHookName", "LifecycleTransition"})
OPTIONAL = frozenset({"HeartbeatTimeout", "DefaultResult"})
RESULTS = ("CONTINUE", "ABANDON")


def specified(specifications: Iterable[Mapping[str, Any]]) -> dict[str, Hook]:
    """Return the hooks of a LifecycleHookSpecificationList, by name."""
    hooks: dict[str, Hook] = {}
    for specification in specifications:
        check("LifecycleHookSpecificationList", specification, REQUIRED, OPTIONAL)
        hook = _hook(specification, None)
        hooks[hook.name] = hook
    return hooks


def _hook(asked: Mapping[str, Any], present: Hook | None) -> Hook:
    """Return the hook as asked for; what is not said stays, or has AWS's default (API reference)."""
    if present is None and "LifecycleTransition" not in asked:
        raise invalid("A lifecycle transition is required to create a lifecycle hook.")
    if (transition := asked.get("LifecycleTransition", TERMINATING)) != TERMINATING:
        raise NotImplementedError(f"hooks of {transition} are not modelled")
    present = present or Hook(asked["LifecycleHookName"])
    heartbeat = asked.get("HeartbeatTimeout", present.heartbeat)
    if not 30 <= heartbeat <= 7200:
        raise invalid(f"Heartbeat timeout, {heartbeat}, must be between 30 and 7200 seconds.")
    default = one_of("defaultResult", asked.get("DefaultResult", present.default_result), RESULTS)
    return Hook(present.name, heartbeat, default)


def put(region: Region, params: Mapping[str, Any]) -> None:
    """PutLifecycleHook. Actions that are under way keep the timeouts they began with."""
    group = region.changeable(params["AutoScalingGroupName"])
    hook = _hook(params, group.hooks.get(params["LifecycleHookName"]))
    group.hooks[hook.name] = hook


def describe(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeLifecycleHooks."""
    group = region.group(params["AutoScalingGroupName"])
    return {"LifecycleHooks": [_view(group, hook) for hook in group.hooks.values()]}


def _view(group: Group, hook: Hook) -> dict[str, Any]:
    return {
        "LifecycleHookName": hook.name,
        "AutoScalingGroupName": group.name,
        "LifecycleTransition": TERMINATING,
        "HeartbeatTimeout": hook.heartbeat,
        "DefaultResult": hook.default_result,
    }


def delete(region: Region, params: Mapping[str, Any]) -> None:
    """DeleteLifecycleHook.

    Actions under way are completed first, with CONTINUE (API reference).
    """
    group = region.changeable(params["AutoScalingGroupName"])
    name = params["LifecycleHookName"]
    if name not in group.hooks:
        raise invalid(f"No Lifecycle Hook found with name {name}")
    for member in list(group.members.values()):
        if (action := member.actions.get(name)) is not None:
            lifecycle.complete(region, group, member, action, "CONTINUE")
    del group.hooks[name]


def complete(region: Region, params: Mapping[str, Any]) -> None:
    """CompleteLifecycleAction, by instance."""
    result = one_of("lifecycleActionResult", params["LifecycleActionResult"], RESULTS)
    group, instance_id = region.group(params["AutoScalingGroupName"]), params["InstanceId"]
    member = group.members.get(instance_id)
    action = member and member.actions.get(params["LifecycleHookName"])
    if not (member and action):
        raise invalid(f"No active Lifecycle Action found with instance ID {instance_id}")
    lifecycle.complete(region, group, member, action, result)
