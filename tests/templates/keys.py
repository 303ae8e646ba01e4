"""The encryption of topics and of what services write to: each one that must use a key may."""

from collections.abc import Iterator
from typing import Any

from tests.templates.access import role_may, role_may_use, service_may_use
from tests.templates.alarms import ALARMS, publishing
from tests.templates.dead_letters import burials
from tests.templates.stack import Stack
from tests.templates.world import World, check

KEY = "AWS::KMS::Key"
TOPIC = "AWS::SNS::Topic"


@check
def encrypted(world: World) -> Iterator[str]:
    """Each topic is encrypted with the control plane's key: no service can publish under AWS's own."""
    for stack in world.stacks:
        for topic, properties in stack.of_type(TOPIC).items():
            stated = properties.get("KmsMasterKeyId")
            if stated is None:
                yield f"{topic}: is not encrypted"
            elif _key(world.control, stated) is None:
                yield f"{topic}: is encrypted with {stated}, which no other service can use"


@check
def services_may_encrypt(world: World) -> Iterator[str]:
    """CloudWatch may use the key of a topic that an alarm tells; SNS and EventBridge that of a queue."""
    stack = world.control
    writes = [
        (alarm, ALARMS, teller.arn(alarm), topic)
        for teller, alarm, topic in publishing(world)
        if topic is not None
    ]
    writes += [(b.logical_id, b.service, b.source, b.queue) for b in burials(world) if b.queue is not None]
    for logical_id, service, source, target in writes:
        key = _key(stack, stack.resources[target].properties.get("KmsMasterKeyId"))
        if key and not service_may_use(stack.resources[key].properties, stack.arn(key), service, source):
            yield f"{logical_id}: {key} does not let {service} encrypt for {target}"


@check
def roles_may_encrypt(world: World) -> Iterator[str]:
    """Each role, of either stack, under the key of each topic that it may publish to."""
    control = world.control
    topics = [(on, topic, p) for on in world.stacks for topic, p in on.of_type(TOPIC).items()]
    for stack in world.stacks:
        for role in stack.of_type("AWS::IAM::Role"):
            for on, topic, properties in topics:
                key = _key(control, properties.get("KmsMasterKeyId"))
                if key is None or not role_may(stack, role, "sns:Publish", on.arn(topic)):
                    continue
                if not role_may_use(stack, role, control.resources[key].properties, control.arn(key)):
                    yield f"{role}: may publish to {topic}, and may not encrypt with {key}"


def _key(stack: Stack, stated: Any) -> str | None:
    """The logical id of a key by its id, its ARN or an alias."""
    alias = stack.find("AWS::KMS::Alias", stated)
    return stack.find(KEY, stack.resources[alias].properties["TargetKeyId"] if alias else stated)
