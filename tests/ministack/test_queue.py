"""The FIFO queue of wake-ups on both emulators: groups, order, what comes twice, and dead letters."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

import boto3
import msgspec
import pytest
from botocore.exceptions import ClientError

from chalicelib.adapters.sqs import WakeUps
from chalicelib.core.facts.wake_ups import WakeUp
from highwater.checkout import ROOT
from highwater.deploy.packaging.template_files import read_template

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NUMBERS = count()


class Queue(NamedTuple):
    """A queue as the template has it, beside its dead letters."""

    sqs: Any
    url: str
    dead_letters: str
    receives: int

    def receive(self, url: str = "", most: int = 10) -> list[dict[str, Any]]:
        """The messages that are visible now; they are in flight from here on."""
        answer = self.sqs.receive_message(
            QueueUrl=url or self.url, MaxNumberOfMessages=most, MessageSystemAttributeNames=["All"]
        )
        return list(answer.get("Messages", []))

    def give_back(self, message: dict[str, Any]) -> None:
        """As when the visibility timeout is over."""
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )

    def delete(self, message: dict[str, Any]) -> None:
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture
def queue(emulator: str) -> Iterator[Queue]:  # noqa: ARG001 - it must run
    template = read_template(ROOT / "cloudformation" / "control-plane.yaml")
    properties = template["Resources"]["WakeUps"]["Properties"]
    sqs, number = boto3.client("sqs"), next(NUMBERS)
    dead = sqs.create_queue(QueueName=f"dead-{number}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    receives = int(properties["RedrivePolicy"]["maxReceiveCount"])
    attributes = {
        name: str(properties[name]).replace("True", "true")
        for name in ("FifoQueue", "VisibilityTimeout", "DeduplicationScope", "FifoThroughputLimit")
    }
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})
    url = sqs.create_queue(
        QueueName=f"wake-ups-{number}.fifo", Attributes={**attributes, "RedrivePolicy": redrive}
    )["QueueUrl"]
    yield Queue(sqs, url, dead, receives)
    for each in (url, dead):
        sqs.delete_queue(QueueUrl=each)


@pytest.fixture
def wake_ups(queue: Queue) -> WakeUps:
    return WakeUps(queue.sqs, queue.url)


def wake_up(cluster: str = "trades", cause: str = "sweep") -> WakeUp:
    return WakeUp(cluster, "sweep", NOW, cause)


def causes(messages: list[dict[str, Any]]) -> list[str]:
    return [msgspec.json.decode(message["Body"], type=WakeUp).cause for message in messages]


def test_the_same_fact_is_queued_once_and_another_of_the_same_cluster_too(
    wake_ups: WakeUps, queue: Queue
) -> None:
    for fact in ("one", "one", "two", "one"):
        wake_ups.send(wake_up(cause=fact), fact)
    assert causes(queue.receive()) == ["one", "two"]


def test_a_fact_that_was_handled_is_still_the_same_fact(wake_ups: WakeUps, queue: Queue) -> None:
    wake_ups.send(wake_up(), "one")
    (message,) = queue.receive()
    queue.delete(message)
    wake_ups.send(wake_up(), "one")
    assert queue.receive() == []


def test_the_same_fact_of_another_cluster_is_another_message(wake_ups: WakeUps, queue: Queue) -> None:
    wake_ups.send_all([wake_up("trades"), wake_up("quotes")], "sweep at 12:00")
    assert {message["Attributes"]["MessageGroupId"] for message in queue.receive()} == {"trades", "quotes"}


def test_wake_ups_of_a_cluster_come_in_the_order_in_which_they_were_sent(
    wake_ups: WakeUps, queue: Queue
) -> None:
    for number in range(12):
        wake_ups.send(wake_up(cause=str(number)), str(number))
    first = queue.receive()
    for message in first:
        queue.delete(message)
    assert causes(first) + causes(queue.receive()) == [str(number) for number in range(12)]


def test_while_one_is_in_flight_its_cluster_waits_and_others_do_not(wake_ups: WakeUps, queue: Queue) -> None:
    wake_ups.send(wake_up("trades", "first"), "first")
    (in_flight,) = queue.receive(most=1)
    wake_ups.send(wake_up("trades", "second"), "second")
    wake_ups.send(wake_up("quotes", "other"), "other")
    assert causes(queue.receive()) == ["other"]
    queue.delete(in_flight)
    assert causes(queue.receive()) == ["second"]


def test_one_that_is_given_back_comes_again_before_what_was_sent_later(
    wake_ups: WakeUps, queue: Queue
) -> None:
    for fact in ("first", "second"):
        wake_ups.send(wake_up(cause=fact), fact)
    (message,) = queue.receive(most=1)
    queue.give_back(message)
    again = queue.receive()
    assert causes(again) == ["first", "second"]
    assert [each["Attributes"]["ApproximateReceiveCount"] for each in again] == ["2", "1"]


def test_one_that_fails_each_time_ends_in_the_dead_letters_and_lets_the_next_one_pass(
    wake_ups: WakeUps, queue: Queue
) -> None:
    for fact in ("poison", "next"):
        wake_ups.send(wake_up(cause=fact), fact)
    for _ in range(queue.receives):
        (message,) = queue.receive(most=1)
        assert causes([message]) == ["poison"]
        queue.give_back(message)
    assert causes(queue.receive()) == ["next"]
    (dead,) = queue.receive(queue.dead_letters)
    assert (causes([dead]), dead["Attributes"]["MessageGroupId"]) == (["poison"], "trades")


def test_a_receipt_from_before_the_message_came_again_deletes_nothing(
    wake_ups: WakeUps, queue: Queue
) -> None:
    wake_ups.send(wake_up(), "one")
    (before,) = queue.receive()
    queue.give_back(before)
    (again,) = queue.receive()
    with suppress(ClientError):  # AWS says either of the two: refused, or answered
        queue.delete(before)
    queue.give_back(again)
    assert causes(queue.receive()) == ["sweep"]


def test_more_than_ten_wake_ups_take_more_than_one_call(wake_ups: WakeUps, queue: Queue) -> None:
    wake_ups.send_all((wake_up(f"cluster{n}") for n in range(23)), "sweep")
    found: list[str] = []
    while messages := queue.receive():
        found += [message["Attributes"]["MessageGroupId"] for message in messages]
    assert sorted(found) == sorted(f"cluster{n}" for n in range(23))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"MessageGroupId": None}, id="no group"),
        pytest.param({"MessageDeduplicationId": None}, id="nothing to tell it by"),
        pytest.param({"MessageGroupId": "x" * 129}, id="a group of 129 characters"),
        pytest.param({"MessageDeduplicationId": "x" * 129}, id="a fact of 129 characters"),
        pytest.param({"MessageBody": "x" * (1024 * 1024 + 1)}, id="more than a megabyte"),
        pytest.param({"MessageBody": ""}, id="an empty body"),
        pytest.param({"DelaySeconds": 5}, id="a delay of one message"),
    ],
)
def test_what_a_fifo_queue_refuses_is_refused(queue: Queue, changes: dict[str, Any]) -> None:
    message = {"MessageBody": "{}", "MessageGroupId": "trades", "MessageDeduplicationId": "one", **changes}
    with pytest.raises(ClientError):
        queue.sqs.send_message(QueueUrl=queue.url, **{k: v for k, v in message.items() if v is not None})
    assert queue.receive() == []


def test_a_batch_of_more_than_ten_is_refused(queue: Queue) -> None:
    entries = [
        {"Id": str(n), "MessageBody": "{}", "MessageGroupId": "g", "MessageDeduplicationId": str(n)}
        for n in range(11)
    ]
    with pytest.raises(ClientError):
        queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)
    assert queue.receive() == []
