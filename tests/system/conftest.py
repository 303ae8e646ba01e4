"""The beginning of the product's tests: a running cluster on the embedded AWS."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from twin.aws.http_api import JSON_BODY, Api
from twin.day.day import Day
from twin.day.options import MIDNIGHT, Options

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


def ask(
    day: Day, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """One HTTP request of an operator called ann; a body that is no text is sent as JSON."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    status, answer = Api(day.aws, "arn:aws:sts::123456789012:assumed-role/operator/ann").answer(
        method, path, text, {**JSON_BODY, **(headers or {})}
    )
    return status, json.loads(answer)
