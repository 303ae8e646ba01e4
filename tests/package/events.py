"""The events that AWS hands to each function: the payloads of tests/events with our own content."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from chalicelib.contract.names import REPORTS_PREFIX
from chalicelib.contract.report import Report
from chalicelib.core.facts.wake_ups import Verdict, WakeUp
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.aws.emulator import Answer

EVENTS = Path(__file__).parent.parent / "events"
OPERATOR = "arn:aws:sts::123456789012:assumed-role/operator/ann"
TOTAL = 4_000_000_000


def payload(name: str) -> Any:
    """One file of tests/events."""
    return json.loads((EVENTS / f"{name}.json").read_text())


def notification(cluster: str, message: str) -> Any:
    """A message of a cluster's topic."""
    event = payload("sns-notification")
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:{REPORTS_PREFIX}{cluster}"
    event["Records"][0]["Sns"] |= {"TopicArn": topic, "Message": message, "MessageId": str(uuid.uuid4())}
    return event


def records(*messages: WakeUp | str) -> Any:
    """A batch of the FIFO queue; the ids of its messages are 0, 1, ..."""
    bodies = [one if isinstance(one, str) else msgspec.json.encode(one).decode() for one in messages]
    event = payload("sqs-fifo")
    (sample,) = event["Records"]
    event["Records"] = [
        sample
        | {"messageId": str(number), "body": body}
        | {"attributes": sample["attributes"] | {"MessageGroupId": group_of(body)}}
        for number, body in enumerate(bodies)
    ]
    return event


def group_of(body: str) -> str:
    """The message group of a wake-up, which is its cluster; what is none of ours came with some group too."""
    try:
        return str(json.loads(body)["cluster"])
    except (ValueError, KeyError):
        return "stray"


def alarm(name: str, alarm_name: str) -> Any:
    """One alarm event of our own."""
    event = payload(name)
    event["detail"]["alarmName"] = alarm_name
    return event | {"id": str(uuid.uuid4())}


def fleet(name: str, group: str) -> Any:
    """One event of EC2 Auto Scaling, of a group of ours."""
    event = payload(name)
    event["detail"]["AutoScalingGroupName"] = group
    return event | {"id": str(uuid.uuid4())}


def request(method: str, resource: str, target: str, body: str | None = None) -> Any:
    """A request to the REST API, as API Gateway hands it on once IAM has let it in."""
    url = urlsplit(target)
    named = zip(resource.split("/"), url.path.split("/"), strict=True)
    queries = dict(parse_qsl(url.query))
    event = payload("rest-request") | {
        "resource": resource,
        "path": url.path,
        "httpMethod": method,
        "pathParameters": {name[1:-1]: value for name, value in named if name.startswith("{")} or None,
        "queryStringParameters": queries or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in queries.items()} or None,
        "body": body,
    }
    event["requestContext"] |= {"resourcePath": resource, "httpMethod": method, "path": f"/v1{url.path}"}
    event["requestContext"]["identity"]["userArn"] = OPERATOR
    return event


def report(
    cluster: str, instance_id: str, state: str, percent: float = 5, /, **changes: Any
) -> dict[str, Any]:
    """A report of an RDB, sent now."""
    now = datetime.now(UTC)
    said = {
        "version": 1,
        "cluster": cluster,
        "instance_id": instance_id,
        "sequence": int(now.timestamp() * 1000),
        "state": state,
        "memory_used": int(TOTAL * percent / 100),
        "memory_total": TOTAL,
        "rows": None if state == "unknown" else 0,
        "sent_at": now.isoformat(),
    }
    return said | changes


def wake_up(cluster: str, said: dict[str, object] | None = None, verdict: Verdict | None = None) -> WakeUp:
    """A wake-up as the queue holds it after a report, or after a look of the clock."""
    now = datetime.now(UTC)
    if said is None:
        return WakeUp(cluster, "sweep", now, "sweep")
    taken = msgspec.convert(json.loads(json.dumps(said)), Report)
    return WakeUp(cluster, "report", now, f"{taken.instance_id} reports", report=taken, verdict=verdict)


def told(answer: Answer, message: str) -> dict[str, Any]:
    """The one line of the structured log with a message."""
    (line,) = [line for line in answer.logged if line.get("message") == message]
    return line


def metrics(answer: Answer) -> dict[str, float]:
    """The metrics of a call: one line in the embedded metric format, in our namespace."""
    (line,) = [line for line in answer.logged if "_aws" in line]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Highwater/ControlPlane"
    return {metric["Name"]: sum(line[metric["Name"]]) for metric in directive["Metrics"]}
