"""The operator of a drill: calls of the API, and what they ask for."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.core.facts.wake_ups import SetFloor, parse_wake_up
from twin.aws.http_api import JSON, Api
from twin.aws.wiring import Function
from twin.drill.day import DrillDay
from twin.drill.events import HttpCall

CALLER = "arn:aws:sts::123456789012:assumed-role/operator/drill"
CONTENT_TYPE = "Content-Type"


class Operator:
    """Calls the API; `answers` has the time, the status and the body of each answer."""

    def __init__(self, day: DrillDay) -> None:
        self._day = day
        self.answers: list[dict[str, Any]] = []

    def watch(self) -> None:
        """See which capacity is asked for, so that a raise for it is none without a need."""
        self._api = Api(self._day.aws, CALLER)
        self._day.aws.functions.watchers.append(self._saw)

    def call(self, _day: DrillDay, event: HttpCall) -> None:
        """Make one call and keep its answer."""
        body = event.body
        text = body if isinstance(body, str) else None if body is msgspec.UNSET else json.dumps(body)
        named = {name.lower() for name in event.headers}
        headers = event.headers if CONTENT_TYPE.lower() in named else {CONTENT_TYPE: JSON, **event.headers}
        status, answer = self._api.answer(event.method, event.path, text, headers)
        at = f"{self._day.clock.now():%FT%TZ}"
        self.answers.append({"at": at, "status": status, "body": _json(answer)})

    def _saw(self, _function: Function, call: str, params: Mapping[str, Any]) -> None:
        if call == "sqs:SendMessage":
            command = parse_wake_up(params["MessageBody"]).command
            if isinstance(command, SetFloor):
                self._day.referee.asked_for(command.floor)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
