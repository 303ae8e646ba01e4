"""The evaluator against the rules of the IAM User Guide, case by case."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.policies.evaluator import (
    NOWHERE,
    Document,
    Request,
    Unsupported,
    allowed,
    statements_of,
    statements_of_resource,
)

QUEUE = "arn:aws:sqs:us-east-1:123456789012:wake-ups.fifo"
SEND = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE}
DENY = {"Effect": "Deny", "Action": "*", "Resource": "*"}
SENT = Request("sqs:SendMessage", QUEUE)


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def is_allowed(request: Request, *statements: dict[str, Any]) -> bool:
    return allowed(statements_of(document(*statements)), request)


def test_what_no_statement_allows_is_denied() -> None:
    assert not is_allowed(SENT)


def test_one_statement_allows_and_one_that_denies_wins_in_any_order() -> None:
    assert is_allowed(SENT, SEND)
    assert not is_allowed(SENT, SEND, DENY)
    assert not is_allowed(SENT, DENY, SEND)


def test_a_statement_that_denies_something_else_denies_nothing() -> None:
    assert is_allowed(SENT, SEND, {**DENY, "Action": "sqs:DeleteMessage"})


@pytest.mark.parametrize(
    ("pattern", "applies"),
    [
        ("sqs:SendMessage", True),
        ("SQS:sendmessage", True),
        ("sqs:*", True),
        ("sqs:Send*", True),
        ("sqs:SendMessag?", True),
        ("*", True),
        ("sqs:SendMessage?", False),
        ("sqs:Send", False),
        ("sns:*", False),
        ("sqs.SendMessage", False),
        (["sqs:Receive*", "SQS:send*"], True),
        (["sqs:Receive*", "sns:*"], False),
    ],
)
def test_actions_match_in_any_case_with_wildcards(pattern: str | list[str], applies: bool) -> None:
    assert is_allowed(SENT, {**SEND, "Action": pattern}) == applies
    every_other = {"Effect": "Allow", "NotAction": pattern, "Resource": QUEUE}
    assert is_allowed(SENT, every_other) == (not applies)


@pytest.mark.parametrize(
    ("pattern", "resource", "applies"),
    [
        (QUEUE, QUEUE, True),
        ("*", QUEUE, True),
        ("*", NOWHERE, True),
        ("arn:aws:sqs:*:*:*", NOWHERE, False),
        ("arn:aws:sqs:*:123456789012:wake-?ps*", QUEUE, True),
        ("arn:aws:sqs:us-east-1:*:WAKE-UPS.fifo", QUEUE, False),
        ("arn:aws:sqs:us-east-1:123456789012:wake-ups", QUEUE, False),
        ("arn:aws:sqs:us-east-1:123456789012:wake-ups.fifo*", QUEUE, True),
        # A wildcard stays within its part, and the last part takes all that follows.
        ("arn:aws:sqs:*:wake-ups.fifo:*", QUEUE, False),
        ("arn:aws:logs:r:1:log-group:/a:*", "arn:aws:logs:r:1:log-group:/a:log-stream:b", True),
        ("arn:aws:logs:r:1:log-group:/a", "arn:aws:logs:r:1:log-group:/a:log-stream:b", False),
        ("arn:aws:logs:r:1:log-group:/a:*", "arn:aws:logs:r:1:log-group:/ab:log-stream:b", False),
    ],
)
def test_resources_match_part_by_part_with_wildcards(pattern: str, resource: str, applies: bool) -> None:
    request = Request("sqs:SendMessage", resource)
    assert is_allowed(request, {**SEND, "Resource": pattern}) == applies
    elsewhere = {"Effect": "Allow", "Action": "*", "NotResource": pattern}
    assert is_allowed(request, elsewhere) == (not applies)


ONE, TWO = ("one",), ("one", "two")


@pytest.mark.parametrize(
    ("operator", "wanted", "values", "holds"),
    [
        ("StringEquals", "one", ONE, True),
        ("StringEquals", ["two", "one"], ONE, True),
        ("StringEquals", "One", ONE, False),
        ("StringEquals", "o*", ONE, False),
        ("StringEquals", "one", None, False),
        ("StringNotEquals", "one", ONE, False),
        ("StringNotEquals", ["two", "one"], ONE, False),
        ("StringNotEquals", "two", ONE, True),
        ("StringNotEquals", "one", None, True),
        ("StringLike", "o?e", ONE, True),
        ("StringLike", "*", None, False),
        ("StringNotLike", "o*", ONE, False),
        ("StringNotLike", "o*", None, True),
        ("Bool", "true", ("true",), True),
        ("Bool", "true", ("True",), True),
        ("Bool", "false", ("true",), False),
        ("Bool", "false", None, False),
        ("ArnEquals", "arn:aws:sns:*:1:a*", ("arn:aws:sns:r:1:abc",), True),
        ("ArnLike", "arn:aws:sns:*:1:a", ("arn:aws:sns:r:2:a",), False),
        ("ArnLike", "arn:aws:sns:*:a", ("arn:aws:sns:r:1:a",), Unsupported),
        ("ArnLike", "arn:aws:sns:*:1:a", None, False),
        ("ArnEquals", ["arn:aws:sns:r:1:b", "arn:aws:sns:r:1:a"], ("arn:aws:sns:r:1:a",), True),
        ("ArnNotEquals", "arn:aws:sns:r:1:a", ("arn:aws:sns:r:1:a",), False),
        ("ArnNotEquals", ["arn:aws:sns:r:1:b", "arn:aws:sns:r:1:a"], ("arn:aws:sns:r:1:a",), False),
        ("ArnNotLike", "arn:aws:sns:r:1:a", None, True),
        ("Null", "true", None, True),
        ("Null", "true", ONE, False),
        ("Null", "false", ONE, True),
        ("Null", "false", None, False),
        ("ForAllValues:StringEquals", ["one", "two"], TWO, True),
        ("ForAllValues:StringEquals", ["one"], TWO, False),
        ("ForAllValues:StringEquals", ["one"], None, True),
        ("ForAllValues:StringNotEquals", ["two"], TWO, False),
        ("ForAllValues:StringNotEquals", ["three"], TWO, True),
        ("ForAnyValue:StringEquals", ["two", "three"], TWO, True),
        ("ForAnyValue:StringEquals", ["three"], TWO, False),
        ("ForAnyValue:StringEquals", ["one"], None, False),
        ("ForAnyValue:StringNotEquals", ["one"], TWO, True),
        ("ForAnyValue:StringNotEquals", ["one"], None, False),
        ("StringEquals", "one", TWO, Unsupported),
    ],
)
def test_conditions_hold_as_the_user_guide_says(
    operator: str, wanted: Any, values: tuple[str, ...] | None, holds: bool | type[Exception]
) -> None:
    statement = {**SEND, "Condition": {operator: {"aws:TagKeys": wanted}}}
    request = Request.of("sqs:SendMessage", QUEUE, {} if values is None else {"aws:tagkeys": values})
    if isinstance(holds, bool):
        assert is_allowed(request, statement) == holds
    else:
        with pytest.raises(holds):
            is_allowed(request, statement)


def test_every_condition_of_a_statement_must_hold() -> None:
    both = {"StringEquals": {"a:b": "1", "a:c": "2"}, "Null": {"a:d": "true"}}
    statement = {**SEND, "Condition": both}
    assert is_allowed(Request.of("sqs:SendMessage", QUEUE, {"a:b": "1", "a:c": "2"}), statement)
    for context in ({"a:b": "1"}, {"a:b": "1", "a:c": "3"}, {"a:b": "1", "a:c": "2", "a:d": "3"}):
        assert not is_allowed(Request.of("sqs:SendMessage", QUEUE, context), statement)


@pytest.mark.parametrize(
    "changes",
    [
        {"Principal": "*"},
        {"NotPrincipal": "*"},
        {"Effect": "allow"},
        {"NotAction": "sqs:*"},
        {"NotResource": "*"},
        {"Action": []},
        {"Action": [1]},
        {"Resource": "arn:aws:sqs:*"},
        {"Resource": "wake-ups"},
        {"Resource": "arn:aws:s3:::home/${aws:username}"},
        {"Condition": {"StringEquals": {"a:b": "${aws:username}"}}},
        {"Condition": {"StringEqualsIfExists": {"a:b": "1"}}},
        {"Condition": {"NumericLessThan": {"a:b": "1"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Condition": {"ForSomeValues:StringEquals": {"a:b": "1"}}},
        {"Condition": {"ForAllValues:Null": {"a:b": "true"}}},
        {"Condition": {"Null": {"a:b": "yes"}}},
        {"Condition": {"Bool": {"a:b": True}}},
    ],
)
def test_whatever_it_does_not_know_it_refuses_to_evaluate(changes: dict[str, Any]) -> None:
    with pytest.raises(Unsupported):
        statements_of(document({**SEND, **changes}))


@pytest.mark.parametrize("read", [statements_of, statements_of_resource])
@pytest.mark.parametrize("version", [None, "2008-10-17"])
def test_another_version_of_the_policy_language_is_refused(
    version: str | None, read: Callable[[Document], object]
) -> None:
    with pytest.raises(Unsupported, match="version"):
        read({"Version": version, "Statement": [SEND]})
