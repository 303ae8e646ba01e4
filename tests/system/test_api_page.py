"""docs/api.md is true: its routes are the app's, and its examples are answered as it shows."""

import json
import re
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import app
from tests.system.api_page import renamed, routes, shape
from tests.system.conftest import ask
from twin.autoscaling import AwsError
from twin.day.day import Day

TRIGGERS = Path(__file__).parents[2] / "chalicelib" / "triggers"


def test_the_page_has_every_route_of_the_app_and_no_other() -> None:
    served = [(method, path) for path, methods in app.routes.items() for method in methods]
    assert sorted((route.method, route.path) for route in routes()) == sorted(served)


def test_the_page_names_every_status_that_the_api_answers_and_has_an_example_of_it() -> None:
    source = "".join((TRIGGERS / f"{name}.py").read_text() for name in ("asking", "http", "reading"))
    answered = {int(status) for status in re.findall(r"\bas_json\((\d+),", source)}
    assert {status for route in routes() for status in route.statuses} == answered
    assert {example.status for route in routes() for example in route.examples} == answered


def test_each_route_has_an_example_and_names_the_statuses_of_its_examples() -> None:
    unnamed = [
        (route.method, route.path)
        for route in routes()
        if not route.examples or {example.status for example in route.examples} - route.statuses
    ]
    assert unnamed == []


def test_each_example_is_answered_as_the_page_shows(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, str] = {}
    for example in (example for route in routes() for example in route.examples):
        path = example.path
        for shown, seen in names.items():
            path = path.replace(shown, seen)
        with monkeypatch.context() as context:
            if example.status == 503:
                context.setattr(day.aws.groups, "call", throttled)
            status, answer = ask(day, example.method, path, example.body, example.headers)
        is_true = (status, shape(answer)) == (example.status, shape(example.answer))
        assert is_true, f"{example.method} {path}: HTTP {status}\n{json.dumps(answer, indent=2)}"
        names |= renamed(example.answer, answer)
        if status == 202:
            day.clock.run_until(day.clock.now() + timedelta(minutes=3))


def throttled(*_: Any) -> Any:
    """EC2 Auto Scaling answers nobody."""
    # moto's models do not list the errors that every service has.
    warnings.filterwarnings("ignore", ".*does not match an error shape")
    raise AwsError("Throttling", "Rate exceeded")
