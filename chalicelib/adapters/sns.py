"""SNS: the operators' topic."""

from typing import Any

import msgspec

from chalicelib.adapters.clients import AWS_ERRORS, Outcome, failure
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
        try:
            self._client.publish(
                TopicArn=self._topic_arn, Subject=subject, Message=msgspec.json.encode(message).decode()
            )
        except AWS_ERRORS as error:
            return failure(f"Publish {keys}", error)
        return Outcome(True, f"Publish {keys}")
