"""An RDB group and its members, as EC2 Auto Scaling describes them."""

import re

import msgspec

from chalicelib.contract.names import CLUSTER_NAME, ROLE_TAG, Role


class Member(msgspec.Struct, frozen=True):
    """An instance of the group, as EC2 Auto Scaling describes it."""

    lifecycle: str
    healthy: bool
    protected: bool = False

    @property
    def pending(self) -> bool:
        """It is being launched."""
        return self.lifecycle.partition(":")[0] == "Pending"

    @property
    def ending(self) -> bool:
        """It is being terminated."""
        return self.lifecycle.partition(":")[0] == "Terminating"

    @property
    def in_service(self) -> bool:
        """It is in service."""
        return self.lifecycle == "InService"

    @property
    def serves(self) -> bool:
        """It takes a place of the desired capacity."""
        return self.pending or self.in_service

    @property
    def is_set_aside(self) -> bool:
        """An operator took it out of service and keeps it in the group."""
        return self.lifecycle in ("Standby", "EnteringStandby")

    @property
    def waits_to_end(self) -> bool:
        """The terminating hook holds it until that is completed or runs out."""
        return self.lifecycle == "Terminating:Wait"

    @property
    def retained(self) -> bool:
        """Its group keeps it after the terminating hook was abandoned."""
        return self.lifecycle == "Terminating:Retained"


class Group(msgspec.Struct, frozen=True):
    """One RDB group as described; `members` by instance id.

    walls.py judges `suspended` to `deletion_protection`; `on_abandon` is what AWS does when a terminating
    hook is abandoned. `unit` is what the capacity counts if not hosts, `template` the launch template and
    its version.
    """

    name: str
    cluster: str
    tags: dict[str, str]
    min_size: int
    max_size: int
    desired: int
    members: dict[str, Member]
    suspended: frozenset[str] = frozenset()
    protects_new: bool = False
    on_abandon: str = "terminate"
    deletion_protection: str = "none"
    unit: str = ""
    template: str = ""
    deleting: bool = False

    @property
    def is_rdb(self) -> bool:
        """Its role tag says that it is the group of an RDB cluster."""
        return self.role == Role.RDB

    @property
    def role(self) -> str:
        """Its role tag."""
        return self.tags.get(ROLE_TAG, "")

    @property
    def is_named(self) -> bool:
        """Its cluster tag is a name that reports and messages can carry."""
        return re.fullmatch(CLUSTER_NAME, self.cluster) is not None

    @property
    def unfit(self) -> str:
        """The sentence that says why no raise can be written; empty where one can."""
        if self.deleting:
            return f"group {self.name} is being deleted: AWS launches nothing more in it"
        if self.unit:
            return (
                f"the capacity of group {self.name} counts {self.unit}, not hosts: Highwater cannot "
                "raise it; let it count hosts (no WeightedCapacity, DesiredCapacityType units), "
                "releases wait"
            )
        return ""
