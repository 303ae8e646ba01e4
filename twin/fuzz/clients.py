"""The control plane's own adapters, on clients that look like boto3's."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from botocore.exceptions import ClientError

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.cloudwatch import Telemetry
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.adapters.ec2 import Instances
from chalicelib.adapters.sns import Operators
from chalicelib.reconcile.controller import Controller
from chalicelib.reconcile.looking import Adapters
from twin.fuzz.services import TABLE


class Wire(Protocol):
    """Answers calls."""

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call. Raises ClientError."""


def controller(wire: Wire, now: Callable[[], datetime]) -> Controller:
    """Put the real controller together with its real adapters, all of their calls on the wire."""
    autoscaling = Client(wire, "autoscaling")
    adapters = Adapters(
        Groups(autoscaling, lambda: autoscaling),
        Telemetry(Client(wire, "cloudwatch")),
        Ledgers(Client(wire, "dynamodb"), TABLE),
        Instances(lambda: Client(wire, "ec2")),
        Operators(lambda: Client(wire, "sns"), "arn:aws:sns:us-east-1:123456789012:highwater-operators"),
    )
    return Controller(adapters, now)


class Client:
    """A boto3 client of one service: `describe_auto_scaling_groups(**params)` and all the others."""

    class exceptions:  # noqa: N801  boto3's name for it
        """The errors that callers catch by class."""

        class TransactionCanceledException(ClientError):  # type: ignore[misc]
            """DynamoDB wrote nothing: a condition did not hold."""

    def __init__(self, wire: Wire, service: str) -> None:
        self._wire = wire
        self._service = service

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation = operation_name(name)

        def call(**params: Any) -> dict[str, Any]:
            try:
                return self._wire.call(self._service, operation, params)
            except ClientError as error:
                if error.response["Error"]["Code"] == "TransactionCanceledException":
                    answer = {**error.response, "CancellationReasons": [{"Code": "ConditionalCheckFailed"}]}
                    raise self.exceptions.TransactionCanceledException(answer, operation) from error
                raise

        setattr(self, name, call)
        return call

    def get_paginator(self, name: str) -> "Paginator":
        """Return the pages of one operation."""
        return Paginator(getattr(self, name))


class Paginator:
    """Follows NextToken from page to page."""

    def __init__(self, call: Callable[..., dict[str, Any]]) -> None:
        self._call = call

    def paginate(self, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages, each asked for when it is wanted."""
        params.pop("PaginationConfig", None)
        page = self._call(**params)
        yield page
        while token := page.get("NextToken"):
            page = self._call(**params, NextToken=token)
            yield page


@cache
def operation_name(name: str) -> str:
    """Return an operation's name: `set_desired_capacity` is SetDesiredCapacity."""
    return "".join(word.capitalize() for word in name.split("_"))
