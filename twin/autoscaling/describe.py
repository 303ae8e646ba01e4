"""The answer of DescribeAutoScalingGroups, in boto3's shape."""

from collections.abc import Mapping
from typing import Any

from twin.autoscaling import tags
from twin.autoscaling.model import Group, Instance
from twin.autoscaling.ports import Template
from twin.autoscaling.region import ACCOUNT, Region
from twin.autoscaling.request import at_most, page

SERVICE_ROLE = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


def describe_groups(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeAutoScalingGroups. Unknown names are left out in silence; filters are linked with AND."""
    names = params.get("AutoScalingGroupNames")
    if names:
        at_most("autoScalingGroupNames", len(names), params.get("MaxRecords", 50))
        groups = [region.groups[name] for name in sorted(set(names)) if name in region.groups]
    else:
        groups = [region.groups[name] for name in sorted(region.groups)]
    for condition in params.get("Filters", ()):
        matches = tags.group_filter(condition)
        groups = [group for group in groups if matches(group)]
    chosen, more = page("DescribeAutoScalingGroups", params, groups, lambda group: group.name, (50, 100))
    return {"AutoScalingGroups": [_view(group) for group in chosen], **more}


def _view(group: Group) -> dict[str, Any]:
    zones = sorted(set(group.subnets.values()))
    view: dict[str, Any] = {
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "LaunchTemplate": _template(group.template, group.version),
        "MinSize": group.min_size,
        "MaxSize": group.max_size,
        "DesiredCapacity": group.desired,
        "DefaultCooldown": 300,
        "AvailabilityZones": [zone.name for zone in zones],
        "AvailabilityZoneIds": [zone.id for zone in zones],
        "LoadBalancerNames": [],
        "TargetGroupARNs": [],
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": group.grace,
        "Instances": [_instance(group.members[key]) for key in sorted(group.members)],
        "CreatedTime": group.created,
        "SuspendedProcesses": [
            {"ProcessName": process, "SuspensionReason": reason}
            for process, reason in group.suspended.items()
        ],
        "VPCZoneIdentifier": ",".join(group.subnets),
        "EnabledMetrics": [],
        "Tags": tags.listed(group),
        "TerminationPolicies": list(group.policies),
        "NewInstancesProtectedFromScaleIn": group.protect_new,
        "ServiceLinkedRoleARN": f"arn:aws:iam::{ACCOUNT}:role/{SERVICE_ROLE}",
        "TrafficSources": [],
        "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-best-effort"},
        "CapacityReservationSpecification": {"CapacityReservationPreference": "default"},
        "InstanceLifecyclePolicy": {"RetentionTriggers": {"TerminateHookAbandon": group.on_abandon}},
    }
    if group.deletion_protection is not None:
        view["DeletionProtection"] = group.deletion_protection
    if group.deleting:
        view["Status"] = "Delete in progress"
    return view


def _instance(member: Instance) -> dict[str, Any]:
    return {
        "InstanceId": member.id,
        "InstanceType": member.template.instance_type,
        "AvailabilityZone": member.zone.name,
        "AvailabilityZoneId": member.zone.id,
        "LifecycleState": member.state,
        "HealthStatus": "Healthy" if member.unhealthy is None else "Unhealthy",
        "LaunchTemplate": _template(member.template, member.template.version),
        "ProtectedFromScaleIn": member.protected,
    }


def _template(template: Template, version: str) -> dict[str, str]:
    return {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": version}
