"""The message to operators: what began, what changed and what is over, for people and for programs."""

import json
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest

from chalicelib.adapters.sns import Operators
from chalicelib.core.decision import Decision
from chalicelib.core.facts.alert import Alert
from tests.unit.builders import NOW

STARTED = Alert("max-size", "MaxSize is reached", since=NOW)
CHANGED = Alert("short", "a release is not yet visible", "waiting", NOW - timedelta(hours=1))
OVER = Alert("raise", "raise is over", since=NOW - timedelta(hours=2))


def published(**news: Any) -> dict[str, Any]:
    client = Mock()
    decision = Decision("trades", NOW, "room", "", desired=2, with_room=1, **news)
    assert Operators(lambda: client, "arn").tell(decision).done
    sent: dict[str, Any] = client.publish.call_args.kwargs
    return sent


def texts(sent: dict[str, Any]) -> dict[str, str]:
    """The text for each way on which a message goes, as SNS chooses it."""
    assert sent["MessageStructure"] == "json"
    found: dict[str, str] = json.loads(sent["Message"])
    return found


def test_one_message_has_what_began_what_changed_and_what_is_over() -> None:
    sent = published(told=(STARTED,), changed=(CHANGED,), cleared=(OVER,))
    assert json.loads(texts(sent)["default"]) == {
        "cluster": "trades",
        "at": "2026-11-23T12:00:00Z",
        "told": [{"key": "max-size", "text": "MaxSize is reached", "since": "2026-11-23T12:00:00Z"}],
        "changed": [
            {
                "key": "short",
                "text": "a release is not yet visible",
                "cause": "waiting",
                "since": "2026-11-23T11:00:00Z",
            }
        ],
        "cleared": [{"key": "raise", "text": "raise is over", "since": "2026-11-23T10:00:00Z"}],
        "runway_minutes": None,
        "desired": 2,
        "with_room": 1,
    }
    assert sent["Subject"] == "highwater trades: max-size, short, over: raise"


def test_who_gets_it_as_mail_reads_one_thing_on_each_line() -> None:
    lines = texts(published(told=(STARTED,)))["default"].splitlines()
    assert '      "text": "MaxSize is reached",' in lines


def test_a_chat_gets_the_same_news_in_the_one_form_that_it_shows() -> None:
    sent = published(told=(STARTED,), changed=(CHANGED,), cleared=(OVER,))
    shown = json.loads(texts(sent)["https"])
    assert (shown["version"], shown["source"]) == ("1.0", "custom")
    content = shown["content"]
    assert content["title"] == sent["Subject"]
    assert content["description"].splitlines() == [
        "*max-size*: MaxSize is reached",
        "*short*: a release is not yet visible",
        "over: *raise*",
    ]
    assert content["nextSteps"] == ["`highwater why trades` says what to do"]


def test_a_chat_gets_no_more_of_many_alerts_than_can_be_read() -> None:
    many = tuple(Alert(f"silent i-{number:017x}", "x" * 1000) for number in range(100))
    shown = json.loads(texts(published(told=many))["https"])
    assert len(shown["content"]["description"]) == 3000


def test_a_subscription_can_choose_its_cluster() -> None:
    attributes = published(told=(STARTED,))["MessageAttributes"]
    assert attributes == {"cluster": {"DataType": "String", "StringValue": "trades"}}


@pytest.mark.parametrize("count", [1, 100])
def test_a_subject_is_as_long_as_the_topic_takes_at_most(count: int) -> None:
    many = tuple(Alert(f"silent i-{number:017x}", "") for number in range(count))
    assert len(published(told=many)["Subject"]) <= 100
