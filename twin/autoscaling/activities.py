"""Scaling activities: their texts, their course and DescribeScalingActivities."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from twin.autoscaling.model import Activity, Group, Instance
from twin.autoscaling.ports import Zone
from twin.autoscaling.region import Region
from twin.autoscaling.request import page

# How far back activities are shown (API reference of DescribeScalingActivities).
HISTORY = timedelta(weeks=6)

STARTED = "an instance was started in response to a difference between desired and actual capacity"
TAKEN_OUT = (
    "an instance was taken out of service in response to a difference between desired and actual capacity"
)
REPLACING = "an instance was launched in response to an unhealthy instance needing to be replaced."
USER_HEALTH = "a user health-check"
EC2_HEALTH = "an EC2 health check indicating it has been terminated or stopped"
PROTECTED = "Could not scale to desired capacity because all remaining instances are protected from scale-in."


def stamp(at: datetime) -> str:
    """Return a time as it stands in texts and events: whole seconds, UTC."""
    return f"{at.isoformat()[:19]}Z"


def sentence(region: Region, text: str) -> str:
    """Return a sentence of a Cause, about the present moment."""
    return f"At {stamp(region.at)} {text}"


def paragraph(sentences: Iterable[str]) -> str:
    """Return sentences as the one text of a Cause: AWS puts two spaces between them."""
    return "  ".join(sentences)


def place(subnet: str, zone: Zone) -> dict[str, str]:
    """Return the Details of an activity in a subnet."""
    return {"Subnet ID": subnet, "Availability Zone ID": zone.id, "Availability Zone": zone.name}


def begin(region: Region, group: Group, description: str, cause: str, details: Mapping[str, str]) -> Activity:
    """Begin an activity of the group now."""
    region.sequence += 1
    activity = Activity(region.new_id(), region.sequence, group.name, description, cause, region.at, details)
    group.activities.append(activity)
    return activity


def begin_for(region: Region, group: Group, instance: Instance, doing: str, cause: str) -> Activity:
    """Begin an activity about one instance: `doing` is "Terminating EC2 instance", say."""
    details = place(instance.subnet, instance.zone)
    activity = begin(region, group, f"{doing}: {instance.id}", cause, details)
    activity.instance_id = instance.id
    return activity


def finish(region: Region, activity: Activity, status: str, message: str | None = None) -> None:
    """End an activity now; a message also becomes a part of its description."""
    activity.status, activity.progress, activity.end = status, 100, region.at
    if message is not None:
        activity.message = message
        activity.description += f".  Status Reason: {message}"


def brief(activity: Activity) -> dict[str, Any]:
    """Return an activity as the calls that begin one return it."""
    view: dict[str, Any] = {
        "ActivityId": activity.id,
        "AutoScalingGroupName": activity.group_name,
        "Description": activity.description,
        "Cause": activity.cause,
        "StartTime": activity.start,
        "StatusCode": activity.status,
        "Progress": activity.progress,
        "Details": json.dumps(activity.details, separators=(",", ":")),
    }
    if activity.end is not None:
        view["EndTime"] = activity.end.replace(microsecond=0)
    if activity.message is not None:
        view["StatusMessage"] = activity.message
    return view


def _rank(activity: Activity) -> str:
    return f"{int(activity.end is not None)}{10**12 - activity.sequence:013}"


def describe_scaling_activities(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeScalingActivities: newest first, those still under way before all others.

    User Guide, "Verify a scaling activity".
    """
    group = region.group(params["AutoScalingGroupName"])
    activities = [activity for activity in group.activities if activity.start >= region.at - HISTORY]
    activities.sort(key=_rank)
    chosen, more = page("DescribeScalingActivities", params, activities, _rank, (100, 100))
    of_group = {"AutoScalingGroupState": "InService", "AutoScalingGroupARN": group.arn}
    return {"Activities": [{**brief(activity), **of_group} for activity in chosen], **more}
