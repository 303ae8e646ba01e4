"""SNS: the operators' topic."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from chalicelib.adapters.clients import Outcome, act
from chalicelib.core.decision import Decision

SUBJECT_LENGTH = 100


class Operators:
    """The topic of the operators; one message per reconcile that has news."""

    def __init__(self, client: Callable[[], Any], topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def tell(self, decision: Decision) -> Outcome:
        """Publish what is new: alerts that began, that have another cause and that are over.

        The message is JSON, indented for those who get it as mail.
        """
        keys = ", ".join(_keys(decision))
        news = {
            "cluster": decision.cluster,
            "at": decision.at,
            "told": decision.told,
            "changed": decision.changed,
            "cleared": decision.cleared,
            "runway_minutes": decision.runway_minutes,
            "desired": decision.desired,
            "with_room": decision.with_room,
        }
        text = msgspec.json.format(msgspec.json.encode(news), indent=2).decode()
        return act(
            f"Publish {keys}",
            lambda: self._client().publish(
                TopicArn=self._topic_arn,
                Subject=f"highwater {decision.cluster}: {keys}"[:SUBJECT_LENGTH],
                Message=text,
                MessageAttributes={"cluster": {"DataType": "String", "StringValue": decision.cluster}},
            ),
        )


def _keys(decision: Decision) -> Iterator[str]:
    yield from (alert.key for alert in (*decision.told, *decision.changed))
    yield from (f"over: {alert.key}" for alert in decision.cleared)
