"""The REST API: each method wants a signature, each stage is throttled and logged."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.templates.functions import LOG_GROUP
from tests.templates.stack import Stack
from tests.templates.world import World, check

API = "AWS::ApiGateway::RestApi"
STAGE = "AWS::ApiGateway::Stage"


@check
def signed(world: World) -> Iterator[str]:
    """Every method of every path is authorised by IAM."""
    for api, properties in world.control.of_type(API).items():
        body = properties["Body"]
        schemes = {
            name
            for name, scheme in body.get("securityDefinitions", {}).items()
            if scheme.get("x-amazon-apigateway-authtype") == "awsSigv4"
        }
        for path, methods in body["paths"].items():
            for method, stated in methods.items():
                wanted = [set(one) for one in stated.get("security", body.get("security", []))]
                # Alternatives are a list: each of them must want the signature.
                if not wanted or not all(one & schemes for one in wanted):
                    yield f"{api}: {method.upper()} {path} can be called without a signature"


@check
def regional(world: World) -> Iterator[str]:
    """The API is in this region alone."""
    for api, properties in world.control.of_type(API).items():
        if properties.get("EndpointConfiguration", {}).get("Types") != ["REGIONAL"]:
            yield f"{api}: is not regional"


@check
def staged(world: World) -> Iterator[str]:
    """Every stage that is created, also the one that a deployment can make, is throttled and logged."""
    stack = world.control
    for stage, properties in stack.of_type(STAGE).items():
        if stack.find(LOG_GROUP, properties.get("AccessLogSetting", {}).get("DestinationArn")) is None:
            yield f"{stage}: logs to no group of this template"
        if not any(map(_throttles_all, properties.get("MethodSettings", []))):
            yield f"{stage}: is not throttled"
    for api in stack.of_type(API):
        if api not in _staged(stack):
            yield f"{api}: has no stage"
    stages = {stage["StageName"] for stage in stack.of_type(STAGE).values()}
    for deployment, properties in stack.of_type("AWS::ApiGateway::Deployment").items():
        made = properties.get("StageName")
        if made is not None and made not in stages:
            yield f"{deployment}: makes a stage of its own, {made}, without limits and log"


def _staged(stack: Stack) -> set[str | None]:
    return {stack.find(API, stage["RestApiId"]) for stage in stack.of_type(STAGE).values()}


def _throttles_all(settings: Mapping[str, Any]) -> bool:
    everything = (settings.get("ResourcePath"), settings.get("HttpMethod")) == ("/*", "*")
    limits = (settings.get("ThrottlingRateLimit", -1), settings.get("ThrottlingBurstLimit", -1))
    return everything and all(limit > 0 for limit in limits)
