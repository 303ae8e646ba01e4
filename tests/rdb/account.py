"""An account with the topic of reports, in this process: what is published comes into the test's queues."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from typing import Any
from unittest.mock import patch

import boto3

from rdb.contract.names import Role
from rdb.contract.report import Report, parse_report
from rdb.contract.tickerplant import TickerplantReport, parse_tickerplant, role_of
from tests.rdb.builders import CLUSTER, ID, TOPIC
from twin.aws.account import account
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.aws.metrics import MetricStore

# Nothing waits as long where all is well.
LIMIT = 60.0


class Metered(MetricStore):
    """Puts the values of each call into a queue."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: SimpleQueue[dict[str, float]] = SimpleQueue()

    def put(self, namespace: str, data: Iterable[Mapping[str, Any]], now: datetime) -> None:
        assert now.tzinfo
        self.calls.put({f"{namespace} {datum['MetricName']}": float(datum["Value"]) for datum in data})


class Account:
    """The messages that arrive there; its clock is `ahead` of this machine's."""

    def __init__(self) -> None:
        self.reports: SimpleQueue[Report] = SimpleQueue()
        self.of_tickerplant: SimpleQueue[TickerplantReport] = SimpleQueue()
        self.metrics = Metered()
        self.ahead = timedelta()
        self.published: Callable[[str, str], None] = self._keep

    def forget(self) -> None:
        """Drop what arrived and was not looked at."""
        self.reports = SimpleQueue()
        self.of_tickerplant = SimpleQueue()
        self.metrics.calls = SimpleQueue()

    def next_report(self) -> Report:
        """The next one, as the control plane reads it."""
        return self.reports.get(timeout=LIMIT)

    def next_metrics(self) -> dict[str, float]:
        """The metrics of the next call that publishes any."""
        return self.metrics.calls.get(timeout=LIMIT)

    @contextmanager
    def running(self) -> Iterator[None]:
        """From here on this process's AWS is this one; its credentials are the instance's role."""
        with account(lambda: datetime.now(UTC), metrics=self.metrics, published=self.published):
            sns = boto3.client("sns")
            arn = sns.create_topic(Name=TOPIC.rpartition(":")[2])["TopicArn"]
            assert arn == TOPIC
            function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:on_report"
            sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=function)
            with patch.dict(os.environ, _role()):
                yield

    def _keep(self, _topic: str, message: str) -> None:
        now = datetime.now(UTC) + self.ahead
        match role_of(message):
            case Role.RDB:
                self.reports.put(parse_report(message, now))
            case Role.TICKERPLANT:
                self.of_tickerplant.put(parse_tickerplant(message, now))


def _role() -> dict[str, str]:
    """Credentials of the session that EC2 would have named after the instance."""
    role = f"arn:aws:iam::{ACCOUNT}:role/highwater-{CLUSTER}-rdb-{REGION}"
    given = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName=ID)["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
