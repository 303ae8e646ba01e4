"""The wire between functions and AWS: every call of theirs passes here, and goes wrong here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal, NamedTuple, Protocol, assert_never, get_args

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from twin.autoscaling import AwsError
from twin.fuzz.plan import Kind

GROUP_ACTS = frozenset(
    {"SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup", "CompleteLifecycleAction"}
)
Refusal = Literal["throttled", "activity_in_progress", "resource_contention", "server_error"]
Failure = Literal[Refusal, "killed", "timed_out", "disconnected"]
FAILURES = frozenset[str]({*get_args(Refusal), "killed", "timed_out", "disconnected", "refused"})
REFUSALS: Mapping[Refusal, tuple[str, str, int]] = {
    "throttled": ("ThrottlingException", "Rate exceeded", 400),
    "activity_in_progress": (
        "ScalingActivityInProgress",
        "Scaling activity 0 is in progress and blocks this action",
        400,
    ),
    "resource_contention": (
        "ResourceContentionFault",
        "You already have a pending update to an Amazon EC2 Auto Scaling resource",
        500,
    ),
    "server_error": ("InternalFailure", "We encountered an internal error. Please try again.", 500),
}
# AWS says with these that nothing was done.
FOR_CERTAIN = frozenset({"throttled", "activity_in_progress"})
REMEMBERS_OR_TELLS = frozenset({"TransactWriteItems", "PutItem", "Publish"})
DENIED = ("AccessDenied", "User is not authorized to perform this action with an explicit deny", 403)
# Every operation of the functions that a policy can take from their role.
REFUSABLE = (
    *sorted(GROUP_ACTS), "SetDesiredCapacity", "SuspendProcesses", "SetInstanceProtection",
    "UpdateAutoScalingGroup", "PutLifecycleHook", "DescribeLifecycleHooks", "DescribeScalingActivities",
    "DescribeAutoScalingGroups", "DescribeInstances", "CreateTags", "DeleteTags", "GetMetricData",
    "GetItem", "TransactWriteItems", "PutItem", "Publish",
)  # fmt: skip


class Killed(BaseException):
    """The function is gone in the middle of its work: nothing that it still had to do happens."""


class Service(Protocol):
    """One service of AWS, boto3-shaped both ways."""

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one request. Raises AwsError."""


class Watcher(Protocol):
    """A watcher of every call of a function, around its effect; `after` gets what `before` returned."""

    def before(self, service: str, operation: str, params: Mapping[str, Any]) -> Any:
        """Look at a call just before AWS takes it."""

    def after(self, operation: str, params: Mapping[str, Any], seen: Any) -> None:
        """Look at a call just after AWS took it; not called when AWS refused it."""


@dataclass
class Trouble:
    """Something that goes wrong with a call to come: it lets `skip` calls that it fits pass first.

    `acts_only` waits for a call that changes something, `after_effect` lets AWS do it first.
    """

    kind: Literal[Failure, "two_at_once"]
    skip: int = 0
    acts_only: bool = False
    after_effect: bool = False

    def fits(self, operation: str) -> bool:
        """Tell if it can happen to a call of this operation."""
        if self.kind in ("activity_in_progress", "resource_contention"):
            return operation in GROUP_ACTS
        return not (self.acts_only and reads(operation))


def reads(operation: str) -> bool:
    """Tell if a call changes nothing."""
    return operation.startswith(("Describe", "Get", "BatchGet", "Query"))


class Sent(NamedTuple):
    """A DesiredCapacity that a function sent, whatever came of it: the number, and when."""

    desired: int
    at: datetime


@dataclass
class Stale:
    """Until `until`, Describe answers as of earlier with chance `share`; other replicas are up to date."""

    answer: dict[str, Any]
    as_of: datetime
    until: datetime
    share: float
    random: Random


class Wire:
    """Calls by service name. `overlap` runs a whole second function, `count` counts a fault that happened.

    While `spared` is set nothing goes wrong: what befalls calls for one cluster is kept from another's.
    `troubled` says that a call failed since somebody last cleared it, `blind_at` when AWS last kept a
    function from seeing, remembering or telling. `refused` are operations that are always refused.
    `before_raise` is called once, with the number, before a SetDesiredCapacity; it returns if it did
    anything. `sent` is the last of those, `unanswered_at` when one last had no certain answer.
    """

    def __init__(
        self, services: Mapping[str, Service], now: Callable[[], datetime], count: Callable[[Kind], None]
    ) -> None:
        self.services = dict(services)
        self._now = now
        self._count = count
        self.overlap: Callable[[], None] = lambda: None
        self.armed: list[Trouble] = []
        self.refused: set[str] = set()
        self.before_raise: Callable[[int], bool] | None = None
        self.sent: Sent | None = None
        self.unanswered_at = now()
        self.spared = self.troubled = False
        self.blind_at = now()
        self.stale: Stale | None = None
        self.stale_after_write: tuple[timedelta, int] | None = None
        self.described_as_of = now()
        self.described: dict[str, Any] = {}
        self.watcher: Watcher | None = None

    def calm(self) -> None:
        """Let nothing go wrong from now on."""
        self.armed.clear()
        self.before_raise = None
        self.stale = self.stale_after_write = None

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call of a function. Raises ClientError, BotoCoreError and Killed."""
        if self.spared:
            return self._answered(service, operation, params)
        if operation in self.refused:
            self._troubles(operation)
            raise client_error(operation, *DENIED)
        if operation == "SetDesiredCapacity":
            self._sends(params["DesiredCapacity"])
        trouble = self._due(operation) if self.armed else None
        if trouble is None:
            return self._answered(service, operation, params)
        if trouble.kind == "two_at_once":
            self.overlap()
            return self._answered(service, operation, params)
        self._count(trouble.kind)
        self._troubles("" if trouble.kind == "killed" else operation)
        if operation == "SetDesiredCapacity" and trouble.kind not in FOR_CERTAIN:
            self.unanswered_at = self._now()
        if trouble.after_effect:
            self._answered(service, operation, params)
        raise _failure(trouble.kind, service, operation)

    def _sends(self, desired: int) -> None:
        raises, self.before_raise = self.before_raise, None
        if raises and raises(desired):
            self._count("raised_between")
        self.sent = Sent(desired, self._now())

    def _troubles(self, operation: str) -> None:
        """Note a call that fails; none named is the end of a function."""
        self.troubled = True
        if not operation or reads(operation) or operation in REMEMBERS_OR_TELLS:
            self.blind_at = self._now()

    def written(self) -> None:
        """Let reads be stale from this write on, if one is to be."""
        if self.stale_after_write:
            self.freeze(*self.stale_after_write)
            self.stale_after_write = None

    def freeze(self, length: timedelta, dice: int) -> None:
        """Let some Describes, for `length` from now on, answer as of now."""
        answer = self.services["autoscaling"].call("DescribeAutoScalingGroups", {})
        random = Random(dice)
        self.stale = Stale(answer, self._now(), self._now() + length, random.choice((0.5, 0.8, 1)), random)

    def _due(self, operation: str) -> Trouble | None:
        for trouble in self.armed:
            if trouble.fits(operation):
                if trouble.skip == 0:
                    self.armed.remove(trouble)
                    return trouble
                trouble.skip -= 1
        return None

    def _answered(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if service == "autoscaling":
            if operation == "DescribeAutoScalingGroups":
                return self._describe(params)
            if not reads(operation):
                self.written()
        seen = self.watcher.before(service, operation, params) if self.watcher else None
        try:
            answer = self.services[service].call(operation, params)
        except AwsError as error:
            raise client_error(operation, error.code, error.message, error.http_status) from error
        if self.watcher:
            self.watcher.after(operation, params, seen)
        return answer

    def _describe(self, params: Mapping[str, Any]) -> dict[str, Any]:
        now, stale = self._now(), self.stale
        if stale and now >= stale.until:
            stale = self.stale = None
        if stale and not self.spared and now > stale.as_of and stale.random.random() < stale.share:
            self._count("stale_read")
            self.described, self.described_as_of = _filtered(stale.answer, params), stale.as_of
        else:
            self.described = self.services["autoscaling"].call("DescribeAutoScalingGroups", params)
            self.described_as_of = now
        return self.described


def _filtered(answer: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an older answer, which shows all groups, has to say to a request with filters."""

    def meets(group: Mapping[str, Any], condition: Mapping[str, Any]) -> bool:
        kind, _, key = condition["Name"].partition(":")
        tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
        shown = tags if kind == "tag-key" else [tags[key]] if key in tags else []
        return any(value in shown for value in condition["Values"])

    groups = answer["AutoScalingGroups"]
    wanted = params.get("Filters", ())
    return {"AutoScalingGroups": [group for group in groups if all(meets(group, each) for each in wanted)]}


def _failure(kind: Failure, service: str, operation: str) -> BaseException:
    error: BaseException
    match kind:
        case "killed":
            error = Killed(operation)
        case "timed_out":
            error = ReadTimeoutError(endpoint_url=f"https://{service}.amazonaws.com/")
        case "disconnected":
            error = ConnectionClosedError(endpoint_url=f"https://{service}.amazonaws.com/")
        case "throttled" | "activity_in_progress" | "resource_contention" | "server_error":
            error = client_error(operation, *REFUSALS[kind])
        case _:
            assert_never(kind)
    return error


def client_error(operation: str, code: str, message: str, status: int) -> ClientError:
    """Return the error that boto3 raises for AWS's answer."""
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)
