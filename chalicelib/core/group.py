"""An RDB group and its members, as EC2 Auto Scaling describes them."""

import re

import msgspec

from chalicelib.contract.names import CLUSTER_NAME


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
    def waits_to_end(self) -> bool:
        """The terminating hook holds it until that is completed or runs out."""
        return self.lifecycle == "Terminating:Wait"

    @property
    def retained(self) -> bool:
        """Its group keeps it after the terminating hook was abandoned."""
        return self.lifecycle == "Terminating:Retained"


class Group(msgspec.Struct, frozen=True):
    """One RDB group as described; `members` by instance id.

    walls.py judges the last four fields; `on_abandon` is what AWS does when a terminating hook is abandoned.
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

    @property
    def is_named(self) -> bool:
        """Its cluster tag is a name that reports and messages can carry."""
        return re.fullmatch(CLUSTER_NAME, self.cluster) is not None
