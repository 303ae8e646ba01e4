"""EC2 Auto Scaling: reading the RDB groups, raising one, releasing one instance."""

from collections.abc import Mapping
from typing import Any

from chalicelib.aws import AWS_ERRORS, Outcome, Unreadable, failure
from chalicelib.cluster import Group, Member
from chalicelib.settings import CLUSTER_TAG, RDB_ROLE, ROLE_TAG

PAGE = 100
ALREADY_GONE = "Instance Id not found"


class Groups:
    """The RDB groups of the account and region, found by their tags."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def of_cluster(self, cluster: str) -> tuple[Group, ...]:
        """The groups tagged with one cluster, in one call: there should be exactly one. Raises Unreadable."""
        return self._described(Filters=[_filter(ROLE_TAG, RDB_ROLE), _filter(CLUSTER_TAG, cluster)])

    def all(self) -> tuple[Group, ...]:
        """Every RDB group, 100 a call. Raises Unreadable."""
        return self._described(
            Filters=[_filter(ROLE_TAG, RDB_ROLE), {"Name": "tag-key", "Values": [CLUSTER_TAG]}]
        )

    def cluster_of(self, group_name: str) -> str | None:
        """The cluster of a group by its name; None when it is no RDB group. Raises Unreadable."""
        groups = self._described(AutoScalingGroupNames=[group_name])
        is_rdb = groups and groups[0].tags.get(ROLE_TAG) == RDB_ROLE
        return (groups[0].cluster or None) if is_rdb else None

    def raise_to(self, group: Group, desired: int) -> Outcome:
        """Writes DesiredCapacity; the caller has seen to it that this is not downward."""
        what = f"SetDesiredCapacity {group.name} {desired}"
        try:
            self._client.set_desired_capacity(
                AutoScalingGroupName=group.name, DesiredCapacity=desired, HonorCooldown=False
            )
        except AWS_ERRORS as error:
            return failure(what, error)
        return Outcome(True, what)

    def release(self, instance_id: str) -> Outcome:
        """Terminates exactly this instance and lowers DesiredCapacity with it."""
        what = f"TerminateInstanceInAutoScalingGroup {instance_id}"
        try:
            self._client.terminate_instance_in_auto_scaling_group(
                InstanceId=instance_id, ShouldDecrementDesiredCapacity=True
            )
        except AWS_ERRORS as error:
            if ALREADY_GONE in str(error):
                return Outcome(True, f"{what}: already gone")
            return failure(what, error)
        return Outcome(True, what)

    def _described(self, **query: Any) -> tuple[Group, ...]:
        pages = self._client.get_paginator("describe_auto_scaling_groups").paginate(MaxRecords=PAGE, **query)
        try:
            return tuple(_group(shown) for page in pages for shown in page["AutoScalingGroups"])
        except AWS_ERRORS as error:
            raise Unreadable(f"DescribeAutoScalingGroups failed: {error}") from error


def _filter(tag: str, value: str) -> dict[str, Any]:
    return {"Name": f"tag:{tag}", "Values": [value]}


def _group(shown: Mapping[str, Any]) -> Group:
    tags = {tag["Key"]: tag["Value"] for tag in shown["Tags"]}
    return Group(
        name=shown["AutoScalingGroupName"],
        cluster=tags.get(CLUSTER_TAG, ""),
        tags=tags,
        min_size=shown["MinSize"],
        max_size=shown["MaxSize"],
        desired=shown["DesiredCapacity"],
        members={
            member["InstanceId"]: Member(
                lifecycle=member["LifecycleState"], healthy=member["HealthStatus"].lower() == "healthy"
            )
            for member in shown["Instances"]
        },
    )
