"""The data of EC2 Auto Scaling; no behaviour beyond counting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Literal, NamedTuple

from twin.autoscaling.ports import Template, Zone

# fmt: off
PROCESSES = (
    "AZRebalance", "AddToLoadBalancer", "AlarmNotification", "HealthCheck", "InstanceRefresh", "Launch",
    "ReplaceUnhealthy", "ScheduledActions", "Terminate",
)
# fmt: on
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"

# fmt: off
State = Literal[
    "Pending", "InService",
    "Terminating", "Terminating:Wait", "Terminating:Proceed", "Terminating:Retained",
]
# fmt: on
# The states that count towards the desired capacity; Terminating and Retained members don't.
COUNTED_STATES = frozenset[State]({"Pending", "InService"})
ENDING_STATES = frozenset[State]({"Terminating", "Terminating:Wait", "Terminating:Proceed"})

TerminationCause = Literal["request", "scale-in", "health", "az-rebalance", "group-deletion"]


class Termination(NamedTuple):
    """One instance that Auto Scaling told EC2 to terminate; not one that was retained, or died in EC2.

    `at` is the moment of that call, `selected_at` the earlier one at which the termination began (before
    its hooks), `protected` whether scale-in protection was in force then. The cause "request" is
    TerminateInstanceInAutoScalingGroup.
    """

    instance_id: str
    at: datetime
    cause: TerminationCause
    selected_at: datetime
    protected: bool


class Ending(NamedTuple):
    """The reason for which a member is leaving, and since when."""

    cause: TerminationCause
    selected_at: datetime
    protected: bool


@dataclass(frozen=True, slots=True)
class Hook:
    """A lifecycle hook of terminating instances; `heartbeat` in seconds."""

    name: str
    heartbeat: int = 3600
    default_result: str = "ABANDON"


@dataclass(slots=True, eq=False)
class LifecycleAction:
    """One hook that an instance is waiting for."""

    token: str
    hook: Hook
    deadline: datetime


@dataclass(slots=True, eq=False)
class Activity:
    """A scaling activity. `sequence` counts those of the region; `held` if a terminating hook held it up."""

    id: str
    sequence: int
    group_name: str
    description: str
    cause: str
    start: datetime
    details: Mapping[str, str]
    instance_id: str = ""
    status: str = "InProgress"
    progress: int = 0
    message: str | None = None
    end: datetime | None = None
    held: bool = False


@dataclass(slots=True, eq=False)
class Instance:
    """A member of a group.

    Attributes:
        due: When the present state ends by itself.
        unhealthy: What the health check found, in the words of an activity's cause; None is healthy.
        for_balance: Launched to even out the zones, and still pending.
        failed: Its launch came to nothing; it is terminated as soon as Terminate is not suspended.
        down: EC2 was told to terminate it.
    """

    id: str
    subnet: str
    zone: Zone
    template: Template
    launched_at: datetime
    activity: Activity
    state: State = "Pending"
    due: datetime | None = None
    unhealthy: str | None = None
    protected: bool = False
    actions: dict[str, LifecycleAction] = field(default_factory=dict)
    for_balance: bool = False
    failed: bool = False
    ending: Ending | None = None
    down: bool = False

    @property
    def spared(self) -> bool:
        """Report whether a scale-in spares it: protection starts with InService (User Guide)."""
        return self.protected and self.state == "InService"


class Tag(NamedTuple):
    """The value of a tag."""

    value: str
    propagate: bool


class Timer(IntEnum):
    """A thing that a group has to do at a given time. Of two at the same moment, the smaller comes first."""

    CHECK = 1
    REPLACE = 2
    EVALUATE = 3
    REBALANCE = 4
    SWEEP = 5
    SWEEP_REST = 6
    VANISH = 7


@dataclass(slots=True, eq=False, kw_only=True)
class Group:
    """An Auto Scaling group.

    Attributes:
        version: The template's version as it was asked for, `$Latest` say.
        surplus: Members above the desired capacity that rebalancing launched and nothing has made up for
            yet.
        changes: What changed the desired capacity since the last activity, as the cause of the next tells it.
        retry_wait: The last wait after a failed launch.
    """

    name: str
    arn: str
    created: datetime
    template: Template
    version: str
    subnets: dict[str, Zone]
    min_size: int
    max_size: int
    desired: int
    grace: int = 0
    policies: list[str] = field(default_factory=lambda: ["Default"])
    protect_new: bool = False
    on_abandon: str = "terminate"
    deletion_protection: str | None = None
    tags: dict[str, Tag] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)
    suspended: dict[str, str] = field(default_factory=dict)
    members: dict[str, Instance] = field(default_factory=dict)
    activities: list[Activity] = field(default_factory=list)
    surplus: int = 0
    retry_wait: timedelta | None = None
    timers: dict[Timer, datetime] = field(default_factory=dict)
    deleting: bool = False
    changes: list[str] = field(default_factory=list)

    @property
    def counted(self) -> int:
        """Return the number of members that count towards the desired capacity."""
        return sum(member.state in COUNTED_STATES for member in self.members.values())
