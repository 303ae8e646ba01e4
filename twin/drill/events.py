"""The events of a drill as data: one frozen struct for each name that `do` may have.

docs/drills.md has them as a table. A field without a default must be given.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chalicelib.contract.report import ClusterName, InstanceId, State
from twin.aws.refusals import OPERATIONS

TIME = r"^(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?|24:00(:00)?)\Z"
SELECTOR = r"^(live|standby|rolled|newest|oldest|#[1-9][0-9]{0,3}|i-[0-9a-f]{8,17})\Z"

Time = Annotated[str, Meta(pattern=TIME)]
Selector = Annotated[str, Meta(pattern=SELECTOR)]
Text = Annotated[str, Meta(min_length=1)]
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Capacity = Annotated[int, Meta(ge=0, le=10_000)]
Operation = Annotated[str, Meta(pattern=rf"^({'|'.join(OPERATIONS)})\Z")]
Process = Literal[
    "AZRebalance",
    "AddToLoadBalancer",
    "AlarmNotification",
    "HealthCheck",
    "InstanceRefresh",
    "Launch",
    "ReplaceUnhealthy",
    "ScheduledActions",
    "Terminate",
]
Processes = Annotated[list[Process], Meta(min_length=1)]
Become = Literal["never_report", "boot_forever", "fail", "vanish", "well"]


class Event(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="do",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Something that happens at a time of the day."""

    at: Time


class OfRdb(Event, frozen=True):
    """Something that happens to one RDB."""

    rdb: Selector


class QDies(OfRdb, frozen=True, tag="q_dies"):
    """The process q ends, and what it held is gone from memory; the reporter and the metric go on."""


class QHangs(OfRdb, frozen=True, tag="q_hangs"):
    """q keeps what it holds and answers nobody; the tickerplant goes on to the next standby."""


class QReturns(OfRdb, frozen=True, tag="q_returns"):
    """q is started again, or answers again; a rolled one reads its window from the log."""


class ReporterDies(OfRdb, frozen=True, tag="reporter_dies"):
    """The host sends neither reports nor metrics any more; q goes on."""


class ReporterReturns(OfRdb, frozen=True, tag="reporter_returns"):
    """The host sends reports and metrics again."""


class HostDies(OfRdb, frozen=True, tag="host_dies"):
    """The instance is terminated in EC2, by nobody's wish."""


class HostStops(OfRdb, frozen=True, tag="host_stops"):
    """The instance is stopped in EC2."""


class Launches(Event, frozen=True, tag="launches"):
    """How hosts turn out that are launched from now on, until a time or until another event says how.

    `error` is EC2's text when they `fail`.
    """

    become: Become
    error: Text | UnsetType = UNSET
    until: Time | None = None

    def __post_init__(self) -> None:
        if self.error is not UNSET and self.become != "fail":
            raise ValueError('error: only goes with "become": "fail"')


class AwsRefuses(Event, frozen=True, tag="aws_refuses"):
    """One call of the functions is answered with an error, until a time or to the end."""

    operation: Operation
    code: Text
    message: str = ""
    until: Time | None = None


class AwsDisconnects(Event, frozen=True, tag="aws_disconnects"):
    """The next calls of an operation break before they take effect, so many `times`."""

    operation: Operation
    times: Annotated[int, Meta(ge=1, le=1000)] = 1


class TagSet(Event, frozen=True, tag="tag"):
    """A tag of the RDB group, or of the `group` named, gets a value; null removes it."""

    key: Text
    value: str | None
    group: Text | None = None


class GroupAppears(Event, frozen=True, tag="group"):
    """Another group of EC2 Auto Scaling is created, with the launch template of the RDB group."""

    name: Text
    tags: dict[str, str]
    min: Capacity = 0
    max: Capacity = 10
    desired: Capacity | UnsetType = UNSET


class Suspend(Event, frozen=True, tag="suspend"):
    """Somebody suspends processes of the RDB group."""

    processes: Processes


class Resume(Event, frozen=True, tag="resume"):
    """Somebody resumes processes of the RDB group."""

    processes: Processes


class SetDesired(Event, frozen=True, tag="set_desired"):
    """Somebody sets DesiredCapacity; with `between`, after our next read and just before our write."""

    desired: Capacity
    between: bool = False


class ReportSent(Event, frozen=True, tag="report"):
    """One more report about an RDB, or about any `instance_id`; fields that are not given are true.

    A `drained` one about an RDB of its own cluster is signed by that instance unless `proof` is given.
    """

    rdb: Selector | UnsetType = UNSET
    instance_id: InstanceId | UnsetType = UNSET
    sequence_ahead_seconds: float = 0.0
    from_cluster: ClusterName | UnsetType = UNSET
    version: int | UnsetType = UNSET
    cluster: str | UnsetType = UNSET
    sequence: Number | UnsetType = UNSET
    state: State | UnsetType = UNSET
    memory_used: Number | UnsetType = UNSET
    memory_total: Number | UnsetType = UNSET
    rows: Number | UnsetType | None = UNSET
    first_index: Number | UnsetType | None = UNSET
    last_index: Number | UnsetType | None = UNSET
    first_time: str | UnsetType | None = UNSET
    last_time: str | UnsetType | None = UNSET
    host: str | UnsetType | None = UNSET
    port: Number | UnsetType | None = UNSET
    why: str | UnsetType | None = UNSET
    release: str | UnsetType | None = UNSET
    q_release: str | UnsetType | None = UNSET
    sent_at: str | UnsetType = UNSET
    takes_back: Number | UnsetType | None = UNSET
    proof: str | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        if self.rdb is UNSET and self.instance_id is UNSET:
            raise ValueError("rdb: is missing: give rdb, or instance_id in its place")
        if self.rdb is not UNSET and self.instance_id is not UNSET:
            raise ValueError("rdb: give either rdb or instance_id, not both")
        if self.sequence is not UNSET and self.sequence_ahead_seconds:
            raise ValueError("sequence: give either sequence or sequence_ahead_seconds")


class ReportsSent(Event, frozen=True, tag="reports"):
    """So many reports within so many minutes, each about another instance id that does not exist."""

    count: Annotated[int, Meta(ge=1, le=100_000)]
    minutes: Annotated[float, Meta(gt=0, le=24 * 60)]


class MetricSent(OfRdb, frozen=True, tag="metric"):
    """Somebody publishes a memory metric in an RDB's name each minute, until a time or to the end."""

    percent: Annotated[float, Meta(ge=0, le=100)]
    until: Time | None = None


class WakeUpReturns(Event, frozen=True, tag="wake_up"):
    """An operator's command of long ago comes back from the dead-letter queue."""

    command: dict[str, Any] | str
    age_seconds: Annotated[float, Meta(ge=0)]


class LedgerReplaced(Event, frozen=True, tag="ledger"):
    """The text of a cluster's ledger is replaced."""

    cluster: ClusterName
    document: str


class HttpCall(Event, frozen=True, tag="http"):
    """An operator's call of the API. A `body` that is text is sent as it is, any other as JSON."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: Annotated[str, Meta(pattern=r"^/[^\s#]*\Z")]
    body: Any = UNSET
    headers: dict[str, str] = {}


class TerminatedBySomebody(OfRdb, frozen=True, tag="terminate"):
    """Somebody terminates an instance through its group, or in EC2 after lifting its protection there."""

    through: Literal["group", "ec2"]
    decrement: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.through == "ec2" and self.decrement is not UNSET:
            raise ValueError('decrement: only goes with "through": "group"')


class QPassword(Event, frozen=True, tag="q_password"):
    """q's password changes on every host, and in the file that reporters read at each new connection."""

    new: Text


AnyEvent = (
    QDies
    | QHangs
    | QReturns
    | ReporterDies
    | ReporterReturns
    | HostDies
    | HostStops
    | Launches
    | AwsRefuses
    | AwsDisconnects
    | TagSet
    | GroupAppears
    | Suspend
    | Resume
    | SetDesired
    | ReportSent
    | ReportsSent
    | MetricSent
    | WakeUpReturns
    | LedgerReplaced
    | HttpCall
    | TerminatedBySomebody
    | QPassword
)
