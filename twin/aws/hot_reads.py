"""The reads that make up most of a day's calls, answered without signature, HTTP and XML.

botocore validates and serialises each request as ever, and an answer has the types that botocore's parser
would give. Every fiftieth call of each operation takes the whole wire and must get the same answer.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, cast

from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.hooks import BaseEventHooks
from botocore.model import OperationModel, Shape
from botocore.utils import parse_timestamp
from moto.core.exceptions import ServiceException
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import get_service_model
from moto.dynamodb.responses import DynamoHandler
from moto.moto_api._internal import mock_random
from werkzeug.exceptions import HTTPException

from twin.autoscaling import AwsError
from twin.aws import dynamodb
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.aws.wire import Wire

COMPARED = 50
EVENTS = (
    "auto-scaling.DescribeAutoScalingGroups",
    "cloudwatch.GetMetricData",
    "dynamodb.BatchGetItem",
    "dynamodb.GetItem",
)
REQUEST = "hot read"  # its place in a call's context, from its start to its end
ON_THE_WIRE = "on the wire"  # in the context of a call that must take it
SUCCESS = AWSResponse("", 200, {}, None)

Read = Callable[[Any], Any]


class WireDiffers(BaseException):
    """The wire gives another answer.

    It is no Exception: Lambda would take it for a failure of the handler and try again.
    """


class HotReads:
    """The hot reads of one twin."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._calls: Counter[str] = Counter()

    def take_over(self, events: BaseEventHooks) -> None:
        """Answer for the clients that a session makes from now on, unless another handler did already."""
        for event in EVENTS:
            events.register_last(f"before-call.{event}", self._answer)
            events.register_last(f"after-call.{event}", self._compare)

    def _answer(
        self, model: OperationModel, params: Mapping[str, Any], context: dict[str, Any], **_: Any
    ) -> tuple[AWSResponse, dict[str, Any]] | None:
        if ON_THE_WIRE in context:
            return None
        request = _request(model, params)
        self._calls[model.name] += 1
        if self._calls[model.name] % COMPARED == 0:
            context[REQUEST] = request
            return None
        try:
            answer = self._read(model, request)
        except (AwsError, HTTPException, ServiceException, NotImplementedError):
            return None  # the wire refuses it
        if model.service_model.service_name != "dynamodb":
            self._wire.tell(model.name, request)
            self._wire.called()
        metadata = {"RequestId": _request_id(model), "HTTPStatusCode": 200, "HTTPHeaders": {}}
        return SUCCESS, {**answer, "ResponseMetadata": {**metadata, "RetryAttempts": 0}}

    def _compare(
        self,
        http_response: AWSResponse,
        parsed: Mapping[str, Any],
        model: OperationModel,
        context: Mapping[str, Any],
        **_: Any,
    ) -> None:
        if REQUEST not in context or http_response.status_code != 200:
            return
        wired = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
        answer = self._read(model, context[REQUEST])
        # As text: a number or a time of another type is another answer.
        if repr(wired) != repr(answer):
            raise WireDiffers(f"{model.name} of {context[REQUEST]}: {wired}, and below the wire {answer}")

    def _read(self, model: OperationModel, request: dict[str, Any]) -> dict[str, Any]:
        if model.service_model.service_name == "dynamodb":
            found = _moto_dynamodb(model, request)
        else:
            found = self._wire.read(model.name, request)
        answer: dict[str, Any] = _reader(model)(found)
        return answer


def _request(model: OperationModel, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request as moto reads it from the wire."""
    as_moto_knows_it = get_service_model(model.service_model.service_name).operation_model(model.name)
    parser = PROTOCOL_PARSERS[model.service_model.resolved_protocol](as_moto_knows_it)
    request: dict[str, Any] = parser.parse(cast(Any, {"body": params["body"], "values": params["body"]}))
    return request


def _request_id(model: OperationModel) -> str:
    """Draw moto's request id, from where moto draws instance ids: so a seed gives one day, either way."""
    return mock_random.get_random_string(52) if model.service_model.resolved_protocol == "json" else ""


def _moto_dynamodb(model: OperationModel, request: dict[str, Any]) -> Any:
    """Return moto's answer as it is before moto writes it as JSON."""
    handler = DynamoHandler()
    handler.current_account, handler.region, handler.body = ACCOUNT, REGION, request
    dynamodb.check(request, handler.dynamodb_backend.tables)
    return getattr(handler, xform_name(model.name))().result


@cache
def _reader(model: OperationModel) -> Read:
    return _of_shape(model.output_shape, TIMES[model.service_model.resolved_protocol])


def _of_shape(shape: Shape, time: Read) -> Read:
    match shape.type_name:
        case "structure":
            return _structure(shape, time)
        case "list":
            member = _of_shape(shape.member, time)
            return lambda value: [member(item) for item in value]
        case "map":
            held = _of_shape(shape.value, time)
            return lambda value: {key: held(item) for key, item in value.items()}
        case "timestamp":
            return time
        case "double":
            return float  # moto writes a whole number with its point
        case kind:
            return _only(SCALARS[kind])


def _structure(shape: Shape, time: Read) -> Read:
    members: list[tuple[str, Read]] = []

    def read(value: Mapping[str, Any]) -> dict[str, Any]:
        if not members:  # at its first use: an attribute of DynamoDB may hold attributes
            members.extend((name, _of_shape(member, time)) for name, member in shape.members.items())
        return {name: read(found) for name, read in members if (found := value.get(name)) is not None}

    return read


def _only(kind: type) -> Read:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise WireDiffers(f"the wire would not give {value!r}")
        return value

    return read


@lru_cache(2**14)
def _local(at: datetime) -> datetime:
    """Return a time as JSON gives it: seconds since 1970, which botocore puts into local time."""
    time: datetime = parse_timestamp(at.timestamp())
    return time


@lru_cache(2**14)
def _utc(at: datetime) -> datetime:
    """Return a time as XML gives it: text with its offset."""
    time: datetime = parse_timestamp(at.isoformat())
    return time


SCALARS: Mapping[str, type] = {"string": str, "integer": int, "boolean": bool, "blob": bytes}
TIMES: Mapping[str, Read] = {"json": _local, "query": _utc}
