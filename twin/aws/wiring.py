"""The wiring of the packaged template: the triggers of each function, and the permission to call it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

# Type and resolved properties by logical id, with `Arn` and `Name`.
Resources = Mapping[str, tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Function:
    """A Lambda function; `retries` are those of asynchronous calls, `dead_letters` a queue's ARN."""

    arn: str
    name: str
    handler: str
    timeout: int
    environment: Mapping[str, str]
    dead_letters: str | None
    retries: int = 2


@dataclass(frozen=True)
class Rule:
    """An EventBridge rule: a pattern or a rate in seconds, and the functions that it calls."""

    arn: str
    pattern: str | None
    every: int | None
    targets: tuple[str, ...]


@dataclass(frozen=True)
class QueueReader:
    """An event source mapping; `partial` when the function reports which records failed."""

    queue_arn: str
    function: str
    batch_size: int
    partial: bool


@dataclass(frozen=True)
class Wiring:
    """Functions by ARN, and everything that calls one."""

    functions: Mapping[str, Function]
    rules: tuple[Rule, ...]
    subscriptions: tuple[tuple[str, str], ...]
    readers: tuple[QueueReader, ...]
    permissions: frozenset[tuple[str, str, str]] = field(default=frozenset())

    def named(self, logical_part: str) -> Function:
        """Return the one function whose name holds a part, such as `APIHandler`. Raises LookupError."""
        found = [function for function in self.functions.values() if logical_part in function.name]
        if len(found) != 1:
            raise LookupError(f"{len(found)} functions are named like {logical_part}")
        return found[0]

    def may_call(self, principal: str, source_arn: str, function_arn: str) -> bool:
        """Report whether the function's resource policy lets a service call it for a source."""
        name = self.functions[function_arn].name
        return any(
            (principal, name) == (who, what) and fnmatchcase(source_arn, source)
            for who, source, what in self.permissions
        )

    def with_cluster(self, resources: Resources) -> "Wiring":
        """Return the wiring with what a cluster's stack subscribes."""
        return replace(self, subscriptions=(*self.subscriptions, *_subscriptions(resources)))


def wiring(resources: Resources) -> Wiring:
    """Read the control plane's stack, as it is deployed."""
    of_type: dict[str, list[Mapping[str, Any]]] = {}
    for kind, properties in resources.values():
        of_type.setdefault(kind, []).append(properties)
    retries = {
        config["FunctionName"]: config.get("MaximumRetryAttempts", 2)
        for config in of_type.get("AWS::Lambda::EventInvokeConfig", [])
    }
    functions = [_function(p, retries) for p in of_type["AWS::Lambda::Function"]]
    permissions = of_type.get("AWS::Lambda::Permission", [])
    return Wiring(
        functions={function.arn: function for function in functions},
        rules=tuple(_rule(p) for p in of_type.get("AWS::Events::Rule", [])),
        subscriptions=_subscriptions(resources),
        readers=tuple(_reader(p, functions) for p in of_type.get("AWS::Lambda::EventSourceMapping", [])),
        permissions=frozenset(
            (p["Principal"], p.get("SourceArn", ""), p["FunctionName"]) for p in permissions
        ),
    )


def _subscriptions(resources: Resources) -> tuple[tuple[str, str], ...]:
    """Return each topic, and the function that is subscribed to it."""
    found = [p for kind, p in resources.values() if kind == "AWS::SNS::Subscription"]
    return tuple((p["TopicArn"], p["Endpoint"]) for p in found if p["Protocol"] == "lambda")


def _function(properties: Mapping[str, Any], retries: Mapping[str, int]) -> Function:
    return Function(
        arn=properties["Arn"],
        name=properties["Name"],
        handler=properties["Handler"],
        timeout=int(properties["Timeout"]),
        environment=properties.get("Environment", {}).get("Variables", {}),
        dead_letters=properties.get("DeadLetterConfig", {}).get("TargetArn"),
        retries=int(retries.get(properties["Name"], 2)),
    )


def _rule(properties: Mapping[str, Any]) -> Rule:
    rate = properties.get("ScheduleExpression")
    if rate is not None and rate != "rate(1 minute)":
        raise NotImplementedError(f"schedule {rate}")
    pattern = properties.get("EventPattern")
    return Rule(
        arn=properties["Arn"],
        pattern=json.dumps(pattern) if pattern else None,
        every=60 if rate else None,
        targets=tuple(target["Arn"] for target in properties["Targets"]),
    )


def _reader(properties: Mapping[str, Any], functions: list[Function]) -> QueueReader:
    name = properties["FunctionName"]
    return QueueReader(
        queue_arn=properties["EventSourceArn"],
        function=next(function.arn for function in functions if name in (function.name, function.arn)),
        batch_size=int(properties["BatchSize"]),
        partial="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
    )
