"""The life of one instance in its group, from launch to its end."""

from typing import assert_never

from twin.autoscaling import events
from twin.autoscaling.activities import begin, finish, place
from twin.autoscaling.model import (
    Ending,
    Group,
    Instance,
    LifecycleAction,
    Termination,
    TerminationCause,
    Timer,
)
from twin.autoscaling.ports import LaunchFailed
from twin.autoscaling.region import Region


def launch(region: Region, group: Group, subnet: str, cause: str, *, for_balance: bool = False) -> bool:
    """Launch one instance into the subnet; False if EC2 would not, which leaves a Failed activity."""
    zone = group.subnets[subnet]
    doing, where = "Launching a new EC2 instance", place(subnet, zone)
    try:
        template = region.ec2.template({"LaunchTemplateId": group.template.id, "Version": group.version})
        resolved = {"LaunchTemplateId": template.id, "Version": template.version}
        tags = {key: tag.value for key, tag in group.tags.items() if tag.propagate}
        tags["aws:autoscaling:groupName"] = group.name
        instance_id = region.ec2.launch(group.name, resolved, subnet, tags)
    except LaunchFailed as failure:
        activity = begin(region, group, doing, cause, where)
        finish(region, activity, "Failed", failure.status_message)
        events.activity(region, group, activity, events.LAUNCH)
        return False
    activity = begin(region, group, f"{doing}: {instance_id}", cause, where)
    activity.instance_id, activity.status, activity.progress = instance_id, "PreInService", 30
    instance = Instance(instance_id, subnet, zone, template, region.at, activity, protected=group.protect_new)
    instance.for_balance = for_balance
    instance.due = region.later(region.timings.pending)
    group.members[instance_id] = instance
    return True


def step(region: Region, group: Group, instance: Instance) -> None:
    """Do what follows the present state, whose time has run out."""
    match instance.state:
        case "Pending":
            _leave_pending(region, group, instance)
        case "Terminating:Wait":
            _time_out(region, group, instance)
        case "Terminating" if not instance.down:
            if not _wait_for_hooks(region, group, instance):
                _take_down(region, instance)
        case "Terminating" | "Terminating:Proceed":
            del group.members[instance.id]
            finish(region, instance.activity, "Successful")
            events.activity(region, group, instance.activity, events.TERMINATE)
        case "InService" | "Terminating:Retained":
            raise AssertionError(f"{instance.state} has no end of its own")
        case state:
            assert_never(state)


def _leave_pending(region: Region, group: Group, instance: Instance) -> None:
    if region.ec2.state(instance.id) in ("pending", "running"):
        instance.state, instance.due = "InService", None
        instance.for_balance = False
        finish(region, instance.activity, "Successful")
    else:
        message = "Instance became unhealthy while waiting for instance to be in InService state."
        if reason := region.ec2.taken_back(instance.id):
            message += f" Termination Reason: {reason}"
            del group.members[instance.id]
        finish(region, instance.activity, "Cancelled", message)
        instance.failed, instance.due = True, None
    events.activity(region, group, instance.activity, events.LAUNCH)


def end(region: Region, group: Group, instance: Instance, cause: TerminationCause, why: str) -> None:
    """Begin the termination of a member: its hooks first, then EC2. `why` ends the activity's Cause."""
    if instance.activity.end is None:
        finish(region, instance.activity, "Cancelled")
        if instance.state == "Pending":
            events.activity(region, group, instance.activity, events.LAUNCH)
    instance.ending = Ending(cause, region.at, instance.spared)
    instance.actions.clear()
    instance.failed = instance.for_balance = False
    instance.state, instance.due = "Terminating", region.later(region.timings.selected)
    details = place(instance.subnet, instance.zone)
    text = f"instance {instance.id} was taken out of service {why}"
    activity = begin(region, group, f"Terminating EC2 instance: {instance.id}", text, details)
    activity.instance_id, instance.activity = instance.id, activity


def _take_down(region: Region, instance: Instance) -> None:
    ending = instance.ending
    assert ending is not None
    region.ec2.terminate(instance.id)
    end = Termination(instance.id, region.at, ending.cause, ending.selected_at, ending.protected)
    region.terminations.append(end)
    instance.down, instance.due = True, region.later(region.timings.terminating)


def _wait_for_hooks(region: Region, group: Group, instance: Instance) -> bool:
    """Start the group's hooks, all at once; False if it has none."""
    if not group.hooks:
        return False
    activity = instance.activity
    instance.state = "Terminating:Wait"
    activity.status, activity.progress, activity.held = "MidTerminatingLifecycleAction", 60, True
    instance.actions = {
        hook.name: LifecycleAction(region.new_id(), hook, region.later(hook.heartbeat))
        for hook in group.hooks.values()
    }
    _watch(instance)
    for action in instance.actions.values():
        events.lifecycle_action(region, group, instance.id, action)
    return True


def _watch(instance: Instance) -> None:
    """Make a waiting instance due when the first of its lifecycle actions runs out."""
    instance.due = min(action.deadline for action in instance.actions.values())


def _time_out(region: Region, group: Group, instance: Instance) -> None:
    for action in list(instance.actions.values()):
        if action.deadline <= region.at and action.hook.name in instance.actions:
            complete(region, group, instance, action, action.hook.default_result)


def complete(region: Region, group: Group, instance: Instance, action: LifecycleAction, result: str) -> None:
    """Complete an action: CONTINUE lets the other hooks finish, ABANDON stops them.

    Abandoned, a termination goes on at once unless the group's InstanceLifecyclePolicy retains the instance
    (User Guide, "How lifecycle hooks work").
    """
    del instance.actions[action.hook.name]
    if result == "CONTINUE" and instance.actions:
        _watch(instance)
        return
    instance.actions.clear()
    if result == "ABANDON" and group.on_abandon == "retain":
        timed_out = action.deadline <= region.at
        why = "Heartbeat Timeout" if timed_out else f"Lifecycle Action Completed with {result} Result"
        message = (
            "Instance failed to complete user's Lifecycle Action: "
            f"Lifecycle Action with token {action.token} was abandoned: {why}"
        )
        instance.state, instance.due = "Terminating:Retained", None
        # Captured: the replacement of a retained instance is started in the same second.
        group.timers[Timer.EVALUATE] = region.at
        finish(region, instance.activity, "Cancelled", message)
        events.activity(region, group, instance.activity, events.TERMINATE)
    else:
        instance.state = "Terminating:Proceed"
        _take_down(region, instance)
