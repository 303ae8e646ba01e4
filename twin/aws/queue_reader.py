"""Lambda's poller of a FIFO queue: batches, visibility, redrive, partial failures."""

from collections.abc import Callable, Mapping
from typing import Any

from moto.sqs.models import Message, sqs_backends

from twin.aws.clock import Clock
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.aws.delivery import Delivery
from twin.aws.functions import Functions
from twin.aws.wiring import Function, QueueReader


class Reader:
    """The reader of one queue for one function. Call `wake` whenever a message may have come in.

    It asks moto's queue directly: the poller is AWS's own, and nothing of ours goes over that wire.
    """

    def __init__(
        self,
        clock: Clock,
        delivery: Delivery,
        functions: Functions,
        reader: QueueReader,
        function: Callable[[], Function],
    ) -> None:
        self._clock = clock
        self._delivery = delivery
        self._functions = functions
        self._reader = reader
        self._function = function
        self._name = reader.queue_arn.rpartition(":")[2]
        self._sqs = sqs_backends[ACCOUNT][REGION]
        self._queue = self._sqs.get_queue(self._name)
        self._visibility = int(self._queue.visibility_timeout)  # type: ignore[attr-defined]
        self._planned = False

    def wake(self) -> None:
        """Plan a look at the queue, unless it is empty or one is planned already."""
        if not self._planned and self._queue.messages:
            self._planned = True
            self._clock.after(Delivery.LATENCY, self._read)

    def _read(self) -> None:
        self._planned = False
        messages = self._sqs.receive_message(self._name, self._reader.batch_size, 0, self._visibility)
        if messages:
            handled = lambda: self._handle(messages)  # noqa: E731
            self._delivery.send("sqs", handled)
            # A batch that is lost, or fails, is visible again after its timeout; there may be more now.
            self._clock.after(self._visibility + 1, self.wake)
            self.wake()

    def _handle(self, messages: list[Message]) -> None:
        event = {"Records": [_record(message, self._reader.queue_arn) for message in messages]}
        function = self._function()
        try:
            answer = self._functions.call(function, event)
        except Exception as error:  # noqa: BLE001 - the whole batch goes back to the queue
            self._functions.failures.append(f"{function.name}: {error}")
            return
        failed = set()
        if self._reader.partial:
            failed = {item["itemIdentifier"] for item in (answer or {}).get("batchItemFailures", [])}
        for message in messages:
            if message.id in failed:
                self._functions.unhandled.append(message.body)
            elif message.receipt_handle:
                self._sqs.delete_message(self._name, message.receipt_handle)


def _record(message: Message, queue_arn: str) -> Mapping[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
            "SentTimestamp": str(message.sent_timestamp),
            "SequenceNumber": str(message.sequence_number),
            "MessageGroupId": str(message.group_id),
            "MessageDeduplicationId": str(message.deduplication_id),
            "SenderId": message.sender_id,
        },
        "messageAttributes": {},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }
