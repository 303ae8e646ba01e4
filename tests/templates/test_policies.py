"""The evaluation of policies: what the checks believe of IAM."""

from typing import Any

import pytest

from tests.templates.policies import Request, arn_like, verdict

SNS = "sns.amazonaws.com"
TOPIC = "arn:aws:sns:us-east-1:123456789012:reports"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue"
SEND = Request(SNS, "sqs:SendMessage", QUEUE, {"aws:SourceArn": TOPIC})


def allowing(**changes: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": SNS},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
    }
    return {"Statement": [{**statement, **changes}]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Allow"),
        ({"Action": ["sqs:Receive*", "SQS:send*"]}, "Allow"),
        ({"Action": "sqs:Receive*"}, None),
        ({"Resource": "*"}, "Allow"),
        ({"Resource": f"{QUEUE}-other"}, None),
        ({"Principal": "*"}, "Allow"),
        ({"Principal": {"AWS": "*"}}, None),
        ({"Principal": {"Service": ["events.amazonaws.com"]}}, None),
        ({"Condition": {"ArnLike": {"AWS:sourcearn": f"{TOPIC[:-3]}*"}}}, "Allow"),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": [QUEUE, TOPIC]}}}, "Allow"),
        ({"Condition": {"ArnNotEquals": {"aws:SourceArn": [QUEUE, TOPIC]}}}, None),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}, None),
        ({"Condition": {"StringNotEquals": {"aws:SourceAccount": "123456789012"}}}, "Allow"),
        ({"Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}}}, "Allow"),
        ({"Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["drain"]}}}, "Allow"),
        ({"Condition": {"Null": {"aws:SourceAccount": "true"}}}, "Allow"),
        ({"Condition": {"Null": {"aws:SourceArn": "true"}}}, None),
    ],
    ids=str,
)
def test_a_statement_applies_when_all_of_it_does(changes: dict[str, Any], expected: str | None) -> None:
    assert verdict([allowing(**changes)], SEND) == expected


def test_a_deny_wins_over_an_allow_of_any_document() -> None:
    assert verdict([allowing(), allowing(Effect="Deny", Principal="*")], SEND) == "Deny"


def test_a_wildcard_of_arn_like_ends_with_its_part() -> None:
    assert arn_like("arn:*:sns:*:*:reports", TOPIC)
    assert not arn_like("arn:*:reports", TOPIC)


@pytest.mark.parametrize(
    "changes", [{"NotAction": "sqs:*"}, {"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "1"}}}]
)
def test_what_is_not_understood_is_never_taken_for_fulfilled(changes: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError):
        verdict([allowing(**changes)], SEND)
