"""AWS Lambda: calls the real handlers, as the template names them, with its environment."""

import importlib
import json
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from logging import StreamHandler
from typing import Any, TextIO

import boto3

from chalicelib.adapters import clients
from chalicelib.adapters.logs import logger
from twin.aws.clock import Clock
from twin.aws.wiring import Function

RETRY_AFTER = (60, 120)

# Sees a call before it is made: who calls, `service:Operation`, and its parameters.
Seen = Callable[[Function, str, Mapping[str, Any]], None]


@dataclass
class Context:
    """The context that Lambda passes beside the event."""

    function_name: str
    invoked_function_arn: str
    aws_request_id: str
    memory_limit_in_mb: int = 512
    function_version: str = "$LATEST"

    def get_remaining_time_in_millis(self) -> int:
        """Return a constant: virtual time stands still during a call."""
        return 15_000


Handler = Callable[[Any, Context], Any]


class Functions:
    """The functions of one twin. `calls` counts what they, and nobody else, asked of AWS.

    `failures` are calls that raised, `unhandled` the messages that a call gave back to the queue.
    """

    def __init__(self, clock: Clock, log: TextIO) -> None:
        self._clock = clock
        self._log = log
        self._running: Function | None = None
        self.calls: Counter[str] = Counter()
        self.watchers: list[Seen] = []
        self.failures: list[str] = []
        self.unhandled: list[str] = []
        # This checkout's own code, unless another release is deployed.
        self.handler: Callable[[Function], Handler] = _handler
        # Clients are cached per container; a new twin is a new container, and this hook must see all calls.
        clients.client.cache_clear()
        boto3.setup_default_session()
        boto3.DEFAULT_SESSION.events.register("before-parameter-build.*.*", self._count)

    @property
    def running(self) -> Function | None:
        """Return the function that runs at this moment."""
        return self._running

    def call(self, function: Function, event: Mapping[str, Any]) -> Any:
        """Call a function and return the handler's answer, or raise what it raised."""
        context = Context(function.name, function.arn, str(uuid.uuid4()))
        with self._container(function):
            return self.handler(function)(json.loads(json.dumps(event)), context)

    def call_later(
        self, function: Function, event: Mapping[str, Any], after: Callable[[], None], attempt: int = 0
    ) -> None:
        """Call a function asynchronously: again after 1 and 2 minutes, then into the dead-letter queue."""
        try:
            self.call(function, event)
        except Exception as error:  # noqa: BLE001 - Lambda treats every error of a handler alike
            self.failures.append(f"{function.name}: {error}")
            if attempt < function.retries:
                again = lambda: self.call_later(function, event, after, attempt + 1)  # noqa: E731
                self._clock.after(RETRY_AFTER[attempt], again)
            elif function.dead_letters:
                _bury(function.dead_letters, event, error)
        after()

    @contextmanager
    def _container(self, function: Function) -> Iterator[None]:
        environment = {**function.environment, "AWS_LAMBDA_FUNCTION_NAME": function.name}
        kept = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)
        self._running = function
        try:
            with logging_to(self._log):
                yield
        finally:
            self._running = None
            for name, value in kept.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value

    def _count(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if self._running is not None:
            call = f"{model.service_model.service_name}:{model.name}"
            self.calls[call] += 1
            for watcher in self.watchers:
                watcher(self._running, call, params)


@contextmanager
def logging_to(log: TextIO) -> Iterator[None]:
    """Have what the functions print and log go to `log`, until it is left: a log may be closed after that."""
    handler = logger.registered_handler
    assert isinstance(handler, StreamHandler)
    before = handler.stream
    # Not setStream: that flushes the stream of before, which may be closed.
    handler.stream = log
    try:
        with redirect_stdout(log):
            yield
    finally:
        handler.stream = before


def _handler(function: Function) -> Handler:
    module, _, name = function.handler.rpartition(".")
    found: Handler = getattr(importlib.import_module(module), name)
    return found


def _bury(queue_arn: str, event: Mapping[str, Any], error: Exception) -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=queue_arn.rpartition(":")[2])["QueueUrl"]
    reason = {"DataType": "String", "StringValue": str(error)[:1024] or type(error).__name__}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event), MessageAttributes={"ErrorMessage": reason})
