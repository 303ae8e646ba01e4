"""A call that AWS refuses in the midst of a request is a 503 that names the operation, on every service."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.adapters.clients import client
from chalicelib.adapters.dynamodb import Ledgers
from tests.system.conftest import ask
from twin.day.day import Day

POST = ("POST", "/clusters/trades/capacity", {"change": 1})
ERROR = {"Code": "AccessDeniedException", "Message": "not today"}


@contextmanager
def refused(service: str, operation: str, *, once: bool = False, naming: str = "") -> Iterator[list[str]]:
    """AWS refuses one operation, after the request was validated and built; `once` as the adapters ask.

    With `naming` it refuses those alone whose body has that word. Yields the bodies that were refused.
    """
    bodies: list[str] = []

    def refuse(params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        body = str(params["body"])
        if naming not in body:
            return None
        bodies.append(body)
        answer = {"Error": ERROR, "ResponseMetadata": {"HTTPStatusCode": 400}}
        return AWSResponse("https://aws", 400, {}, None), answer

    # The same client as the adapters': one is kept for each way of asking for it.
    asked = (client(service, once=True) if once else client(service)).meta
    events, name = asked.events, f"before-call.{asked.service_model.service_id.hyphenize()}.{operation}"
    events.register_first(name, refuse)
    try:
        yield bodies
    finally:
        events.unregister(name, refuse)


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("dynamodb", "BatchGetItem", ("GET", "/clusters", None)),
        ("dynamodb", "BatchGetItem", ("GET", "/clusters/trades", None)),
        ("dynamodb", "Query", ("GET", "/clusters/trades/decisions", None)),
        ("dynamodb", "BatchGetItem", POST),
        ("sqs", "SendMessage", POST),
    ],
)
def test_a_refused_call_is_a_503_that_names_the_operation(
    day: Day, service: str, operation: str, request_: tuple[str, str, Any]
) -> None:
    with refused(service, operation):
        status, answer = ask(day, *request_)
    assert status == 503
    assert answer["error"].startswith(f"{operation} failed: An error occurred (AccessDeniedException)")
    assert ask(day, "GET", "/clusters")[0] == 200


def test_a_floor_that_aws_refuses_is_in_the_ledger_before_its_topic_is_told(day: Day) -> None:
    ledgers = Ledgers(boto3.client("dynamodb"), day.table)
    asked, kept = client("sns").meta.events, []

    def look(**_: Any) -> None:
        kept.append(ledgers.read("trades").alerts)

    asked.register("before-call.sns.Publish", look)
    try:
        with refused("autoscaling", "SetDesiredCapacity", once=True):
            assert ask(day, *POST)[0] == 202
            day.aws.wake_readers()
            day.clock.run_until(day.clock.now() + timedelta(seconds=30))
    finally:
        asked.unregister("before-call.sns.Publish", look)
    assert kept
    assert kept[0]["raise"].told is None
