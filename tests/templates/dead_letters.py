"""Where it goes what reaches no function, or what a function refuses: queues that let the sender write."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.templates.access import foreigners_may, resource_policy, role_may, role_of, service_may
from tests.templates.queues import QUEUE, SEND, is_fifo
from tests.templates.triggers import EVENTS, SNS, triggers
from tests.templates.world import World, check


class Burial(NamedTuple):
    """A service that writes to a queue what it could not deliver, on behalf of a source given by its ARN."""

    logical_id: str
    service: str
    source: str
    queue: str | None


def burials(world: World) -> Iterator[Burial]:
    """Those of every subscription and of every target of a rule."""
    stack = world.control
    for logical_id, p in world.cluster.of_type("AWS::SNS::Subscription").items():
        queue = stack.find(QUEUE, p.get("RedrivePolicy", {}).get("deadLetterTargetArn"))
        yield Burial(logical_id, SNS, p["TopicArn"], queue)
    for logical_id, p in stack.of_type("AWS::Events::Rule").items():
        for target in p["Targets"]:
            queue = stack.find(QUEUE, target.get("DeadLetterConfig", {}).get("Arn"))
            yield Burial(logical_id, EVENTS, stack.arn(logical_id), queue)


@check
def undelivered(world: World) -> Iterator[str]:
    """Messages that SNS and EventBridge cannot deliver are kept, and nobody else's are."""
    stack = world.control
    for logical_id, service, source, queue in burials(world):
        if queue is None:
            yield f"{logical_id}: keeps no dead letters in a queue of the control plane"
            continue
        if is_fifo(stack.resources[queue].properties):
            yield f"{logical_id}: {service} cannot write to {queue}, which is FIFO"
        if not service_may(stack, service, SEND, queue, source):
            yield f"{logical_id}: {queue} does not let {service} write for it"
        if foreigners_may(stack, service, SEND, queue, source):
            yield f"{queue}: lets {service} write for other accounts"


@check
def refused(world: World) -> Iterator[str]:
    """Events on which an asynchronously called function fails go to a queue that its role may write to."""
    stack = world.control
    for function in sorted(
        {t.function for t in triggers(world) if t.function and t.principal in (SNS, EVENTS)}
    ):
        config = stack.resources[function].properties.get("DeadLetterConfig", {})
        queue = stack.find(QUEUE, config.get("TargetArn"))
        if queue is None:
            yield f"{function}: keeps no dead letters in a queue of this template"
            continue
        if is_fifo(stack.resources[queue].properties):
            yield f"{function}: Lambda cannot write to {queue}, which is FIFO"
        role = role_of(stack, function)
        if not role_may(stack, role, SEND, stack.arn(queue), resource_policy(stack, queue)):
            yield f"{function}: {role} may not write to {queue}"
