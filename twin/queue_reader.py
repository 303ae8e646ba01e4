"""Lambda's poller of a FIFO queue: batches, visibility, redrive, partial failures."""

from collections.abc import Mapping
from typing import Any

import boto3
from moto.sqs.models import sqs_backends

from twin.clock import Clock
from twin.cloudformation import ACCOUNT, REGION
from twin.delivery import Delivery
from twin.functions import Functions
from twin.wiring import Function, QueueReader


class Reader:
    """Reads one queue for one function. Call `wake` whenever a message may have come in."""

    def __init__(
        self, clock: Clock, delivery: Delivery, functions: Functions, reader: QueueReader, function: Function
    ) -> None:
        self._clock = clock
        self._delivery = delivery
        self._functions = functions
        self._reader = reader
        self._function = function
        self._sqs = boto3.client("sqs")
        self._url = self._sqs.get_queue_url(QueueName=reader.queue_arn.rpartition(":")[2])["QueueUrl"]
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["VisibilityTimeout"])
        self._visibility = int(answer["Attributes"]["VisibilityTimeout"])
        self._queue = sqs_backends[ACCOUNT][REGION].get_queue(reader.queue_arn.rpartition(":")[2])
        self._planned = False

    def wake(self) -> None:
        """Plans a look at the queue, unless it is empty or one is planned already."""
        if not self._planned and self._queue.messages:
            self._planned = True
            self._clock.after(Delivery.LATENCY, self._read)

    def _read(self) -> None:
        self._planned = False
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=self._reader.batch_size,
            WaitTimeSeconds=0,
            AttributeNames=["All"],
        )
        if messages := answer.get("Messages"):
            handled = lambda: self._handle(messages)  # noqa: E731
            self._delivery.send("sqs", handled)
            # A batch that is lost, or fails, is visible again after its timeout; there may be more now.
            self._clock.after(self._visibility + 1, self.wake)
            self.wake()

    def _handle(self, messages: list[Mapping[str, Any]]) -> None:
        event = {"Records": [_record(message, self._reader.queue_arn) for message in messages]}
        try:
            answer = self._functions.call(self._function, event)
        except Exception as error:  # noqa: BLE001 - the whole batch goes back to the queue
            self._functions.failures.append(f"{self._function.name}: {error}")
            return
        failed = set()
        if self._reader.partial:
            failed = {item["itemIdentifier"] for item in (answer or {}).get("batchItemFailures", [])}
        for message in messages:
            if message["MessageId"] not in failed:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])


def _record(message: Mapping[str, Any], queue_arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }
