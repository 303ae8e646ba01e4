"""SNS: the operators' topic."""

from typing import Any

import msgspec

from chalicelib.adapters.clients import Outcome, act
from chalicelib.core.decision import Decision

SUBJECT_LENGTH = 100


class Operators:
    """The topic of the operators; one message per reconcile that has news."""

    def __init__(self, client: Any, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def tell(self, decision: Decision) -> Outcome:
        """Publish the alerts of a decision that are new, with the runway that is left."""
        keys = ", ".join(alert.key for alert in decision.tell)
        subject = f"highwater {decision.cluster}: {keys}"[:SUBJECT_LENGTH]
        message = {
            "cluster": decision.cluster,
            "at": decision.at,
            "alerts": decision.tell,
            "runway_minutes": decision.runway_minutes,
            "desired": decision.desired,
            "with_room": decision.with_room,
        }
        text = msgspec.json.encode(message).decode()
        return act(
            f"Publish {keys}",
            lambda: self._client.publish(TopicArn=self._topic_arn, Subject=subject, Message=text),
        )
