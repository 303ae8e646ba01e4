"""Everything that EC2 Auto Scaling holds in one account and region, and how it is found."""

from collections import deque
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from twin.autoscaling.errors import invalid, no_group, no_instance
from twin.autoscaling.model import Group, Instance, Termination
from twin.autoscaling.ports import Ec2
from twin.autoscaling.timings import Timings

ACCOUNT = "123456789012"
REGION = "us-east-1"


class Region:
    """The state that the operations and the engine work on.

    `at` is the moment as of which they act, an aware datetime. `random` is seeded: the same calls give the
    same history, ids included. `touched` are the groups that requests found by a name since they were
    settled: no other one can have changed.
    """

    at: datetime

    def __init__(self, ec2: Ec2, timings: Timings, seed: int) -> None:
        self.ec2 = ec2
        self.timings = timings
        self.random = Random(seed)
        self.groups: dict[str, Group] = {}
        self.touched: dict[str, Group] = {}
        self.outbox: deque[dict[str, Any]] = deque()
        self.terminations: list[Termination] = []
        self.due: datetime | None = None
        self.sequence = 0

    def new_id(self) -> str:
        """Return the next id, shaped as a UUID."""
        return str(UUID(int=self.random.getrandbits(128)))

    def later(self, seconds: float) -> datetime:
        """Return the moment so many seconds from the present one."""
        return self.at + timedelta(seconds=seconds)

    def group(self, name: str) -> Group:
        """Return a group by its name. Raises AwsError when there is none."""
        if (group := self.groups.get(name)) is None:
            raise no_group(name)
        self.touched[name] = group
        return group

    def add(self, group: Group) -> None:
        """Take a new group."""
        self.groups[group.name] = self.touched[group.name] = group

    def changeable(self, name: str) -> Group:
        """Return a group, unless it is being deleted, when AWS lets nobody change it."""
        group = self.group(name)
        refuse_deleting(group)
        return group

    def member(self, instance_id: str) -> tuple[Group, Instance]:
        """Return an instance with its group. Raises AwsError when it is in none."""
        for group in self.groups.values():
            if (instance := group.members.get(instance_id)) is not None:
                self.touched[group.name] = group
                return group, instance
        raise no_instance(instance_id)


def refuse_deleting(group: Group) -> None:
    """Raise AwsError when the group is being deleted."""
    if group.deleting:
        raise invalid("The AutoScaling group may not be modified while it is pending delete")
