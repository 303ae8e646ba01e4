"""A twin with one running cluster, for the tests that drive the control plane's entry points."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from twin.day import MIDNIGHT, Day, Options

EVENTS = Path(__file__).parent.parent / "events"


@contextmanager
def running_day() -> Iterator[Day]:
    """A cluster with one live RDB, a minute after midnight."""
    day = Day(Options(), io.StringIO())
    with day.running():
        day.clock.run_until(MIDNIGHT + timedelta(minutes=1))
        yield day


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    """One cluster for all tests of a file, which leave it as they found it."""
    with running_day() as day:
        yield day


@pytest.fixture
def call(day: Day) -> Callable[[str, dict[str, Any]], Any]:
    """Calls one function, by the name of its handler, with an event."""

    def call(function: str, event: dict[str, Any]) -> Any:
        answer = day.aws.functions.call(day.aws.wiring.named(function), event)
        day.aws.wake_readers()
        return answer

    return call


def event(name: str) -> dict[str, Any]:
    """One payload of tests/events."""
    payload: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return payload


ARN = "arn:aws:sts::123456789012:assumed-role/operator/ann"


def api_request(method: str, path: str, body: Any = None) -> dict[str, Any]:
    """One HTTP request as API Gateway hands it on, IAM-signed by ann."""
    parts = path.strip("/").split("/")
    names = {"cluster": parts[1:2], "instance_id": parts[3:4] if parts[2:3] == ["rdbs"] else []}
    values = {name: found[0] for name, found in names.items() if found}
    resource = path
    for name, value in values.items():
        resource = resource.replace(f"/{value}", f"/{{{name}}}", 1)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": values or None,
        "stageVariables": None,
        "requestContext": {"resourcePath": resource, "httpMethod": method, "identity": {"userArn": ARN}},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
