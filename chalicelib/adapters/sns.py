"""SNS: the operators' topic."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from chalicelib.adapters.clients import Outcome, act
from chalicelib.core.decision import Decision
from chalicelib.core.facts.text import cut

SUBJECT_LENGTH = 100
# A chat is for reading: the API has all of it.
CHAT_BYTES = 3000


class Operators:
    """The topic of the operators; one message per reconcile that has news."""

    def __init__(self, client: Callable[[], Any], topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def tell(self, decision: Decision) -> Outcome:
        """Publish what is new: alerts that began, that have another cause and that are over.

        The message is JSON, indented for those who get it as mail. By HTTPS it is what a chat shows.
        """
        keys = ", ".join(_keys(decision))
        subject = f"highwater {decision.cluster}: {keys}"[:SUBJECT_LENGTH]
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
                Subject=subject,
                MessageStructure="json",
                Message=json.dumps({"default": text, "https": _for_chat(decision, subject)}),
                MessageAttributes={"cluster": {"DataType": "String", "StringValue": decision.cluster}},
            ),
        )


def _for_chat(decision: Decision, subject: str) -> str:
    """Return the news as a custom notification of Amazon Q Developer in chat applications.

    It shows no message of an SNS topic that has another form, and tells nobody so.
    """
    lines = [f"*{alert.key}*: {alert.text}" for alert in (*decision.told, *decision.changed)]
    lines += [f"over: *{alert.key}*" for alert in decision.cleared]
    content = {
        "textType": "client-markdown",
        "title": subject,
        "description": cut("\n".join(lines), CHAT_BYTES),
        "nextSteps": [f"`highwater why {decision.cluster}` says what to do"],
    }
    metadata = {"summary": subject, "eventType": "highwater alert"}
    return json.dumps({"version": "1.0", "source": "custom", "content": content, "metadata": metadata})


def _keys(decision: Decision) -> Iterator[str]:
    yield from (alert.key for alert in (*decision.told, *decision.changed))
    yield from (f"over: {alert.key}" for alert in decision.cleared)
