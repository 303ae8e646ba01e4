"""Reads a live stack for `check`, and sets the one alarm that it may set."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import boto3

from highwater.deploy.rules.judgement import Alarm

LOG_GROUP = "/highwater/control-plane"


class Logged(NamedTuple):
    """One line of the functions' log, and when CloudWatch Logs has it."""

    at: datetime
    fields: dict[str, Any]


class Live:
    """One account and region. What does not exist is None or empty, not an error."""

    def __init__(self, session: boto3.Session) -> None:
        self._autoscaling = session.client("autoscaling")
        self._cloudwatch = session.client("cloudwatch")
        self._logs = session.client("logs")
        self._sns = session.client("sns")
        self._sqs = session.client("sqs")

    def suspended(self, group: str) -> frozenset[str] | None:
        """The suspended processes of a group."""
        shown = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
        if not shown["AutoScalingGroups"]:
            return None
        return frozenset(
            p["ProcessName"] for p in shown["AutoScalingGroups"][0].get("SuspendedProcesses", [])
        )

    def messages(self, queue: str) -> int:
        """About how many messages a queue holds, those that somebody is reading included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        url = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        shown = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(shown[name]) for name in names)

    def confirmed(self, topic: str) -> int:
        """How many subscriptions of a topic are confirmed: until then they have no ARN."""
        pages = self._sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        arns = [subscription["SubscriptionArn"] for page in pages for subscription in page["Subscriptions"]]
        return sum(arn.startswith("arn:") for arn in arns)

    def alarm(self, name: str) -> Alarm | None:
        """The state of an alarm."""
        shown = self._cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])[
            "MetricAlarms"
        ]
        if not shown:
            return None
        since = shown[0]["StateUpdatedTimestamp"].astimezone(UTC)
        return Alarm(shown[0]["StateValue"], shown[0]["StateReason"], since)

    def set_alarm(self, name: str, value: str, reason: str) -> datetime:
        """Sets the state of an alarm by hand; when that was by AWS's clock, to the second. An operator's
        clock may be minutes off, and decisions have AWS's time."""
        answer = self._cloudwatch.set_alarm_state(AlarmName=name, StateValue=value, StateReason=reason)
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])

    def logged(self, message: str, since: datetime) -> Iterator[Logged]:
        """The lines with this message since then, oldest first."""
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
    """The fields of a line; Lambda writes some that are no JSON."""
    try:
        fields = json.loads(text)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
