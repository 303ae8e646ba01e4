"""What Auto Scaling knows: plain data, no behaviour beyond counting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Literal, NamedTuple

from twin.autoscaling.ports import Template, Zone

PROCESSES = (
    "AZRebalance",
    "AddToLoadBalancer",
    "AlarmNotification",
    "HealthCheck",
    "InstanceRefresh",
    "Launch",
    "ReplaceUnhealthy",
    "ScheduledActions",
    "Terminate",
)
LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"

PENDING_STATES = frozenset({"Pending", "Pending:Wait", "Pending:Proceed"})
COUNTED_STATES = PENDING_STATES | {"InService"}
"""The states that count towards the desired capacity; Terminating, Retained and Standby members don't."""
ENDING_STATES = frozenset({"Terminating", "Terminating:Wait", "Terminating:Proceed"})

TerminationCause = Literal["request", "scale-in", "health", "az-rebalance", "group-deletion", "hook-abandon"]


class Termination(NamedTuple):
    """One instance that Auto Scaling told EC2 to terminate. Who was only retained, or died in EC2, is not
    among them.

    `at` is the moment of that call, `selected_at` the earlier one at which the termination began (before
    its hooks), `protected` whether scale-in protection was in force then. Causes: "request" is
    TerminateInstanceInAutoScalingGroup, "hook-abandon" a launch hook that was abandoned or timed out.
    """

    instance_id: str
    at: datetime
    cause: TerminationCause
    selected_at: datetime
    protected: bool


class Ending(NamedTuple):
    """Why and since when a member is leaving."""

    cause: TerminationCause
    selected_at: datetime
    protected: bool


@dataclass(frozen=True, slots=True)
class Hook:
    name: str
    transition: str
    heartbeat: int = 3600
    default_result: str = "ABANDON"
    metadata: str | None = None

    @property
    def global_timeout(self) -> int:
        """Seconds after which no heartbeat helps any more (API reference: 48 hours or 100 heartbeats)."""
        return min(172_800, 100 * self.heartbeat)


@dataclass(slots=True, eq=False)
class LifecycleAction:
    """One hook that an instance is waiting for."""

    token: str
    hook: Hook
    deadline: datetime
    expires: datetime


@dataclass(slots=True, eq=False)
class Activity:
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


@dataclass(slots=True, eq=False)
class Instance:
    id: str
    subnet: str
    zone: Zone
    template: Template
    launched_at: datetime
    activity: Activity
    state: str = "Pending"
    due: datetime | None = None
    """When the present state ends by itself."""
    unhealthy: str | None = None
    """What the health check found, in the words of an activity's cause; None is healthy."""
    protected: bool = False
    in_service_at: datetime | None = None
    actions: dict[str, LifecycleAction] = field(default_factory=dict)
    for_balance: bool = False
    """Launched to even out the zones, and still pending."""
    failed: TerminationCause | None = None
    """Its launch came to nothing; it is terminated as soon as Terminate is not suspended."""
    ending: Ending | None = None
    down: bool = False
    """EC2 was told to terminate it."""

    @property
    def spared(self) -> bool:
        """Protection starts with InService (User Guide): a pending instance can be chosen for scale-in."""
        return self.protected and self.state == "InService"


class Tag(NamedTuple):
    value: str
    propagate: bool


class Timer(IntEnum):
    """What a group has to do at a given time. Of two at the same moment, the smaller comes first."""

    CHECK = 1
    REPLACE = 2
    EVALUATE = 3
    REBALANCE = 4
    SWEEP = 5
    SWEEP_REST = 6
    VANISH = 7


@dataclass(slots=True, eq=False, kw_only=True)
class Group:
    name: str
    arn: str
    created: datetime
    template: Template
    version: str
    """The template's version as it was asked for, `$Latest` say."""
    subnets: dict[str, Zone]
    min_size: int
    max_size: int
    desired: int
    cooldown: int = 300
    grace: int = 0
    warmup: int | None = None
    policies: list[str] = field(default_factory=lambda: ["Default"])
    protect_new: bool = False
    distribution: str = "balanced-best-effort"
    on_abandon: str = "terminate"
    deletion_protection: str | None = None
    tags: dict[str, Tag] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)
    suspended: dict[str, str] = field(default_factory=dict)
    members: dict[str, Instance] = field(default_factory=dict)
    activities: list[Activity] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    """Sentences about changes of the desired capacity that no activity has told yet."""
    told_protected: bool = False
    """The activity "all remaining instances are protected" was written for this desired capacity."""
    replacements: int = 0
    """Launches that stand in for unhealthy members."""
    surplus: int = 0
    """Members above the desired capacity that rebalancing launched and nothing has made up for yet."""
    retry_wait: timedelta | None = None
    """The last wait after a failed launch."""
    timers: dict[Timer, datetime] = field(default_factory=dict)
    deleting: bool = False
    deleted: bool = False

    @property
    def counted(self) -> int:
        """Members that count towards the desired capacity."""
        return sum(member.state in COUNTED_STATES for member in self.members.values())
