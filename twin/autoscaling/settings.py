"""The settings of a group that creating and changing it have in common."""

from collections.abc import Callable, Mapping
from typing import Any

from twin.autoscaling.errors import invalid
from twin.autoscaling.placement import POLICIES
from twin.autoscaling.ports import LaunchFailed, Template, Zone
from twin.autoscaling.region import Region
from twin.autoscaling.request import check, one_of

# fmt: off
AWS_POLICIES = (
    "AllocationStrategy", "ClosestToNextInstanceHour", "Default", "Lambda", "NewestInstance",
    "OldestInstance", "OldestLaunchConfiguration", "OldestLaunchTemplate",
)
# fmt: on


def read_settings(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the group's attributes that the request sets, all of them checked."""
    settings = {
        attribute: read(params[name]) for name, (attribute, read) in SETTINGS.items() if name in params
    }
    if "LaunchTemplate" in params:
        settings["template"], settings["version"] = _template(region, params["LaunchTemplate"])
    if "VPCZoneIdentifier" in params:
        settings["subnets"] = _subnets(region, params["VPCZoneIdentifier"])
    return settings


def _template(region: Region, asked: Mapping[str, str]) -> tuple[Template, str]:
    names = frozenset({"LaunchTemplateId", "LaunchTemplateName"})
    check("LaunchTemplate", asked, frozenset(), names | {"Version"})
    if len(names & asked.keys()) != 1:
        raise invalid("Valid requests must contain either launchTemplateId or LaunchTemplateName")
    version = asked.get("Version", "$Default")
    try:
        return region.ec2.template({**asked, "Version": version}), version
    except LaunchFailed as failure:
        raise invalid(failure.status_message) from failure


def _subnets(region: Region, asked: str) -> dict[str, Zone]:
    """Return the subnets sorted, as AWS gives them back, not as they were sent (captured)."""
    subnets = sorted(subnet.strip() for subnet in asked.split(","))
    try:
        return {subnet: region.ec2.zone(subnet) for subnet in subnets}
    except LookupError as error:
        raise invalid(f"The subnet ID '{error.args[0]}' does not exist") from error


def _policies(asked: list[str]) -> list[str]:
    for policy in asked:
        if policy not in AWS_POLICIES and not policy.startswith("arn:"):
            raise invalid(
                f"[{policy}] is not a valid termination policy. Valid termination policies are: "
                f"[{', '.join(AWS_POLICIES)}]."
            )
        if policy not in POLICIES:
            raise NotImplementedError(f"The termination policy {policy} is not modelled")
    return list(asked) or ["Default"]


def _only(where: str, asked: Mapping[str, Any], name: str) -> Any:
    if asked.keys() != {name}:
        raise NotImplementedError(f"{where} without {name}, or with more, is not modelled")
    return asked[name]


def _on_abandon(asked: Mapping[str, Any]) -> str:
    triggers = _only("InstanceLifecyclePolicy", asked, "RetentionTriggers")
    action = _only("RetentionTriggers", triggers, "TerminateHookAbandon")
    return one_of("terminateHookAbandon", action, ("retain", "terminate"))


def _deletion_protection(asked: str) -> str:
    return one_of("deletionProtection", asked, ("none", "prevent-force-deletion", "prevent-all-deletion"))


SETTINGS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "DeletionProtection": ("deletion_protection", _deletion_protection),
    "HealthCheckGracePeriod": ("grace", int),
    "InstanceLifecyclePolicy": ("on_abandon", _on_abandon),
    "NewInstancesProtectedFromScaleIn": ("protect_new", bool),
    "TerminationPolicies": ("policies", _policies),
}
