"""Every alarm: somebody hears it, and what it watches exists."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.events.models import EventPattern

from tests.templates.access import foreigners_may, service_may
from tests.templates.dead_letters import burials
from tests.templates.queues import QUEUE
from tests.templates.source import Code
from tests.templates.stack import Stack
from tests.templates.triggers import EVENTS, FUNCTION, triggers
from tests.templates.world import World, check
from twin.aws.cloudformation import ACCOUNT, REGION

ALARM = "AWS::CloudWatch::Alarm"
ALARMS = "cloudwatch.amazonaws.com"
PUBLISH = "sns:Publish"
STATE_CHANGES = ("CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change")

# AWS's namespaces: the dimension that names a resource, its type, and the metrics that exist.
WATCHED = {
    "AWS/Lambda": ("FunctionName", FUNCTION, {"Errors", "Throttles", "DeadLetterErrors", "Duration"}),
    "AWS/SQS": (
        "QueueName",
        QUEUE,
        {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
    ),
}


def publishing(world: World) -> Iterator[tuple[Stack, str, str | None]]:
    """Yield stack and logical id of each alarm, and a topic of the control plane that it tells.

    The topic is None where it tells something else.
    """
    for stack in world.stacks:
        for alarm, properties in stack.of_type(ALARM).items():
            for action in properties.get("AlarmActions", []):
                yield stack, alarm, world.control.find("AWS::SNS::Topic", action)


@check
def heard(world: World) -> Iterator[str]:
    """An alarm tells a topic that takes it, or a rule of the control plane hears each kind of its events."""
    for stack in world.stacks:
        for alarm, properties in stack.of_type(ALARM).items():
            if not properties.get("ActionsEnabled", True):
                yield f"{alarm}: its actions are switched off"
            if not properties.get("AlarmActions"):
                for kind in _unheard(world, stack, alarm):
                    yield f"{alarm}: has no action, and no rule hears its {kind}"
    for stack, alarm, topic in publishing(world):
        if topic is None:
            yield f"{alarm}: its action is no topic of the control plane"
            continue
        if not service_may(world.control, ALARMS, PUBLISH, topic, stack.arn(alarm)):
            yield f"{alarm}: {topic} does not let {ALARMS} publish for it"
        if foreigners_may(world.control, ALARMS, PUBLISH, topic, stack.arn(alarm)):
            yield f"{topic}: lets {ALARMS} publish for other accounts"


def _unheard(world: World, stack: Stack, alarm: str) -> Iterator[str]:
    hearing = {trigger.source for trigger in triggers(world) if trigger.principal == EVENTS}
    rules = world.control.of_type("AWS::Events::Rule")
    patterns = [rules[rule]["EventPattern"] for rule in sorted(hearing) if "EventPattern" in rules[rule]]
    for kind in STATE_CHANGES:
        event = {
            "source": "aws.cloudwatch",
            "detail-type": kind,
            "account": ACCOUNT,
            "region": REGION,
            "resources": [stack.arn(alarm)],
            "detail": {"alarmName": stack.name(alarm), "state": {"value": "ALARM"}},
        }
        if not any(EventPattern.load(json.dumps(p)).matches_event(event) for p in patterns):  # type: ignore[arg-type]
            yield kind


@check
def watched_exists(world: World) -> Iterator[str]:
    """The metric of an alarm is emitted by the code, or is of a resource of the template."""
    for alarm, namespace, metric, dimensions in _metrics(world.control):
        if namespace == world.code.namespace:
            yield from _not_emitted(alarm, metric, dimensions, world.code)
        elif namespace not in WATCHED:
            yield f"{alarm}: watches {namespace}, of which nothing is known here"
        else:
            dimension, kind, metrics = WATCHED[namespace]
            if metric not in metrics:
                yield f"{alarm}: {namespace} has no {metric}"
            named = dimensions.get(dimension)
            if len(dimensions) != 1 or world.control.find(kind, named) is None:
                yield f"{alarm}: watches {dimensions}, which is no {kind} of this template"


def _not_emitted(alarm: str, metric: str, dimensions: Mapping[str, str], code: Code) -> Iterator[str]:
    if metric not in code.metrics:
        yield f"{alarm}: the code emits no {metric}"
    if dimensions != code.dimensions:
        yield f"{alarm}: watches {dimensions}, the code emits {code.dimensions}"


@check
def all_watched(world: World) -> Iterator[str]:
    """An alarm watches each function for errors and throttles, and each queue of dead letters."""
    stack = world.control
    watched = {(metric, value) for _, _, metric, d in _metrics(stack) for value in d.values()}
    for function in stack.of_type(FUNCTION):
        for metric in ("Errors", "Throttles"):
            if (metric, stack.name(function)) not in watched:
                yield f"{function}: no alarm watches its {metric}"
    for queue in sorted(_graves(world)):
        if ("ApproximateNumberOfMessagesVisible", stack.name(queue)) not in watched:
            yield f"{queue}: no alarm watches its dead letters"


def _graves(world: World) -> set[str]:
    """Every queue that somebody's dead letters go to."""
    stack = world.control
    stated = [
        *(
            queue.get("RedrivePolicy", {}).get("deadLetterTargetArn")
            for queue in stack.of_type(QUEUE).values()
        ),
        *(one.get("DeadLetterConfig", {}).get("TargetArn") for one in stack.of_type(FUNCTION).values()),
    ]
    found = {stack.find(QUEUE, arn) for arn in stated} | {burial.queue for burial in burials(world)}
    return {queue for queue in found if queue}


def _metrics(stack: Stack) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Alarm, namespace, name and dimensions of every metric that is watched."""
    for alarm, p in stack.of_type(ALARM).items():
        queries: list[Mapping[str, Any]] = [
            q["MetricStat"]["Metric"] for q in p.get("Metrics", []) if "MetricStat" in q
        ]
        for metric in queries or [p]:
            dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions", [])}
            yield alarm, metric["Namespace"], metric["MetricName"], dimensions
