"""SQS: the FIFO queue of wake-ups, with a message group for each cluster and one for its operators."""

from collections.abc import Iterable
from hashlib import sha256
from itertools import batched
from typing import Any, assert_never

import msgspec

from chalicelib.adapters.clients import Unwritten, write
from chalicelib.core.facts.wake_ups import WakeUp

ENTRIES_A_CALL = 10


class WakeUps:
    """The queue as the triggers see it."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, wake_up: WakeUp, fact: str) -> None:
        """Queue one wake-up; the queue drops the same `fact` again within five minutes. Raises Unwritten."""
        entry = _entry(wake_up, fact)
        write("SendMessage", lambda: self._client.send_message(QueueUrl=self._queue_url, **entry))

    def send_all(self, wake_ups: Iterable[WakeUp], fact: str) -> None:
        """Queue many, ten a call. Raises Unwritten, naming those that the queue did not take.

        One that it refuses keeps nobody else out: every call is made before that.
        """
        troubles = []
        for some in batched(wake_ups, ENTRIES_A_CALL):
            entries = [{"Id": str(n), **_entry(wake_up, fact)} for n, wake_up in enumerate(some)]
            try:
                failed = self._send_batch(entries)
            except Unwritten as error:
                troubles.append(f"{error}, for {[wake_up.cluster for wake_up in some]}")
                continue
            if failed:
                left_out = [some[int(entry["Id"])].cluster for entry in failed]
                troubles.append(f"SendMessageBatch left out {left_out}")
        if troubles:
            raise Unwritten("; ".join(troubles))

    def _send_batch(self, entries: list[dict[str, str]]) -> list[dict[str, str]]:
        """Return the entries that the queue did not take."""
        answer = write(
            "SendMessageBatch",
            lambda: self._client.send_message_batch(QueueUrl=self._queue_url, Entries=entries),
        )
        return answer.get("Failed", [])  # type: ignore[no-any-return]


def message_group(wake_up: WakeUp) -> str:
    """Return the message group of a wake-up: a flood of reports must not stand before an operator's command.

    No cluster's name has a colon.
    """
    match wake_up.trigger:
        case "operator":
            return f"{wake_up.cluster}:operator"
        case "report" | "alarm" | "fleet" | "sweep":
            return wake_up.cluster
        case _:
            assert_never(wake_up.trigger)


def _entry(wake_up: WakeUp, fact: str) -> dict[str, str]:
    key = sha256(f"{wake_up.cluster}\n{wake_up.trigger}\n{fact}".encode()).hexdigest()
    return {
        "MessageBody": msgspec.json.encode(wake_up).decode(),
        "MessageGroupId": message_group(wake_up),
        "MessageDeduplicationId": key,
    }
