"""The operations on lifecycle hooks and on the actions that instances wait for."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from twin.autoscaling import lifecycle
from twin.autoscaling.engine import settle
from twin.autoscaling.errors import AwsError, invalid
from twin.autoscaling.model import LAUNCHING, TERMINATING, Group, Hook, Instance, LifecycleAction
from twin.autoscaling.region import Region, later
from twin.autoscaling.request import check, one_of

MOST_HOOKS = 50
"""Hooks of one group (service quotas)."""
SPECIFICATION = frozenset({"HeartbeatTimeout", "DefaultResult", "NotificationMetadata"})
RESULTS = ("CONTINUE", "ABANDON")


def specified(specifications: Iterable[Mapping[str, Any]]) -> dict[str, Hook]:
    """The hooks of a LifecycleHookSpecificationList, by name."""
    hooks: dict[str, Hook] = {}
    for specification in specifications:
        required = frozenset({"LifecycleHookName", "LifecycleTransition"})
        check("LifecycleHookSpecificationList", specification, required, SPECIFICATION)
        hook = _hook(specification, None)
        hooks[hook.name] = hook
    return hooks


def _hook(asked: Mapping[str, Any], present: Hook | None) -> Hook:
    """The hook as asked for; what is not said stays as it is, or has AWS's default (API reference)."""
    if present is None:
        if "LifecycleTransition" not in asked:
            raise invalid("A lifecycle transition is required to create a lifecycle hook.")
        present = Hook(asked["LifecycleHookName"], asked["LifecycleTransition"])
    heartbeat = asked.get("HeartbeatTimeout", present.heartbeat)
    if not 30 <= heartbeat <= 7200:
        raise invalid(f"Heartbeat timeout, {heartbeat}, must be between 30 and 7200 seconds.")
    return Hook(
        present.name,
        one_of(
            "lifecycleTransition",
            asked.get("LifecycleTransition", present.transition),
            (LAUNCHING, TERMINATING),
        ),
        heartbeat,
        one_of("defaultResult", asked.get("DefaultResult", present.default_result), RESULTS),
        asked.get("NotificationMetadata", present.metadata),
    )


def put(region: Region, params: Mapping[str, Any], _at: datetime) -> dict[str, Any]:
    """PutLifecycleHook. Actions that are under way keep the timeouts they began with."""
    group = region.changeable(params["AutoScalingGroupName"])
    hook = _hook(params, group.hooks.get(params["LifecycleHookName"]))
    if hook.name not in group.hooks and len(group.hooks) >= MOST_HOOKS:
        raise AwsError("LimitExceeded", f"A group can have at most {MOST_HOOKS} lifecycle hooks.")
    group.hooks[hook.name] = hook
    return {}


def describe(region: Region, params: Mapping[str, Any], _at: datetime) -> dict[str, Any]:
    """DescribeLifecycleHooks."""
    group = region.group(params["AutoScalingGroupName"])
    names = params.get("LifecycleHookNames") or group.hooks
    return {"LifecycleHooks": [_view(group, hook) for hook in group.hooks.values() if hook.name in names]}


def _view(group: Group, hook: Hook) -> dict[str, Any]:
    view = {
        "LifecycleHookName": hook.name,
        "AutoScalingGroupName": group.name,
        "LifecycleTransition": hook.transition,
        "HeartbeatTimeout": hook.heartbeat,
        "GlobalTimeout": hook.global_timeout,
        "DefaultResult": hook.default_result,
    }
    if hook.metadata is not None:
        view["NotificationMetadata"] = hook.metadata
    return view


def delete(region: Region, params: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """DeleteLifecycleHook. Actions under way are completed first: ABANDON for launching instances, CONTINUE
    for terminating ones (API reference).
    """
    group = region.changeable(params["AutoScalingGroupName"])
    name = params["LifecycleHookName"]
    if name not in group.hooks:
        raise invalid(f"No Lifecycle Hook found with name {name}")
    for member in list(group.members.values()):
        if (action := member.actions.get(name)) is not None:
            result = "ABANDON" if action.hook.transition == LAUNCHING else "CONTINUE"
            _complete(region, group, member, action, result, at)
    del group.hooks[name]
    settle(region, group, at)
    return {}


def complete(region: Region, params: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """CompleteLifecycleAction, by token or by instance."""
    result = one_of("lifecycleActionResult", params["LifecycleActionResult"], RESULTS)
    group, member, action = _find(region, params)
    _complete(region, group, member, action, result, at)
    settle(region, group, at)
    return {}


def _complete(
    region: Region, group: Group, member: Instance, action: LifecycleAction, result: str, at: datetime
) -> None:
    why = f"Lifecycle Action Completed with {result} Result"
    lifecycle.complete(region, group, member, action, result, why, at)


def record_heartbeat(region: Region, params: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """RecordLifecycleActionHeartbeat: the timeout begins anew, but never passes the global one."""
    _, member, action = _find(region, params)
    action.deadline = min(later(at, action.hook.heartbeat), action.expires)
    lifecycle.watch(member)
    return {}


def _find(region: Region, params: Mapping[str, Any]) -> tuple[Group, Instance, LifecycleAction]:
    group = region.group(params["AutoScalingGroupName"])
    token, instance_id = params.get("LifecycleActionToken"), params.get("InstanceId")
    if token is None and instance_id is None:
        raise invalid("Either a lifecycle action token or an instance ID is required.")
    for member in group.members.values():
        action = member.actions.get(params["LifecycleHookName"])
        if action is not None and (action.token == token if token is not None else member.id == instance_id):
            return group, member, action
    what = f"token {token}" if token is not None else f"instance ID {instance_id}"
    raise invalid(f"No active Lifecycle Action found with {what}")
