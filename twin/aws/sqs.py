"""SQS as strict as AWS where moto is kind: what is sent twice, what names a message, and old receipts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.sqs.exceptions import InvalidParameterValue, MissingParameter
from moto.sqs.models import Message, Queue, SQSBackend

DEDUPLICATION_MS = 5 * 60 * 1000
NAME_LENGTH = 128


class Sent:
    """The messages of the last five minutes, received and deleted ones too."""

    def __init__(self) -> None:
        # By queue, scope and MessageDeduplicationId, when each was sent first (ms), in that order.
        self._sent_at: dict[tuple[str, str | None, str], float] = {}

    def is_new(self, queue: Queue, message: Message) -> bool:
        """Remember a message; return whether it is the first of its kind."""
        if not queue.fifo_queue or not message.deduplication_id:
            return True
        now = float(message.sent_timestamp or 0)
        while self._sent_at and now - next(iter(self._sent_at.values())) >= DEDUPLICATION_MS:
            del self._sent_at[next(iter(self._sent_at))]
        of_group = queue.attributes.get("DeduplicationScope") == "messageGroup"
        key = queue.queue_arn, message.group_id if of_group else None, message.deduplication_id
        if key in self._sent_at:
            return False
        self._sent_at[key] = now
        return True


@contextmanager
def strict() -> Iterator[None]:
    """Do as AWS does, in this process's moto."""
    add, delete, validate = Queue.add_message, Queue.delete_message, SQSBackend._validate_message
    sent = Sent()

    def add_message(queue: Queue, message: Message) -> None:
        """Drop what was sent before."""
        if sent.is_new(queue, message):
            add(queue, message)

    def delete_message(queue: Queue, receipt_handle: str) -> None:
        """Answer a receipt from before the message was received again, and delete nothing."""
        if not any(
            message.had_receipt_handle(receipt_handle) and message.receipt_handle != receipt_handle
            for message in queue._messages
        ):
            delete(queue, receipt_handle)

    def validate_message(
        backend: SQSBackend, queue: Queue, message_body: str, *args: Any, **named: Any
    ) -> None:
        """Refuse an empty body, and names of more than 128 characters."""
        if not message_body:
            raise MissingParameter("MessageBody")
        for name in ("group_id", "deduplication_id"):
            if len(named.get(name) or "") > NAME_LENGTH:
                raise InvalidParameterValue(f"{name} can be up to {NAME_LENGTH} characters long")
        validate(backend, queue, message_body, *args, **named)

    with (
        patch.object(Queue, "add_message", add_message),
        patch.object(Queue, "delete_message", delete_message),
        patch.object(SQSBackend, "_validate_message", validate_message),
    ):
        yield
