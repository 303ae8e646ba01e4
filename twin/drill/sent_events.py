"""The events that are messages: reports, metrics, and commands of long ago."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import boto3
import msgspec
from msgspec import UNSET

from chalicelib.adapters.sqs import message_group
from chalicelib.contract.report import Report, State
from chalicelib.core.facts.wake_ups import WakeUp
from highwater.market.host import Measured
from highwater.market.rdb import Rdb
from twin.aws.cloudformation import REGION
from twin.day.options import CLUSTER, MIDNIGHT
from twin.drill.day import DrillDay
from twin.drill.events import MetricSent, ReportSent, ReportsSent, WakeUpReturns
from twin.drill.host import DrillHost
from twin.drill.script import command_of, seconds_of
from twin.drill.selectors import selected

EVERY_MINUTE = 60.0


def report(day: DrillDay, event: ReportSent) -> None:
    """Publish one more report, with the event's fields in place of what is true."""
    rdb = selected(day, event.rdb) if isinstance(event.rdb, str) else day.host(str(event.instance_id))
    speaker = event.from_cluster or CLUSTER
    genuine = rdb is not None and rdb.cluster.name == speaker
    fields = _true(day, rdb) if rdb else _invented(day, str(event.instance_id))
    ahead = timedelta(seconds=event.sequence_ahead_seconds) / timedelta(milliseconds=1)
    if rdb and genuine and not ahead:
        rdb.sequence = max(rdb.sequence, fields["sequence"])
    fields["sequence"] += int(ahead)
    given = {name: getattr(event, name) for name in Report.__struct_fields__ if hasattr(event, name)}
    given = {name: value for name, value in given.items() if value is not UNSET and name != "instance_id"}
    if given.get("state") is State.UNKNOWN:
        fields |= {"rows": None, "first_index": None, "last_index": None}
    text = msgspec.json.encode({**fields, **given})
    if rdb and genuine and given.get("state", fields["state"]) == State.DRAINED and "proof" not in given:
        text = day.signed(rdb, text)
    day.publish_from(speaker, text.decode())


def reports(day: DrillDay, event: ReportsSent) -> None:
    """Publish many reports, evenly, each about another instance that does not exist."""
    random = Random(0)
    for n in range(event.count):
        after = n * 60 * event.minutes / event.count
        day.clock.after(after, partial(_flood, day, f"i-{random.getrandbits(68):017x}"))


def _flood(day: DrillDay, instance_id: str) -> None:
    day.publish_from(CLUSTER, msgspec.json.encode(_invented(day, instance_id)).decode())


def _true(day: DrillDay, rdb: DrillHost) -> dict[str, Any]:
    """Return what the reporter would say now; its own sequence goes on from where it is."""
    kept = rdb.sequence
    fields: dict[str, Any] = msgspec.to_builtins(rdb.said(day.clock.now()))
    rdb.sequence = kept
    return fields


def _invented(day: DrillDay, instance_id: str) -> dict[str, Any]:
    """Return the report of a standby that does not exist."""
    now = day.clock.now()
    nobody = Rdb(instance_id, day.options.cluster, now)
    return {
        "version": 1,
        "cluster": CLUSTER,
        "instance_id": instance_id,
        "sequence": int(now.timestamp() * 1000),
        "state": State.STANDBY,
        "memory_used": nobody.memory_used,
        "memory_total": nobody.memory_total,
        "rows": 0,
        "sent_at": f"{now:%FT%TZ}",
    }


def metric(day: DrillDay, event: MetricSent) -> None:
    """Publish a metric in the name of an RDB, each minute."""
    rdb = selected(day, event.rdb)
    end = day.closing if event.until is None else MIDNIGHT + timedelta(seconds=seconds_of(event.until))

    def put() -> None:
        now = day.clock.now()
        if now < end:
            day.put_metric(rdb.cluster.name, Measured(rdb.instance_id, event.percent, now))
            day.clock.after(EVERY_MINUTE, put)

    put()


def wake_up(day: DrillDay, event: WakeUpReturns) -> None:
    """Put a command that was sent long ago into the queue again."""
    now = day.clock.now()
    sent = now - timedelta(seconds=event.age_seconds)
    day.returned += 1
    command = command_of(event, sent, day.returned)
    message = WakeUp(CLUSTER, "operator", sent, "back from the dead-letter queue", command=command)
    sqs = boto3.Session().client("sqs", region_name=REGION)
    sqs.send_message(
        QueueUrl=day.aws.wiring.named("Reconcile").environment["WAKE_UPS_URL"],
        MessageBody=msgspec.json.encode(message).decode(),
        MessageGroupId=message_group(message),
        MessageDeduplicationId=f"redriven {day.returned}",
    )
    day.aws.wake_readers()


PLAYS: Mapping[type, Callable[[DrillDay, Any], None]] = {
    ReportSent: report,
    ReportsSent: reports,
    MetricSent: metric,
    WakeUpReturns: wake_up,
}
