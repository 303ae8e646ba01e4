"""Reads a running cluster for `check`, and sets the one alarm that it may set."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import boto3

from highwater.deploy.rules.judgement import Alarm

LOG_GROUP = "/highwater/control-plane"


class Logged(NamedTuple):
    """One line of the functions' log, with its time in CloudWatch Logs."""

    at: datetime
    fields: dict[str, Any]


class Live:
    """One account and region. What does not exist is None or empty; it is no error."""

    def __init__(self, session: boto3.Session) -> None:
        self._cloudwatch = session.client("cloudwatch")
        self._logs = session.client("logs")
        self._sns = session.client("sns")
        self._sqs = session.client("sqs")

    def messages(self, queue: str) -> int:
        """Count the messages of a queue, approximately, with those that are being read."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        url = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def confirmed(self, topic: str) -> int:
        """Count the confirmed subscriptions of a topic; the others have no ARN."""
        pages = self._sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        arns = [subscription["SubscriptionArn"] for page in pages for subscription in page["Subscriptions"]]
        return sum(arn.startswith("arn:") for arn in arns)

    def alarm(self, name: str) -> Alarm | None:
        """Read the state of an alarm."""
        answer = self._cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])
        for alarm in answer["MetricAlarms"]:
            since = alarm["StateUpdatedTimestamp"].astimezone(UTC)
            return Alarm(alarm["StateValue"], alarm["StateReason"], since)
        return None

    def set_alarm(self, name: str, value: str, reason: str) -> datetime:
        """Set the state of an alarm, and return the time of that by AWS's clock, to the second.

        An operator's clock may be minutes off, and decisions have AWS's time.
        """
        answer = self._cloudwatch.set_alarm_state(AlarmName=name, StateValue=value, StateReason=reason)
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])

    def logged(self, message: str, since: datetime) -> Iterator[Logged]:
        """Read the lines with this message since then, oldest first."""
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=LOG_GROUP,
            startTime=int(since.timestamp() * 1000),
            filterPattern=f'{{ $.message = "{message}" }}',
        )
        for page in pages:
            for event in page["events"]:
                fields = _fields(event["message"])
                if fields.get("message") == message:
                    yield Logged(datetime.fromtimestamp(event["timestamp"] / 1000, UTC), fields)


def _fields(text: str) -> dict[str, Any]:
    """Read the fields of a line; Lambda writes some lines that are not JSON."""
    try:
        fields = json.loads(text)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
