"""The events that happen to AWS: calls that fail, and what somebody else does to groups."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from twin.autoscaling import AwsError
from twin.aws.refusals import Refusal
from twin.day.options import MIDNIGHT
from twin.drill.day import DrillDay
from twin.drill.events import (
    AwsDisconnects,
    AwsRefuses,
    GroupAppears,
    LedgerReplaced,
    Resume,
    SetDesired,
    Suspend,
    TagSet,
)
from twin.drill.script import seconds_of


def refuses(day: DrillDay, event: AwsRefuses) -> None:
    """Have AWS refuse one operation of the functions."""
    over = day.aws.refusals.refuse(event.operation, Refusal(event.code, event.message))
    if event.until:
        day.clock.at(MIDNIGHT + timedelta(seconds=seconds_of(event.until)), over)


def disconnects(day: DrillDay, event: AwsDisconnects) -> None:
    """Break the next calls of one operation."""
    day.aws.refusals.disconnect(event.operation, event.times)


def tag(day: DrillDay, event: TagSet) -> None:
    """Set or remove a tag of a group."""
    names = {"ResourceId": event.group or day.group_name, "ResourceType": "auto-scaling-group"}
    one = {**names, "Key": event.key}
    if event.value is None:
        day.by_somebody("DeleteTags", {"Tags": [one]})
    else:
        valued = {**one, "Value": event.value, "PropagateAtLaunch": True}
        day.by_somebody("CreateOrUpdateTags", {"Tags": [valued]})


def group(day: DrillDay, event: GroupAppears) -> None:
    """Create another group as a copy of the RDB group, with tags and bounds of its own."""
    known = day.group()
    template = {name: known["LaunchTemplate"][name] for name in ("LaunchTemplateId", "Version")}
    request = {
        "AutoScalingGroupName": event.name,
        "MinSize": event.min,
        "MaxSize": event.max,
        "LaunchTemplate": template,
        "VPCZoneIdentifier": known["VPCZoneIdentifier"],
        "Tags": [
            {
                "ResourceId": event.name,
                "ResourceType": "auto-scaling-group",
                "Key": key,
                "Value": value,
                "PropagateAtLaunch": True,
            }
            for key, value in event.tags.items()
        ],
    }
    desired = {"DesiredCapacity": event.desired} if isinstance(event.desired, int) else {}
    day.by_somebody("CreateAutoScalingGroup", {**request, **desired})


def suspend(day: DrillDay, event: Suspend) -> None:
    """Suspend processes of the RDB group."""
    request = {"AutoScalingGroupName": day.group_name, "ScalingProcesses": list(event.processes)}
    day.by_somebody("SuspendProcesses", request)


def resume(day: DrillDay, event: Resume) -> None:
    """Resume processes of the RDB group."""
    request = {"AutoScalingGroupName": day.group_name, "ScalingProcesses": list(event.processes)}
    day.by_somebody("ResumeProcesses", request)


def set_desired(day: DrillDay, event: SetDesired) -> None:
    """Set the desired capacity, at once or between the functions' next read and their write."""
    request = {"AutoScalingGroupName": day.group_name, "DesiredCapacity": event.desired}
    day.referee.asked_for(event.desired)
    if not event.between:
        day.by_somebody("SetDesiredCapacity", request)
        return
    day.undone[event] = "no write of Highwater came after it"

    def set_between() -> None:
        # In the midst of the functions' call: what AWS has against it is not their error.
        try:
            day.by_somebody("SetDesiredCapacity", request)
            del day.undone[event]
        except AwsError as error:
            day.undone[event] = f"{error.code}: {error.message}"

    # Just before the write is after the read that led to it, whatever else is read between.
    day.aws.refusals.before_next("SetDesiredCapacity", set_between)


def ledger(day: DrillDay, event: LedgerReplaced) -> None:
    """Replace the text of a cluster's ledger; its version stays."""
    day.replace_ledger(event.cluster, event.document)


PLAYS: Mapping[type, Callable[[DrillDay, Any], None]] = {
    AwsRefuses: refuses,
    AwsDisconnects: disconnects,
    TagSet: tag,
    GroupAppears: group,
    Suspend: suspend,
    Resume: resume,
    SetDesired: set_desired,
    LedgerReplaced: ledger,
}
