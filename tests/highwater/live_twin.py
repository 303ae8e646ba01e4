"""A live stack on the twin, as `check` sees it.

The functions' log is in CloudWatch Logs, and alarms can be set by hand.
"""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
from moto.cloudwatch.models import CloudWatchBackend

from highwater.deploy.aws.live import LOG_GROUP
from twin.day.day import Day
from twin.day.options import CLUSTER, MIDNIGHT, Options

ALARM = f"highwater-memory-{CLUSTER}"


class Shipped(io.StringIO):
    """The functions' output, line by line on its way to CloudWatch Logs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[datetime, str]] = []
        self.day: Day | None = None

    def write(self, text: str) -> int:
        if self.day is not None:
            self.lines += [(self.day.clock.now(), line) for line in text.splitlines() if line]
        return len(text)


class LiveTwin:
    """A day a minute after midnight: one live RDB. `deaf` has EventBridge lose the alarm."""

    def __init__(self, day: Day, log: Shipped) -> None:
        self.day = day
        self.session = boto3.Session()
        self.deaf = False
        self.set_to: list[str] = []
        self._log = log
        self._logs = self.session.client("logs")
        self._logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName="all")
        self._cloudwatch = self.session.client("cloudwatch")
        query = {"Id": "memory", "Expression": "SELECT MAX(MemoryUtilization)", "Period": 60}
        self._cloudwatch.put_metric_alarm(
            AlarmName=ALARM,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            Threshold=60,
            EvaluationPeriods=1,
            Metrics=[{**query, "ReturnData": True}],
        )

    def now(self) -> datetime:
        return self.day.clock.now()

    def sleep(self, seconds: float) -> None:
        self.day.clock.run_until(self.now() + timedelta(seconds=seconds))
        self.ship()

    def ship(self) -> None:
        """Let all that was logged so far reach CloudWatch Logs."""
        lines, self._log.lines = self._log.lines, []
        for start in range(0, len(lines), 500):
            events = [
                {"timestamp": int(at.timestamp() * 1000), "message": line}
                for at, line in lines[start : start + 500]
            ]
            self._logs.put_log_events(logGroupName=LOG_GROUP, logStreamName="all", logEvents=events)

    def alarm_set(self, value: str, reason: str) -> None:
        """The event of an alarm that was set: no reasonData (as documented)."""
        self.set_to.append(value)
        if self.deaf:
            return
        stamp = f"{self.now():%FT%T.000+0000}"
        detail: dict[str, Any] = {
            "alarmName": ALARM,
            "state": {"value": value, "reason": reason, "timestamp": stamp},
        }
        self.day.aws.put_event(
            {
                "version": "0",
                "id": f"by-hand-{len(self.set_to)}",
                "detail-type": "CloudWatch Alarm State Change",
                "source": "aws.cloudwatch",
                "account": "123456789012",
                "time": f"{self.now():%FT%TZ}",
                "region": "us-east-1",
                "resources": [f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{ALARM}"],
                "detail": json.loads(json.dumps(detail)),
            }
        )


@contextmanager
def live() -> Iterator[LiveTwin]:
    """The twin with the control plane and one cluster."""
    log = Shipped()
    day = Day(Options(), log)
    with day.running():
        log.day = day
        twin = LiveTwin(day, log)
        # Nobody is subscribed to a new control plane, not even who records the day.
        for subscription in boto3.client("sns").list_subscriptions()["Subscriptions"]:
            if subscription["Protocol"] == "email":
                boto3.client("sns").unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        stored = CloudWatchBackend.set_alarm_state

        def set_alarm_state(
            backend: CloudWatchBackend, name: str, reason: str, data: str, value: str
        ) -> None:
            stored(backend, name, reason, data, value)
            twin.alarm_set(value, reason)

        with patch.object(CloudWatchBackend, "set_alarm_state", set_alarm_state):
            day.clock.run_until(MIDNIGHT + timedelta(minutes=2))
            twin.ship()
            yield twin
