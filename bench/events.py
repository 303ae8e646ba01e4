"""One event after the other for each packaged function: what wakes a cluster at rest."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec

from chalicelib.contract.report import Report, State
from chalicelib.core.wake_ups import WakeUp

CALLER = "arn:aws:sts::123456789012:assumed-role/operator/ann"


def events(cluster: str, instance_id: str) -> Mapping[str, Callable[[], Any]]:
    """A maker of events by function; `instance_id` is the cluster's live RDB."""
    alarm = {"alarmName": f"highwater-memory-{cluster}", "state": {"value": "ALARM", "reason": "it fills"}}
    return {
        "APIHandler": lambda: _get("/clusters/{cluster}", cluster),
        "OnAlarm": lambda: _event(alarm),
        "OnFleetEvent": lambda: _event({"AutoScalingGroupName": f"highwater-{cluster}-rdb"}),
        "OnReport": lambda: _notification(_report(cluster, instance_id)),
        "Reconcile": lambda: _batch(_woken(cluster, instance_id)),
        "Sweep": lambda: _event({}),
    }


def _report(cluster: str, instance_id: str) -> Report:
    now = datetime.now(UTC)
    return Report(
        version=1,
        cluster=cluster,
        instance_id=instance_id,
        sequence=int(now.timestamp() * 1000),
        state=State.LIVE,
        memory_used=20,
        memory_total=100,
        rows=9,
        sent_at=now,
    )


def _woken(cluster: str, instance_id: str) -> WakeUp:
    report = _report(cluster, instance_id)
    return WakeUp(cluster, "report", report.sent_at, "a report", report=report)


def _event(detail: Mapping[str, Any]) -> Any:
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "an event",
        "source": "bench",
        "account": "123456789012",
        "time": f"{datetime.now(UTC):%FT%TZ}",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


def _notification(report: Report) -> Any:
    message = msgspec.json.encode(report).decode()
    sns: dict[str, Any] = {"Subject": None, "Message": message, "MessageAttributes": {}}
    return {"Records": [{"EventSource": "aws:sns", "Sns": sns}]}


def _batch(wake_up: WakeUp) -> Any:
    record = {
        "messageId": str(uuid4()),
        "receiptHandle": "receipt",
        "body": msgspec.json.encode(wake_up).decode(),
        "attributes": {"MessageGroupId": wake_up.cluster},
        "eventSource": "aws:sqs",
    }
    return {"Records": [record]}


def _get(resource: str, cluster: str) -> Any:
    context = {"resourcePath": resource, "httpMethod": "GET", "identity": {"userArn": CALLER}}
    return {
        "resource": resource,
        "path": resource.format(cluster=cluster),
        "httpMethod": "GET",
        "headers": {},
        "multiValueHeaders": {},
        "multiValueQueryStringParameters": None,
        "pathParameters": {"cluster": cluster},
        "stageVariables": None,
        "requestContext": context,
        "body": None,
        "isBase64Encoded": False,
    }
