"""Good, foreign and bad input of each trigger, through the real handlers."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import boto3
import msgspec
import pytest

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.core.facts.wake_ups import SetFloor, WakeUp
from tests.system.conftest import EVENTS, event
from twin.day.day import Day

Call = Callable[[str, dict[str, Any]], Any]
ALARMS = sorted(path.stem for path in EVENTS.glob("alarm-*.json"))
FLEET = sorted(path.stem for path in EVENTS.glob("fleet-*.json"))
DEAD_LETTERS = ("highwater-dead-letters", "highwater-wake-ups-dead-letters.fifo")
STRANGER = "i-0000000000000aaaa"


def queued(queue: str) -> int:
    """The number of messages in a queue."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(
        int(n) for n in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()
    )


def settle(day: Day, minutes: float = 1) -> None:
    day.clock.run_until(day.clock.now() + timedelta(minutes=minutes))


def publish(day: Day, **changes: Any) -> None:
    """A report of the live RDB, with some fields changed."""
    assert day.tickerplant.live is not None
    now = day.clock.now()
    said = {
        "version": 1,
        "cluster": "trades",
        "instance_id": day.tickerplant.live.instance_id,
        "sequence": int(now.timestamp() * 1000),
        "state": "live",
        "memory_used": 4,
        "memory_total": 100,
        "rows": 0,
        "sent_at": now.isoformat(),
    }
    day.aws.report("trades", json.dumps({**said, **changes}))


def noted(day: Day) -> list[str]:
    """Everything that decisions ignored so far, newest first."""
    found = Ledgers(boto3.client("dynamodb"), day.table).decisions("trades", 100)
    return [text for _, decision in found for text in decision.noted]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_of_any_shape_wakes_its_cluster_and_another_alarm_nobody(
    day: Day, call: Call, name: str
) -> None:
    foreign = event(name)
    call("OnAlarm", foreign)
    assert queued("highwater-wake-ups.fifo") == 0
    ours = {**foreign, "detail": {**foreign["detail"], "alarmName": "highwater-memory-trades"}}
    call("OnAlarm", ours)
    expected = foreign["detail"]["state"]["value"] == "ALARM"
    assert queued("highwater-wake-ups.fifo") == expected
    settle(day)
    assert queued("highwater-wake-ups.fifo") == 0


@pytest.mark.parametrize("name", FLEET)
def test_a_fleet_event_wakes_the_cluster_of_its_group_and_another_group_nobody(
    day: Day, call: Call, name: str
) -> None:
    foreign = event(name)
    call("OnFleetEvent", foreign)
    assert queued("highwater-wake-ups.fifo") == 0
    detail = {**foreign["detail"], "AutoScalingGroupName": "highwater-trades-rdb"}
    # AWS's examples share one id, and its queue drops what comes twice.
    call("OnFleetEvent", {**foreign, "id": name, "detail": detail})
    assert queued("highwater-wake-ups.fifo") == 1
    settle(day)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"version": 2}, "version: "),
        ({"memory_used": -1}, "memory_used: "),
        ({"memory_used": 101}, "memory_used: must be at most memory_total"),
        ({"rows": None}, "rows: "),
        ({"instance_id": "../x"}, "instance_id: "),
        ({"cluster": ""}, "cluster: "),
        ({"cluster": "bonds"}, "cluster: bonds is not trades, whose topic this came by"),
        ({"sequence": 9_000_000_000_000}, "sequence: "),
    ],
)
def test_a_report_that_breaks_a_rule_changes_nothing_and_ends_in_the_dead_letter_queue(
    day: Day, message: dict[str, Any], reason: str
) -> None:
    before = day.desired()
    dead = queued("highwater-dead-letters")
    publish(day, **message)
    settle(day, 5)
    assert queued("highwater-dead-letters") == dead + 1
    assert reason in day.aws.functions.failures[-1]
    assert day.desired() == before


def test_alarms_of_a_cluster_without_a_group_are_dropped_and_leave_no_dead_letter(
    day: Day, call: Call
) -> None:
    dead = [queued(name) for name in DEAD_LETTERS]
    alarm = event("alarm-contributor")
    detail = {**alarm["detail"], "alarmName": "highwater-memory-bonds"}
    for number in range(20):
        call("OnAlarm", {**alarm, "id": str(number), "detail": detail})
    before = day.aws.functions.calls["autoscaling:DescribeAutoScalingGroups"]
    day.aws.wake_readers()
    settle(day, 0.5)
    assert day.aws.functions.calls["autoscaling:DescribeAutoScalingGroups"] - before < 10
    settle(day, 32)
    assert queued("highwater-wake-ups.fifo") == 0
    assert [queued(name) for name in DEAD_LETTERS] == dead


def test_a_sequence_already_seen_is_ignored_and_the_decision_says_so(day: Day) -> None:
    assert day.tickerplant.live is not None
    publish(day, sequence=1, memory_used=99)
    settle(day)
    said = f"sequence: 1 of {day.tickerplant.live.instance_id} is not after "
    assert noted(day)[0].startswith(said)
    assert day.desired() == 1


def test_a_stranger_that_never_turns_up_in_the_group_is_given_up_after_ten_minutes(day: Day) -> None:
    publish(day, instance_id=STRANGER, state="drained")
    settle(day, 9)
    assert not any(STRANGER in text for text in noted(day))
    settle(day, 3)
    said = f"instance_id: {STRANGER} reported but never turned up in group highwater-trades-rdb"
    assert [text for text in noted(day) if STRANGER in text] == [said]


def test_a_reconcile_makes_two_reads_and_one_call_more_to_raise_however_much_it_folds(
    day: Day, call: Call
) -> None:
    def reconcile(command_id: str = "", floor: int = 0) -> Counter[str]:
        now = day.clock.now()
        bodies = [WakeUp("trades", "sweep", now, f"test {n}") for n in range(9)]
        command = SetFloor(command_id, "ann", now, floor) if command_id else None
        bodies.append(WakeUp("trades", "operator", now, "test", command=command))
        before = Counter(day.aws.functions.calls)
        answer = call("Reconcile", {"Records": [_record(n, body) for n, body in enumerate(bodies)]})
        assert answer == {"batchItemFailures": []}
        calls = Counter(day.aws.functions.calls) - before
        return Counter({name: n for name, n in calls.items() if not name.startswith("dynamodb")})

    reads = {"autoscaling:DescribeAutoScalingGroups": 1, "cloudwatch:GetMetricData": 1}
    raised = reads | {"autoscaling:SetDesiredCapacity": 1}
    assert reconcile() == reads
    assert reconcile("one", 4) == raised
    settle(day, 3)
    assert day.desired() == 4
    assert reconcile() == reads
    assert reconcile("two", 5) == raised


def test_a_command_that_loses_the_ledger_time_and_again_amid_a_flood_is_done_all_the_same(
    day: Day, call: Call
) -> None:
    lost = iter(range(15))
    commit = Ledgers.commit

    def contended(ledgers: Ledgers, *args: Any) -> Any:
        return commit(ledgers, *args) if next(lost, None) is None else None

    now, wanted = day.clock.now(), day.desired() + 1
    wake_up = WakeUp("trades", "operator", now, "test", command=SetFloor("flooded", "ann", now, wanted))
    with patch.object(Ledgers, "commit", contended):
        assert call("Reconcile", {"Records": [_record(0, wake_up)]}) == {"batchItemFailures": []}
    assert next(lost, None) is None
    assert day.desired() == wanted


def _record(number: int, wake_up: WakeUp) -> dict[str, Any]:
    return {
        "messageId": str(number),
        "receiptHandle": str(number),
        "body": msgspec.json.encode(wake_up).decode(),
        "attributes": {"MessageGroupId": wake_up.cluster},
        "eventSource": "aws:sqs",
    }
