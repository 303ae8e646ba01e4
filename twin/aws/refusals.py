"""Calls of the functions that fail: AWS answers with an error, or the connection breaks."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import patch

from botocore import endpoint
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from botocore.hooks import BaseEventHooks

from chalicelib.contract.presigned import Unproven
from chalicelib.proof.verifier import Answer
from twin.aws.hot_reads import ON_THE_WIRE

# Every call that the functions may make, and the service as botocore's events name it.
OPERATIONS = {
    **dict.fromkeys(
        (
            "CompleteLifecycleAction",
            "DescribeAutoScalingGroups",
            "DescribeLifecycleHooks",
            "DescribeScalingActivities",
            "PutLifecycleHook",
            "SetDesiredCapacity",
            "SetInstanceProtection",
            "SuspendProcesses",
            "TerminateInstanceInAutoScalingGroup",
            "UpdateAutoScalingGroup",
        ),
        "auto-scaling",
    ),
    **dict.fromkeys(("DescribeInstances", "CreateTags", "DeleteTags"), "ec2"),
    "GetMetricData": "cloudwatch",
    **dict.fromkeys(
        ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"),
        "dynamodb",
    ),
    **dict.fromkeys(("SendMessage", "SendMessageBatch"), "sqs"),
    "Publish": "sns",
    "GetCallerIdentity": "sts",
}
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")
FAILED = {"ServiceUnavailable": 503, "InternalFailure": 500, "InternalServerError": 500, "InternalError": 500}
IDENTITY = "GetCallerIdentity"
STS_ERROR = "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"


class Refusal(NamedTuple):
    """An error of AWS."""

    code: str
    message: str

    @property
    def status(self) -> int:
        """Return the HTTP status that comes with the code."""
        return FAILED.get(self.code, 403 if self.code in DENIED else 400)


class Refusals:
    """The calls of one twin that fail. `running` says if it is a function that calls."""

    def __init__(self, running: Callable[[], bool]) -> None:
        self._running = running
        self._refused: dict[str, list[Refusal]] = defaultdict(list)
        self._breaks: Counter[str] = Counter()
        self._before: dict[str, list[Callable[[], object]]] = defaultdict(list)

    def refuse(self, operation: str, refusal: Refusal) -> Callable[[], None]:
        """Answer an operation with an error from now on; return what ends that. The newest one counts."""
        refusals = self._refused[operation]
        refusals.append(refusal)
        return lambda: refusals.remove(refusal)

    def disconnect(self, operation: str, times: int) -> None:
        """Break the connection of the next calls of an operation, before they take effect."""
        self._breaks[operation] += times

    def before_next(self, operation: str, action: Callable[[], object]) -> None:
        """Do something just before the next call of an operation."""
        self._before[operation].append(action)

    @contextmanager
    def taken_over(self, events: BaseEventHooks) -> Iterator[None]:
        """Fail the calls of the clients that a session makes from now on."""
        for operation, service in OPERATIONS.items():
            events.register_first(f"before-call.{service}.{operation}", self._answer)
            events.register_first(f"before-send.{service}.{operation}", self._break)
        # botocore waits before it tries again; virtual time stands still during a call.
        with patch.object(endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None)):
            yield

    def identity(self) -> Answer | None:
        """Return STS's refusal, if it refuses. Raises Unproven, as the real fetch does, when it breaks."""
        if self._breaks[IDENTITY]:
            self._breaks[IDENTITY] -= 1
            raise Unproven("STS did not answer: ProtocolError")
        if refusals := self._refused[IDENTITY]:
            return Answer(refusals[-1].status, STS_ERROR.format(*refusals[-1]).encode())
        return None

    def _answer(
        self, model: Any, context: dict[str, Any], **_: Any
    ) -> tuple[AWSResponse, Mapping[str, Any]] | None:
        if not self._running():
            return None
        for action in self._before.pop(model.name, ()):
            action()
        if self._breaks[model.name]:
            context[ON_THE_WIRE] = True
            return None
        if not (refusals := self._refused[model.name]):
            return None
        code, message = refusals[-1]
        status = refusals[-1].status
        error = {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0},
        }
        return AWSResponse("https://aws", status, {}, None), error

    def _break(self, event_name: str, request: Any, **_: Any) -> None:
        operation = event_name.rpartition(".")[2]
        if self._running() and self._breaks[operation]:
            self._breaks[operation] -= 1
            raise ConnectionClosedError(endpoint_url=request.url)
