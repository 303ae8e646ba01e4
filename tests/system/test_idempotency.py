"""A request that is asked again with its key adds nothing, wherever the first try was lost."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import boto3
import pytest

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.items import CommandRequest
from chalicelib.adapters.records import Records
from chalicelib.core.facts.wake_ups import SetFloor
from tests.system.conftest import ask, running_day
from tests.system.test_unanswered import refused
from twin.aws.http_api import JSON_BODY, Api
from twin.day.day import Day

CAPACITY = "/clusters/trades/capacity"
HOLD = "/clusters/trades/hold"


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    """A cluster of its own: these requests change it."""
    with running_day() as day:
        yield day


def asked(day: Day, key: str, body: Any, path: str = CAPACITY, method: str = "POST") -> tuple[int, Any]:
    """One request with a key."""
    return ask(day, method, path, body, {"Idempotency-Key": key})


def settle(day: Day, minutes: float = 3) -> None:
    day.clock.run_until(day.clock.now() + timedelta(minutes=minutes))


def record(day: Day, command_id: str) -> Any:
    status, shown = ask(day, "GET", f"/clusters/trades/commands/{command_id}")
    assert status == 200
    return shown


def test_a_request_that_took_effect_and_is_asked_again_adds_nothing(day: Day) -> None:
    before = day.desired()
    status, first = asked(day, "lost-answer", {"change": 1})
    settle(day)
    assert (status, day.desired()) == (202, before + 1)
    for _ in range(2):
        status, again = asked(day, "lost-answer", {"change": 1})
        assert (status, again["repeated"], again["state"]) == (202, True, "carried-out")
        assert again["command_id"] == first["command_id"]
        settle(day)
    assert day.desired() == before + 1
    shown = record(day, first["command_id"])
    # All that AWS answered was what was meant.
    assert (shown["outcome"], shown["failed"], day.desired()) == ([], 0, before + 1)
    _, decisions = ask(day, "GET", "/clusters/trades/decisions?limit=100")
    taken = [d["id"] for d in decisions["decisions"] if first["command_id"] in d.get("carried_out", [])]
    assert taken == [shown["decision"]]


def test_the_order_of_the_fields_makes_no_other_request(day: Day) -> None:
    until = (day.clock.now() + timedelta(hours=1)).isoformat()
    _, first = asked(day, "order", f'{{"reason": "x", "until": "{until}"}}', HOLD, "PUT")
    _, again = asked(day, "order", f'{{"until": "{until}", "reason":"x"}}', HOLD, "PUT")
    assert again["command_id"] == first["command_id"]
    ask(day, "DELETE", HOLD)
    settle(day)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", CAPACITY, {"change": 2}),
        ("POST", CAPACITY, {"desired": 1}),
        ("PUT", HOLD, {"reason": "audit"}),
        ("DELETE", HOLD, None),
    ],
)
def test_the_same_key_for_another_request_is_a_409_that_says_so(
    day: Day, method: str, path: str, body: Any
) -> None:
    _, first = asked(day, "once", {"desired": day.desired()})
    status, answer = asked(day, "once", body, path, method)
    assert status == 409
    assert answer["error"].startswith("Idempotency-Key: was used for another request, by arn:aws:sts:")
    assert answer["command_id"] == first["command_id"]


@pytest.mark.parametrize("key", ["", "two words", "x" * 65, "é"])
def test_a_malformed_key_is_a_400_that_names_the_header(day: Day, key: str) -> None:
    status, answer = asked(day, key, {"change": 1})
    assert (status, answer["field"]) == (400, "Idempotency-Key")


def test_a_dry_run_and_a_refusal_use_no_key_up(day: Day) -> None:
    before = day.desired()
    assert asked(day, "later", {"change": 1, "dry_run": True})[0] == 200
    assert asked(day, "later", {"change": 99})[0] == 409
    status, answer = asked(day, "later", {"change": 1})
    assert (status, "repeated" in answer) == (202, False)
    settle(day)
    assert day.desired() == before + 1


def test_a_command_that_missed_the_queue_waits_on_record_and_its_key_queues_it(day: Day) -> None:
    before = day.desired()
    with refused("sqs", "SendMessage"):
        status, answer = asked(day, "lost-message", {"change": 1})
    assert (status, answer["error"].partition(" failed")[0]) == (503, "SendMessage")
    settle(day)
    assert day.desired() == before
    status, again = asked(day, "lost-message", {"change": 1})
    assert (status, again["state"]) == (202, "waiting")
    settle(day)
    assert day.desired() == before + 1
    assert record(day, again["command_id"])["state"] == "carried-out"


def test_a_command_that_nobody_asked_again_is_shown_as_too_old_and_never_carried_out(day: Day) -> None:
    before = day.desired()
    with refused("sqs", "SendMessage"):
        asked(day, "forgotten", {"change": 1})
    settle(day, 16)
    status, again = asked(day, "forgotten", {"change": 1})
    assert (status, again["repeated"], again["state"]) == (409, True, "too-old")
    assert "ask again with another Idempotency-Key" in again["error"]
    settle(day)
    shown = record(day, again["command_id"])
    assert (shown["state"], shown["outcome"], day.desired()) == ("too-old", [], before)
    assert "more than 15 minutes ago" in shown["reasons"][0]


def test_a_command_whose_raise_aws_refused_is_shown_as_failed(day: Day) -> None:
    with refused("autoscaling", "SetDesiredCapacity", once=True):
        _, first = asked(day, "refused-raise", {"change": 1})
        day.aws.wake_readers()
        settle(day, 0.5)
        shown = record(day, first["command_id"])
        _, again = asked(day, "refused-raise", {"change": 1})
    assert (shown["state"], again["state"]) == ("failed", "failed")
    assert any("SetDesiredCapacity" in text and " failed: " in text for text in shown["outcome"])
    settle(day)


def test_a_command_for_a_cluster_without_a_group_is_shown_as_dropped(day: Day) -> None:
    with patch.object(Groups, "of_cluster", lambda *_: ()):
        record_of = CommandRequest(SetFloor("d" * 32, "ann", day.clock.now(), 2), "digest")
        Records(boto3.client("dynamodb"), day.table).keep("trades", record_of)
        assert record(day, "d" * 32)["state"] == "dropped"
    assert record(day, "d" * 32)["state"] == "waiting"


def test_two_requests_at_once_are_one_command(day: Day) -> None:
    """Both found no record, and the second finds one in its way when it writes its own."""
    before = day.desired()
    _, first = asked(day, "at-once", {"change": 1})
    found = Records.command
    blind = iter([True])

    def command(records: Records, cluster: str, command_id: str) -> Any:
        return None if next(blind, False) else found(records, cluster, command_id)

    with patch.object(Records, "command", command):
        status, second = asked(day, "at-once", {"change": 1})
    assert (status, second["command_id"]) == (202, first["command_id"])
    settle(day)
    assert day.desired() == before + 1


def test_without_a_key_every_request_is_another_command(day: Day) -> None:
    ids = {ask(day, "POST", CAPACITY, {"desired": day.desired()})[1]["command_id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_request_costs_one_write_more_than_its_message_and_with_a_key_one_read_more(day: Day) -> None:
    def calls(headers: dict[str, str]) -> Counter[str]:
        api = Api(day.aws, "arn:aws:iam::123456789012:user/ann")
        with patch.object(day.aws, "wake_readers"):  # the queue waits: these are the request's own calls
            body = json.dumps({"desired": day.desired()})
            before = Counter(day.aws.functions.calls)
            assert api.answer("POST", CAPACITY, body, {**JSON_BODY, **headers})[0] == 202
            return Counter(day.aws.functions.calls) - before

    bare = calls({})
    assert bare == {
        "autoscaling:DescribeAutoScalingGroups": 1,
        "cloudwatch:GetMetricData": 1,
        "dynamodb:BatchGetItem": 1,
        "dynamodb:PutItem": 1,
        "sqs:SendMessage": 1,
    }
    assert calls({"Idempotency-Key": "counted"}) == bare + Counter({"dynamodb:Query": 1})


@pytest.mark.parametrize(("command_id", "status"), [("0" * 32, 404), ("nope", 400), ("0" * 33, 400)])
def test_a_command_that_never_was_is_a_404_and_what_is_no_id_a_400(
    day: Day, command_id: str, status: int
) -> None:
    assert ask(day, "GET", f"/clusters/trades/commands/{command_id}")[0] == status


def test_who_held_what_stays_on_record_after_the_lift(day: Day) -> None:
    _, held = ask(day, "PUT", HOLD, {"reason": "audit of Friday"})
    settle(day, 1)
    _, lifted = ask(day, "DELETE", HOLD)
    settle(day, 1)
    assert ask(day, "GET", "/clusters/trades")[1]["hold"] is None
    shown = record(day, held["command_id"])
    assert shown["command"]["reason"] == "audit of Friday"
    assert shown["command"]["requested_by"].endswith("operator/ann")
    assert record(day, lifted["command_id"])["state"] == "carried-out"
    _, page = ask(day, "GET", "/clusters/trades/decisions")
    sentences = [sentence for decision in page["decisions"] for sentence in decision.get("asked", [])]
    assert any("hold the cluster: audit of Friday" in sentence for sentence in sentences)
    assert any("lift the hold of the cluster" in sentence for sentence in sentences)


def test_a_hold_ends_at_its_time_and_a_decision_says_so(day: Day) -> None:
    until = day.clock.now() + timedelta(minutes=5)
    assert ask(day, "PUT", HOLD, {"reason": "short", "until": until.isoformat()})[0] == 202
    settle(day, 3)
    assert ask(day, "GET", "/clusters/trades")[1]["hold"]["reason"] == "short"
    settle(day, 4)
    assert ask(day, "GET", "/clusters/trades")[1]["hold"] is None
    _, page = ask(day, "GET", "/clusters/trades/decisions")
    (ended,) = [sentence for decision in page["decisions"] for sentence in decision.get("ended", [])]
    assert ended.startswith("the hold ended: the cluster was on hold since ")
