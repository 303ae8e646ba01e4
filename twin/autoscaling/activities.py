"""Scaling activities: their texts, their course and DescribeScalingActivities."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from twin.autoscaling.model import Activity, Group
from twin.autoscaling.ports import Zone
from twin.autoscaling.region import Region
from twin.autoscaling.request import page

# How far back activities are shown (API reference of DescribeScalingActivities).
HISTORY = timedelta(weeks=6)

DIFFERENCE = "in response to a difference between desired and actual capacity."
USER_HEALTH = "a user health-check"
EC2_HEALTH = "an EC2 health check indicating it has been terminated or stopped"


def stamp(at: datetime) -> str:
    """Return a time as it stands in texts and events: whole seconds, UTC."""
    return f"{at.isoformat()[:19]}Z"


def place(subnet: str, zone: Zone) -> dict[str, str]:
    """Return the Details of an activity in a subnet."""
    return {"Subnet ID": subnet, "Availability Zone ID": zone.id, "Availability Zone": zone.name}


def begin(region: Region, group: Group, description: str, cause: str, details: Mapping[str, str]) -> Activity:
    """Begin an activity of the group now.

    Its Cause begins with what changed the desired capacity, where that led to it.
    """
    region.sequence += 1
    led = group.changes if cause.endswith(DIFFERENCE) else []
    told = "  ".join([*led, f"At {stamp(region.at)} {cause}"])
    activity = Activity(region.new_id(), region.sequence, group.name, description, told, region.at, details)
    group.activities.append(activity)
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
