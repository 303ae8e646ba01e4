"""A stack is changed by a change set that was shown and judged; a failure says its cause and what to do."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from highwater.deploy.aws.account import Account
from highwater.deploy.aws.stacks import BODY_LIMIT, LONGEST_SECONDS, POLL_SECONDS, Request, Stacks
from highwater.deploy.rules.changes import Change
from highwater.deploy.rules.facts import Stack
from highwater.terminal import Failed, Refused

ARN = "arn:aws:cloudformation:eu-west-1:123456789012:stack/small/1"


def template(*queues: str) -> str:
    """A small stack of queues."""
    resources = {queue: {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": queue}} for queue in queues}
    outputs = {"First": {"Value": {"Ref": queues[0]}}}
    return json.dumps(
        {"Parameters": {"Size": {"Type": "String"}}, "Resources": resources, "Outputs": outputs}
    )


def allowed(_: tuple[Change, ...]) -> None:
    return None


def request(body: str, existing: Stack | None = None, size: str | None = "1") -> Request:
    return Request("small", body, {"Size": size}, existing)


def queues_of(session: boto3.Session) -> list[str]:
    urls = session.client("sqs").list_queues().get("QueueUrls", [])
    return sorted(url.rsplit("/", 1)[-1] for url in urls)


@pytest.fixture
def stacks(session: boto3.Session) -> Stacks:
    return Stacks(session.client("cloudformation"))


def test_a_new_stack_is_created_and_each_event_is_said(
    session: boto3.Session, stacks: Stacks, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = stacks.change(request(template("orders")), allowed, dry_run=False)
    assert [change.line() for change in changes] == ["Add orders (AWS::SQS::Queue)"]
    assert queues_of(session) == ["orders"]
    shown = capsys.readouterr()
    assert "Add orders (AWS::SQS::Queue)" in shown.err
    assert "CREATE_COMPLETE" in shown.err
    assert shown.out == ""


def test_the_outputs_of_a_stack_are_read_by_name(session: boto3.Session, stacks: Stacks) -> None:
    size = [{"ParameterKey": "Size", "ParameterValue": "1"}]
    session.client("cloudformation").create_stack(
        StackName="small", TemplateBody=template("orders"), Parameters=size
    )
    assert stacks.outputs("small")["First"].endswith("/orders")


def test_an_upgrade_keeps_what_was_not_said(session: boto3.Session, account: Account, stacks: Stacks) -> None:
    stacks.change(request(template("orders"), size="7"), allowed, dry_run=False)
    there = account.stack("small")
    stacks.change(request(template("orders", "fills"), there, size=None), allowed, dry_run=False)
    after = account.stack("small")
    assert after is not None
    assert (after.status, after.parameters) == ("UPDATE_COMPLETE", {"Size": "7"})
    assert queues_of(session) == ["fills", "orders"]


def test_a_dry_run_leaves_nothing_behind(session: boto3.Session, account: Account, stacks: Stacks) -> None:
    changes = stacks.change(request(template("orders")), allowed, dry_run=True)
    assert [change.logical_id for change in changes] == ["orders"]
    assert queues_of(session) == []
    assert account.stack("small") is None
    assert session.client("cloudformation").describe_stacks()["Stacks"] == []


def test_a_change_that_is_refused_is_discarded_and_nothing_is_executed(
    session: boto3.Session, account: Account, stacks: Stacks
) -> None:
    stacks.change(request(template("orders")), allowed, dry_run=False)
    there = account.stack("small")
    with pytest.raises(Refused, match="not that"):
        stacks.change(request(template("orders", "fills"), there), lambda _: "not that", dry_run=False)
    assert queues_of(session) == ["orders"]
    assert there == account.stack("small")
    cloudformation = session.client("cloudformation")
    assert [
        s["ExecutionStatus"] for s in cloudformation.list_change_sets(StackName="small")["Summaries"]
    ] == ["EXECUTE_COMPLETE"]


def test_a_stack_that_was_only_proposed_counts_as_none(session: boto3.Session, account: Account) -> None:
    session.client("cloudformation").create_change_set(**request(template("orders")).call())
    assert account.stack("small") is None


def test_a_stack_that_is_as_it_should_be_is_left_alone(
    session: boto3.Session, account: Account, stacks: Stacks
) -> None:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="code", Key="small.json", Body=template("orders").encode())
    address = "https://code.s3.eu-west-1.amazonaws.com/small.json"
    stacks.change(request(address), allowed, dry_run=False)
    there = account.stack("small")
    assert stacks.change(request(address, there), allowed, dry_run=False) == ()
    assert account.stack("small") == there


def test_a_deleted_stack_is_gone(session: boto3.Session, account: Account, stacks: Stacks) -> None:
    stacks.change(request(template("orders")), allowed, dry_run=False)
    there = account.stack("small")
    assert there is not None
    stacks.delete(there)
    assert (account.stack("small"), queues_of(session)) == (None, [])


def test_a_template_that_does_not_fit_into_a_request_is_refused() -> None:
    with pytest.raises(Refused, match="shorten its comments"):
        request("#" * (BODY_LIMIT + 1)).call()
    assert request("https://bucket/key").call()["TemplateURL"] == "https://bucket/key"


@pytest.mark.parametrize("operation", ["CreateChangeSet", "DescribeChangeSet"])
@pytest.mark.parametrize(
    ("code", "words"),
    [("ExpiredToken", r"any more \(ExpiredToken\): renew them"), ("AccessDenied", "with AccessDenied")],
)
def test_a_change_that_may_not_be_proposed_is_refused_and_nothing_is_changed(
    session: boto3.Session, operation: str, code: str, words: str
) -> None:
    client = session.client("cloudformation")

    def refused(**_: Any) -> None:
        answer: Any = {"Error": {"Code": code, "Message": "no"}}
        raise ClientError(answer, operation)

    client.meta.events.register(f"before-call.cloudformation.{operation}", refused)
    with pytest.raises(Refused, match=rf"{words}.* No stack was created or changed\.$"):
        Stacks(client).change(request(template("orders")), allowed, dry_run=False)
    assert queues_of(session) == []
    assert session.client("cloudformation").describe_stacks()["Stacks"] == []


class Scripted:
    """CloudFormation with one stack, whose events come batch by batch, oldest first."""

    def __init__(self, *batches: list[tuple[str, str, str]]) -> None:
        self._batches = iter(batches)
        self._events: list[dict[str, Any]] = []

    def describe_stack_events(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        assert StackName == ARN
        return {"StackEvents": self._events[::-1]}

    def delete_stack(self, StackName: str) -> None:  # noqa: N803
        assert StackName == ARN

    def get_paginator(self, _: str) -> "Scripted":
        return self

    def paginate(self, **_: str) -> Iterator[dict[str, Any]]:
        for logical_id, status, reason in next(self._batches, []):
            is_stack = logical_id == "small"
            self._events.append(
                {
                    "EventId": str(len(self._events)),
                    "LogicalResourceId": logical_id,
                    "PhysicalResourceId": ARN if is_stack else logical_id,
                    "ResourceType": "AWS::CloudFormation::Stack" if is_stack else "AWS::SQS::Queue",
                    "ResourceStatus": status,
                    "ResourceStatusReason": reason,
                    "Timestamp": datetime(2026, 11, 23, 10, tzinfo=UTC),
                }
            )
        yield {"StackEvents": self._events[::-1]}


SMALL = Stack("small", ARN, "CREATE_COMPLETE")


def test_a_failure_says_its_first_cause_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    waits: list[float] = []
    client = Scripted(
        [("small", "DELETE_IN_PROGRESS", "User Initiated")],
        [
            ("fills", "DELETE_FAILED", "Resource deletion cancelled"),
            ("orders", "DELETE_FAILED", "access denied"),
            ("other", "DELETE_FAILED", "later"),
        ],
        [("small", "DELETE_FAILED", "The following resource(s) failed")],
    )
    with pytest.raises(Failed) as failed:
        Stacks(client, waits.append).delete(SMALL)
    assert str(failed.value) == (
        "Stack small ended in DELETE_FAILED. orders (AWS::SQS::Queue): access denied\n"
        "Fix the cause and run this again."
    )
    assert waits == [POLL_SECONDS, POLL_SECONDS]
    assert capsys.readouterr().err.count("DELETE_FAILED") == 4, "each event is said once"


def test_the_wait_for_a_stack_ends() -> None:
    waits: list[float] = []
    with pytest.raises(Failed, match="is still being changed"):
        Stacks(Scripted([("small", "DELETE_IN_PROGRESS", "")]), waits.append).delete(SMALL)
    assert sum(waits) == LONGEST_SECONDS - POLL_SECONDS
