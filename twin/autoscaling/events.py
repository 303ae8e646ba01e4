"""EventBridge events in AWS's shape (EC2 Auto Scaling User Guide, event reference)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from twin.autoscaling.activities import stamp
from twin.autoscaling.model import TERMINATING, Activity, Group, LifecycleAction
from twin.autoscaling.region import ACCOUNT, REGION, Region

LAUNCH = {"Origin": "EC2", "Destination": "AutoScalingGroup"}
TERMINATE = {"Origin": "AutoScalingGroup", "Destination": "EC2"}


def _milliseconds(at: datetime) -> str:
    return f"{at.isoformat(timespec='milliseconds')[:23]}Z"


def _send(region: Region, kind: str, resources: list[str], detail: Mapping[str, Any]) -> None:
    region.outbox.append(
        {
            "version": "0",
            "id": region.new_id(),
            "detail-type": kind,
            "source": "aws.autoscaling",
            "account": ACCOUNT,
            "time": stamp(region.at),
            "region": REGION,
            "resources": resources,
            "detail": dict(detail),
        }
    )


def lifecycle_action(region: Region, group: Group, instance_id: str, action: LifecycleAction) -> None:
    """Send the event of a lifecycle action that an instance waits for."""
    detail = {
        "LifecycleActionToken": action.token,
        "AutoScalingGroupName": group.name,
        "LifecycleHookName": action.hook.name,
        "EC2InstanceId": instance_id,
        "LifecycleTransition": TERMINATING,
        **TERMINATE,
        "Action": "Terminate",
    }
    _send(region, "EC2 Instance-terminate Lifecycle Action", [group.arn], detail)


def activity(region: Region, group: Group, about: Activity, way: Mapping[str, str]) -> None:
    """Send the event of a launch or termination that has ended, well or badly.

    A success has the StatusCode from before AWS closes the activity: InProgress, or, when a terminating hook
    held the instance, MidTerminatingLifecycleAction (captured in 2018 and 2024).
    """
    successful = about.status == "Successful"
    status_before = "MidTerminatingLifecycleAction" if about.held else "InProgress"
    word = "Launch" if way is LAUNCH else "Terminate"
    resources = [group.arn]
    if about.instance_id:
        resources.append(f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{about.instance_id}")
    detail = {
        "StatusCode": status_before if successful else about.status,
        "Description": about.description,
        "AutoScalingGroupName": group.name,
        "ActivityId": about.id,
        "Details": dict(about.details),
        "RequestId": about.id,
        "StatusMessage": about.message or "",
        "EndTime": _milliseconds(region.at),
        "EC2InstanceId": about.instance_id,
        "StartTime": _milliseconds(about.start),
        "Cause": about.cause,
        **way,
    }
    outcome = "Successful" if successful else "Unsuccessful"
    _send(region, f"EC2 Instance {word} {outcome}", resources, detail)
