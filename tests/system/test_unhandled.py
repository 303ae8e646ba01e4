"""A message that a release cannot read is seen, though the others of its batch are handled."""

import json
from datetime import timedelta

import boto3

from twin.day.day import Day


def test_a_message_that_is_given_back_to_the_queue_among_others_is_seen(
    day: Day,
) -> None:
    functions, failed = day.aws.functions, len(day.aws.functions.failures)
    known = {"cluster": "trades", "trigger": "sweep", "at": day.clock.now().isoformat(), "cause": "a test"}
    unknown = {**known, "trigger": "operator", "command": {"type": "paint"}}
    url = day.aws.wiring.named("Reconcile").environment["WAKE_UPS_URL"]
    for group, body in (("trades", known), ("trades:operator", unknown)):
        boto3.client("sqs").send_message(
            QueueUrl=url,
            MessageBody=json.dumps(body),
            MessageGroupId=group,
            MessageDeduplicationId=group,
        )
    day.aws.wake_readers()
    day.clock.run_until(day.clock.now() + timedelta(seconds=5))
    assert functions.unhandled == [json.dumps(unknown)]
    assert len(functions.failures) == failed
