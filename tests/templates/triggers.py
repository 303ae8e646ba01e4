"""Every trigger followed to its function, and what lets it call that function."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.policies.evaluator import arn_like
from tests.templates.stack import Stack
from tests.templates.world import World, check

SNS = "sns.amazonaws.com"
EVENTS = "events.amazonaws.com"
API = "apigateway.amazonaws.com"
FUNCTION = "AWS::Lambda::Function"
CLUSTER = "Cluster"  # its name in the resolved template: the parameter has no default
INTEGRATION = re.compile(r".*:lambda:path/[^/]+/functions/([^/]+)/invocations")


class Trigger(NamedTuple):
    """A source that wakes a function.

    `source` and `function` are logical ids, `arn` is the SourceArn with which `principal` calls. Lambda
    itself reads a queue: nobody needs a permission for that.
    """

    source: str
    function: str | None
    principal: str | None
    arn: str


def triggers(world: World) -> Iterator[Trigger]:
    """Every trigger that is switched on; a cluster brings its own topic."""
    stack = world.control
    for logical_id, p in world.cluster.of_type("AWS::SNS::Subscription").items():
        if p["Protocol"] == "lambda":
            yield Trigger(logical_id, stack.find(FUNCTION, p["Endpoint"]), SNS, p["TopicArn"])
    for logical_id, p in stack.of_type("AWS::Events::Rule").items():
        for target in p["Targets"] if p.get("State") != "DISABLED" else ():
            yield Trigger(logical_id, stack.find(FUNCTION, target["Arn"]), EVENTS, stack.arn(logical_id))
    for logical_id, p in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        if p.get("Enabled", True):
            yield Trigger(logical_id, stack.find(FUNCTION, p["FunctionName"]), None, p["EventSourceArn"])
    for logical_id in stack.of_type("AWS::ApiGateway::RestApi"):
        yield from _of_api(stack, logical_id)


def _of_api(stack: Stack, api: str) -> Iterator[Trigger]:
    stages = stack.of_type("AWS::ApiGateway::Stage").values()
    for path, methods in stack.resources[api].properties["Body"]["paths"].items():
        for method, stated in methods.items():
            called = INTEGRATION.fullmatch(stated["x-amazon-apigateway-integration"]["uri"])
            function = stack.find(FUNCTION, called[1]) if called else None
            for stage in stages:
                request = f"{stack.arn(api)}/{stage['StageName']}/{method.upper()}{path}"
                yield Trigger(api, function, API, request)


@check
def reached(world: World) -> Iterator[str]:
    """Each trigger leads to a function, each function has a trigger."""
    found = list(triggers(world))
    for trigger in found:
        if trigger.function is None:
            yield f"{trigger.source}: calls no function of this template"
    for function in world.control.of_type(FUNCTION).keys() - {trigger.function for trigger in found}:
        yield f"{function}: no trigger reaches it"


@check
def permitted(world: World) -> Iterator[str]:
    """Each push trigger has a permission for exactly that source, and each permission a trigger."""
    stack = world.control
    permissions = stack.of_type("AWS::Lambda::Permission")
    used = set()
    for trigger in triggers(world):
        if trigger.principal is None:
            continue
        fitting = {
            logical_id
            for logical_id, p in permissions.items()
            if p["Action"] == "lambda:InvokeFunction"
            and p["Principal"] == trigger.principal
            and stack.find(FUNCTION, p["FunctionName"]) == trigger.function
            and _is_of(p.get("SourceArn", ""), trigger)
        }
        if not fitting:
            yield f"{trigger.source}: {trigger.principal} may not call {trigger.function} for it"
        used |= fitting
    for logical_id in permissions.keys() - used:
        yield f"{logical_id}: permits a call that no trigger makes"


def _is_of(source_arn: str, trigger: Trigger) -> bool:
    """Wildcards may stand for an API's stages, methods and paths and a cluster's name, for nothing else."""
    if trigger.principal == SNS:
        return source_arn == trigger.arn.removesuffix(CLUSTER) + "*"
    if trigger.principal != API:
        return source_arn == trigger.arn
    same_api = source_arn.partition("/")[0] == trigger.arn.partition("/")[0]
    return same_api and arn_like(source_arn, trigger.arn)
