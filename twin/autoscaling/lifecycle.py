"""The life of one instance in its group, from launch to its end."""

from datetime import datetime

from twin.autoscaling import events
from twin.autoscaling.activities import begin, begin_for, finish, place
from twin.autoscaling.model import (
    LAUNCHING,
    PENDING_STATES,
    TERMINATING,
    Ending,
    Group,
    Instance,
    LifecycleAction,
    Termination,
    TerminationCause,
    Timer,
)
from twin.autoscaling.ports import LaunchFailed
from twin.autoscaling.region import Region, later


def launch(
    region: Region, group: Group, subnet: str, cause: str, at: datetime, *, for_balance: bool = False
) -> bool:
    """Launches one instance into the subnet; False if EC2 would not, which leaves a Failed activity."""
    zone = group.subnets[subnet]
    try:
        template = region.ec2.template({"LaunchTemplateId": group.template.id, "Version": group.version})
        resolved = {"LaunchTemplateId": template.id, "Version": template.version}
        tags = {key: tag.value for key, tag in group.tags.items() if tag.propagate}
        tags["aws:autoscaling:groupName"] = group.name
        instance_id = region.ec2.launch(group.name, resolved, subnet, tags)
    except LaunchFailed as failure:
        activity = begin(region, group, "Launching a new EC2 instance", cause, at, place(subnet, zone))
        finish(activity, at, "Failed", failure.status_message)
        events.activity(region, group, activity, events.LAUNCH, at)
        return False
    description = f"Launching a new EC2 instance: {instance_id}"
    activity = begin(region, group, description, cause, at, place(subnet, zone), instance_id)
    activity.status, activity.progress = "PreInService", 30
    instance = Instance(instance_id, subnet, zone, template, at, activity, protected=group.protect_new)
    instance.for_balance = for_balance
    instance.due = later(at, region.timings.pending)
    group.members[instance_id] = instance
    return True


def step(region: Region, group: Group, instance: Instance, at: datetime) -> None:
    """What follows the present state, whose time has run out."""
    match instance.state:
        case "Pending":
            _leave_pending(region, group, instance, at)
        case "Pending:Proceed":
            _enter_service(region, group, instance, at)
        case "Pending:Wait" | "Terminating:Wait":
            _time_out(region, group, instance, at)
        case "EnteringStandby":
            instance.state, instance.due = "Standby", None
            finish(instance.activity, at, "Successful")
        case "Terminating" if not instance.down:
            if not _wait_for_hooks(region, group, instance, TERMINATING, at):
                _take_down(region, instance, at)
        case _:
            del group.members[instance.id]
            finish(instance.activity, at, "Successful")
            events.activity(region, group, instance.activity, events.TERMINATE, at)


def _leave_pending(region: Region, group: Group, instance: Instance, at: datetime) -> None:
    returning = instance.in_service_at is not None
    if not returning and region.ec2.state(instance.id) not in ("pending", "running"):
        message = "Instance became unhealthy while waiting for instance to be in InService state."
        _fail_launch(region, group, instance, "health", message, at)
    elif returning or not _wait_for_hooks(region, group, instance, LAUNCHING, at):
        _enter_service(region, group, instance, at)


def _enter_service(region: Region, group: Group, instance: Instance, at: datetime) -> None:
    first = instance.in_service_at is None
    instance.state, instance.due, instance.in_service_at, instance.for_balance = "InService", None, at, False
    finish(instance.activity, at, "Successful")
    if first:
        events.activity(region, group, instance.activity, events.LAUNCH, at)


def _fail_launch(
    region: Region, group: Group, instance: Instance, cause: TerminationCause, message: str, at: datetime
) -> None:
    finish(instance.activity, at, "Cancelled", message)
    events.activity(region, group, instance.activity, events.LAUNCH, at)
    instance.failed, instance.due = cause, None
    instance.actions.clear()


def end(
    region: Region, group: Group, instance: Instance, cause: TerminationCause, told_cause: str, at: datetime
) -> None:
    """Begins the termination of a member: its hooks first, then EC2. `told_cause` is the activity's Cause."""
    if instance.activity.end is None:
        finish(instance.activity, at, "Cancelled")
        if instance.state in PENDING_STATES and instance.in_service_at is None:
            events.activity(region, group, instance.activity, events.LAUNCH, at)
    instance.ending = Ending(cause, at, instance.spared)
    instance.actions.clear()
    instance.failed, instance.for_balance = None, False
    instance.state, instance.due = "Terminating", later(at, region.timings.selected)
    instance.activity = begin_for(region, group, instance, "Terminating EC2 instance", told_cause, at)


def _take_down(region: Region, instance: Instance, at: datetime) -> None:
    ending = instance.ending
    assert ending is not None
    region.ec2.terminate(instance.id)
    region.terminations.append(
        Termination(instance.id, at, ending.cause, ending.selected_at, ending.protected)
    )
    instance.down, instance.due = True, later(at, region.timings.terminating)


def _wait_for_hooks(region: Region, group: Group, instance: Instance, transition: str, at: datetime) -> bool:
    """Starts the group's hooks for this transition, all at once; False if it has none."""
    actions = [
        LifecycleAction(region.new_id(), hook, later(at, hook.heartbeat), later(at, hook.global_timeout))
        for hook in group.hooks.values()
        if hook.transition == transition
    ]
    if not actions:
        return False
    launching = transition == LAUNCHING
    instance.state = "Pending:Wait" if launching else "Terminating:Wait"
    activity = instance.activity
    activity.status, activity.progress = (
        ("MidLifecycleAction", 40) if launching else ("MidTerminatingLifecycleAction", 60)
    )
    instance.actions = {action.hook.name: action for action in actions}
    watch(instance)
    for action in actions:
        events.lifecycle_action(region, group, instance.id, action, at)
    return True


def watch(instance: Instance) -> None:
    """A waiting instance is next due when the first of its lifecycle actions runs out."""
    instance.due = min(action.deadline for action in instance.actions.values())


def _time_out(region: Region, group: Group, instance: Instance, at: datetime) -> None:
    for action in list(instance.actions.values()):
        if action.deadline <= at and action.hook.name in instance.actions:
            complete(region, group, instance, action, action.hook.default_result, "Heartbeat Timeout", at)


def complete(
    region: Region,
    group: Group,
    instance: Instance,
    action: LifecycleAction,
    result: str,
    why: str,
    at: datetime,
) -> None:
    """CONTINUE lets the other hooks finish; ABANDON stops them (User Guide, "How lifecycle hooks work").

    Abandoned, a launch comes to nothing, and a termination goes on at once unless the group's
    InstanceLifecyclePolicy retains the instance.
    """
    del instance.actions[action.hook.name]
    launching = action.hook.transition == LAUNCHING
    if result == "CONTINUE" and instance.actions:
        watch(instance)
        return
    instance.actions.clear()
    message = (
        "Instance failed to complete user's Lifecycle Action: "
        f"Lifecycle Action with token {action.token} was abandoned: {why}"
    )
    if launching and result == "CONTINUE":
        instance.state, instance.due = "Pending:Proceed", later(at, region.timings.proceeding)
    elif launching:
        _fail_launch(region, group, instance, "hook-abandon", message, at)
    elif result == "ABANDON" and group.on_abandon == "retain":
        instance.state, instance.due = "Terminating:Retained", None
        # Captured: the replacement of a retained instance is started in the same second.
        group.timers[Timer.EVALUATE] = at
        finish(instance.activity, at, "Cancelled", message)
        events.activity(region, group, instance.activity, events.TERMINATE, at)
    else:
        instance.state = "Terminating:Proceed"
        _take_down(region, instance, at)
