"""The queues that functions read: how long a batch is hidden, who may send and take, and what fails."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.policies.roles import POLL
from tests.templates.access import resource_policy, role_may, role_of
from tests.templates.triggers import FUNCTION
from tests.templates.world import World, check

QUEUE = "AWS::SQS::Queue"
SEND = "sqs:SendMessage"
LEAST_RECEIVES = 5  # what AWS advises: throttling of the function counts as receiving


@check
def redriven(world: World) -> Iterator[str]:
    """A message of a queue that a function fails on again and again moves to a queue of the same kind."""
    stack = world.control
    for logical_id, mapping in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        source = stack.find(QUEUE, mapping["EventSourceArn"])
        if source is None:
            yield f"{logical_id}: reads no queue of this template"
            continue
        properties = stack.resources[source].properties
        policy = properties.get("RedrivePolicy", {})
        queue = stack.find(QUEUE, policy.get("deadLetterTargetArn"))
        if queue is None:
            yield f"{source}: keeps no dead letters in a queue of this template"
            continue
        if is_fifo(stack.resources[queue].properties) != is_fifo(properties):
            yield f"{source}: of it and {queue} one is FIFO and one is not"
        if policy["maxReceiveCount"] < LEAST_RECEIVES:
            yield f"{source}: gives up after {policy['maxReceiveCount']} tries, fewer than {LEAST_RECEIVES}"


@check
def read(world: World) -> Iterator[str]:
    """A batch is hidden long enough, its records fail one by one, and the reader may take them away."""
    stack = world.control
    for logical_id, mapping in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        queue = stack.find(QUEUE, mapping["EventSourceArn"])
        function = stack.find(FUNCTION, mapping["FunctionName"])
        if queue is None or function is None:
            yield f"{logical_id}: reads no queue of this template, or for no function of it"
            continue
        needed = 6 * stack.resources[function].properties["Timeout"]
        needed += mapping.get("MaximumBatchingWindowInSeconds", 0)
        visible = stack.resources[queue].properties.get("VisibilityTimeout", 30)
        if visible < needed:
            yield f"{queue}: VisibilityTimeout is {visible}, {function} needs {needed}"
        if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
            yield f"{logical_id}: one bad record fails its whole batch"
        policy = resource_policy(stack, queue)
        for action in POLL:
            role = role_of(stack, function)
            if not role_may(stack, role, action, stack.arn(queue), policy):
                yield f"{logical_id}: {role} may not {action} on {queue}"


@check
def queued(world: World) -> Iterator[str]:
    """Where a role may send to a queue that a function reads, the queue's own policy does not deny it."""
    stack = world.control
    for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values():
        queue = stack.find(QUEUE, mapping["EventSourceArn"])
        for role in stack.of_type("AWS::IAM::Role") if queue else ():
            assert queue
            arn, policy = stack.arn(queue), resource_policy(stack, queue)
            if role_may(stack, role, SEND, arn) and not role_may(stack, role, SEND, arn, policy):
                yield f"{role}: may send to {queue}, whose own policy denies it"


def is_fifo(queue: Mapping[str, Any]) -> bool:
    """Tell if a queue keeps the order of its messages."""
    return bool(queue.get("FifoQueue", False))
