"""EC2 Auto Scaling: read the RDB groups, raise one, release one instance, repair the walls."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.adapters.clients import Outcome, act, again_if_broken, read
from chalicelib.contract.names import CLUSTER_TAG, ROLE_TAG, Role
from chalicelib.core.alerts.launches import Activity
from chalicelib.core.facts.group import Group, Member
from chalicelib.core.facts.text import cut
from chalicelib.core.release.walls import HOOK_NAME, Repair

PAGE = 100
ACTIVITIES = 20
ALREADY_GONE = "Instance Id not found"
HOSTS = "units"
DELETING = "Delete in progress"
NO_ACTION = "No active Lifecycle Action found"


class Groups:
    """The RDB groups of the account and region, found by their tags.

    `acting` gives a client that tries once: a Terminate with decrement that took effect but was not answered
    must not be sent again. It is made at its first use, since most decisions only look.
    """

    def __init__(self, client: Any, acting: Callable[[], Any]) -> None:
        self._client = client
        self._acting = acting

    def of_cluster(self, cluster: str) -> tuple[Group, ...]:
        """Return the groups tagged with one cluster, in one call. Raises Unreadable.

        There should be exactly one.
        """
        return self._described(Filters=[_filter(ROLE_TAG, Role.RDB), _filter(CLUSTER_TAG, cluster)])

    def all(self) -> tuple[Group, ...]:
        """Return every group that has a role tag or a cluster tag, 100 a call. Raises Unreadable."""
        return self._described(Filters=[{"Name": "tag-key", "Values": [ROLE_TAG, CLUSTER_TAG]}])

    def named(self, group_name: str) -> Group | None:
        """Return a group by its name, whatever its tags; None when there is none. Raises Unreadable."""
        return next(iter(self._described(AutoScalingGroupNames=[group_name])), None)

    def hooks(self, group: Group) -> tuple[Mapping[str, Any], ...]:
        """Return the lifecycle hooks of a group, as AWS describes them. Raises Unreadable."""
        return read(
            "DescribeLifecycleHooks",
            lambda: tuple(
                self._client.describe_lifecycle_hooks(AutoScalingGroupName=group.name)["LifecycleHooks"]
            ),
        )

    def activities(self, group: Group) -> tuple[Activity, ...]:
        """Return the newest activities, newest first. Raises Unreadable."""
        shown = read(
            "DescribeScalingActivities",
            lambda: self._client.describe_scaling_activities(
                AutoScalingGroupName=group.name, MaxRecords=ACTIVITIES
            )["Activities"],
        )
        return tuple(
            Activity(
                cut(activity.get("StatusMessage", "")),
                activity["StartTime"],
                activity.get("Cause", ""),
                _is_failed_launch(activity),
            )
            for activity in shown
        )

    def write_desired(self, group: Group, target: int) -> Outcome:
        """Write DesiredCapacity; the caller has seen to it that this is not downward.

        It is absolute, so that it may be sent again at once when a connection breaks.
        """
        return act(
            f"SetDesiredCapacity {group.name} {target}",
            lambda: again_if_broken(
                lambda: self._acting().set_desired_capacity(
                    AutoScalingGroupName=group.name, DesiredCapacity=target, HonorCooldown=False
                )
            ),
        )

    def terminate(self, instance_id: str, *, decrement: bool) -> Outcome:
        """Terminate exactly this instance; with `decrement`, DesiredCapacity falls with it.

        A retained instance has no place left to give up.
        """
        return act(
            f"TerminateInstanceInAutoScalingGroup {instance_id} {decrement=}",
            lambda: self._acting().terminate_instance_in_auto_scaling_group(
                InstanceId=instance_id, ShouldDecrementDesiredCapacity=decrement
            ),
            done_already=ALREADY_GONE,
        )

    def let_go(self, group: Group, instance_id: str) -> Outcome:
        """Complete the terminating hook of one instance.

        "No active lifecycle action" may mean too early, too late or done: only Describe tells.
        """
        return act(
            f"CompleteLifecycleAction {instance_id} CONTINUE",
            lambda: self._acting().complete_lifecycle_action(
                AutoScalingGroupName=group.name,
                LifecycleHookName=HOOK_NAME,
                InstanceId=instance_id,
                LifecycleActionResult="CONTINUE",
            ),
            done_already=NO_ACTION,
        )

    def repair(self, group: Group, wall: str, repair: Repair) -> Outcome:
        """Put one wall back up."""
        name = {"AutoScalingGroupName": group.name}
        return act(
            f"repair of wall {wall} of {group.name}",
            lambda: getattr(self._acting(), repair.operation)(**name, **repair.parameters),
        )

    def _described(self, **query: Any) -> tuple[Group, ...]:
        pages = self._client.get_paginator("describe_auto_scaling_groups").paginate(MaxRecords=PAGE, **query)
        shown = read(
            "DescribeAutoScalingGroups", lambda: [g for page in pages for g in page["AutoScalingGroups"]]
        )
        return tuple(_group(group) for group in shown)


def _filter(tag: str, value: str) -> dict[str, Any]:
    return {"Name": f"tag:{tag}", "Values": [value]}


def _is_failed_launch(activity: Mapping[str, Any]) -> bool:
    """One that EC2 took back while it was Pending is cancelled, with a message."""
    failed = activity["StatusCode"] == "Failed"
    cancelled = activity["StatusCode"] == "Cancelled" and bool(activity.get("StatusMessage"))
    return (failed or cancelled) and activity["Description"].startswith("Launching")


def _group(shown: Mapping[str, Any]) -> Group:
    tags = {tag["Key"]: tag["Value"] for tag in shown["Tags"]}
    triggers = shown.get("InstanceLifecyclePolicy", {}).get("RetentionTriggers", {})
    return Group(
        name=shown["AutoScalingGroupName"],
        cluster=tags.get(CLUSTER_TAG, ""),
        tags=tags,
        min_size=shown["MinSize"],
        max_size=shown["MaxSize"],
        desired=shown["DesiredCapacity"],
        members={
            member["InstanceId"]: Member(
                lifecycle=member["LifecycleState"],
                healthy=member["HealthStatus"].lower() == "healthy",
                protected=member["ProtectedFromScaleIn"],
            )
            for member in shown["Instances"]
        },
        suspended=frozenset(process["ProcessName"] for process in shown.get("SuspendedProcesses", [])),
        protects_new=shown.get("NewInstancesProtectedFromScaleIn", False),
        on_abandon=triggers.get("TerminateHookAbandon", "terminate"),
        deletion_protection=shown.get("DeletionProtection", "none"),
        unit=_unit(shown),
        template=_template(shown),
        deleting=shown.get("Status") == DELETING,
    )


def _template(shown: Mapping[str, Any]) -> str:
    """Return the launch template of a group with its version, as the group names it."""
    mixed = shown.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    named = shown.get("LaunchTemplate") or mixed.get("LaunchTemplateSpecification") or {}
    return " ".join(str(named[key]) for key in ("LaunchTemplateId", "Version") if key in named)


def _unit(shown: Mapping[str, Any]) -> str:
    """Return what the capacity of a group counts, if not hosts: weights, vCPUs or memory.

    A policy of instance types alone gives each the same weight. Of a group that counts vCPUs or memory AWS
    weighs the instances itself.
    """
    kind = shown.get("DesiredCapacityType", HOSTS)
    if kind != HOSTS:
        return str(kind)
    policy = shown.get("MixedInstancesPolicy", {})
    overrides = policy.get("LaunchTemplate", {}).get("Overrides", [])
    weighs = any("WeightedCapacity" in one for one in (*overrides, *shown["Instances"]))
    return "weights" if weighs else ""
