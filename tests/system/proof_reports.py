"""Reports for the tests of proofs: made, signed, handed to the real handler, and read off the queue."""

from datetime import datetime, timedelta
from typing import Any

import boto3
import msgspec

from chalicelib.core.facts.wake_ups import WakeUp
from rdb.contract.report import Report, State
from rdb.reporter.proof import signed
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.day.day import Day

ROLE = f"highwater-trades-rdb-{REGION}"
A, B, C = "i-0000000000000000a", "i-0000000000000000b", "i-0000000000000000c"


def on_report(day: Day, said: Report) -> None:
    """Hand a report to the real handler, as SNS does."""
    sns: dict[str, Any] = {
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:highwater-reports-{said.cluster}",
        "Subject": None,
        "Message": msgspec.json.encode(said).decode(),
        "MessageAttributes": {},
    }
    event = {"Records": [{"EventSource": "aws:sns", "Sns": sns}]}
    day.aws.functions.call(day.aws.wiring.named("OnReport"), event)


def queued() -> list[WakeUp]:
    """Take everything off the queue of wake-ups."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="highwater-wake-ups.fifo")["QueueUrl"]
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(msgspec.json.decode(message["Body"], type=WakeUp))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def drained(day: Day, instance_id: str = A, **changes: Any) -> Report:
    """An unsigned report of a drained RDB; its sequence is one that was never used."""
    day.clock.run_until(day.clock.now() + timedelta(milliseconds=1))
    return drained_at(day.clock.now(), instance_id, **changes)


def drained_at(now: datetime, instance_id: str, **changes: Any) -> Report:
    """An unsigned report that an RDB of trades makes now, being drained."""
    report = Report(
        version=1,
        cluster="trades",
        instance_id=instance_id,
        sequence=int(now.timestamp() * 1000),
        state=State.DRAINED,
        memory_used=4,
        memory_total=100,
        rows=0,
        sent_at=now,
    )
    return msgspec.structs.replace(report, **changes)


def by(day: Day, said: Report, role: str = ROLE, session: str = A) -> Report:
    """The report, signed with the credentials of a role's session."""
    return signed(said, day.aws.sts.credentials(role, session), REGION)


def sts_calls(day: Day) -> int:
    return day.aws.functions.calls["sts:GetCallerIdentity"]
