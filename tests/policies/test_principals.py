"""Whom a statement of a resource's policy is about, and what is known of a role's policies beside it."""

from typing import Any

import pytest

from tests.policies.evaluator import Request, Unsupported, allowed, statements_of, statements_of_resource
from tests.policies.roles import statements_of_role
from tests.policies.test_evaluator import DENY, QUEUE, SEND, SENT, document

SNS, EVENTS = "sns.amazonaws.com", "events.amazonaws.com"
ACCOUNT = "arn:aws:iam::123456789012:root"
ROLE, OTHER = "arn:aws:iam::123456789012:role/sweep", "arn:aws:iam::123456789012:role/sweeper"


@pytest.mark.parametrize(
    ("named", "caller", "applies"),
    [
        ("*", ROLE, True),
        ("*", SNS, True),
        ("*", "anonymous", True),
        ({"AWS": "*"}, ROLE, True),
        ({"AWS": "*"}, SNS, True),
        ({"AWS": "*"}, "anonymous", True),
        ({"AWS": ROLE}, ROLE, True),
        ({"AWS": [OTHER, ROLE]}, ROLE, True),
        ({"AWS": ROLE}, OTHER, False),
        ({"AWS": ROLE}, SNS, False),
        ({"AWS": ROLE}, ACCOUNT, False),
        # An account leaves it to its roles' own policies.
        ({"AWS": ACCOUNT}, ROLE, False),
        ({"AWS": ACCOUNT}, ACCOUNT, True),
        ({"Service": SNS}, SNS, True),
        ({"Service": [EVENTS, SNS]}, SNS, True),
        ({"Service": EVENTS}, SNS, False),
        ({"Service": SNS}, ROLE, False),
        ({"Service": EVENTS, "AWS": ROLE}, ROLE, True),
    ],
)
def test_a_statement_of_a_resource_is_about_those_whom_it_names(
    named: Any, caller: str, applies: bool
) -> None:
    statements = statements_of_resource(document({**SEND, "Principal": named}))
    assert allowed(statements, Request.of("sqs:SendMessage", QUEUE, principal=caller)) == applies


def test_a_role_and_a_resource_of_one_account_are_judged_together() -> None:
    sent = Request.of("sqs:SendMessage", QUEUE, principal=ROLE)
    of_role, deny = statements_of(document(SEND)), statements_of(document(DENY))
    of_queue, denied_by_queue = (
        statements_of_resource(document({**one, "Principal": {"AWS": ROLE}})) for one in (SEND, DENY)
    )
    assert allowed([*of_role, *of_queue], sent)
    assert not allowed([*of_role, *denied_by_queue], sent)
    assert not allowed([*deny, *of_queue], sent)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Principal": None},
        {"Principal": {}},
        {"Principal": ROLE},
        {"Principal": [ROLE]},
        {"Principal": {"AWS": []}},
        {"Principal": {"AWS": "123456789012"}},
        {"Principal": {"AWS": "arn:aws:iam::123456789012:role/sweep*"}},
        {"Principal": {"AWS": "arn:aws:iam::123456789012:user/one"}},
        {"Principal": {"AWS": SNS}},
        {"Principal": {"Service": "*"}},
        {"Principal": {"Service": ROLE}},
        {"Principal": {"Federated": "accounts.google.com"}},
        {"Principal": {"AWS": ROLE, "CanonicalUser": "79a5"}},
        {"NotPrincipal": "*"},
        {"Principal": "*", "NotPrincipal": "*"},
        {"Principal": {"AWS": [ROLE, ACCOUNT]}, "Effect": "Deny"},
    ],
)
def test_whom_it_does_not_know_it_refuses_to_judge(changes: dict[str, Any]) -> None:
    with pytest.raises(Unsupported):
        statements_of_resource(document({**SEND, **changes}))


def test_the_policy_of_a_resource_is_not_judged_without_a_caller() -> None:
    with pytest.raises(Unsupported):
        allowed(statements_of_resource(document({**SEND, "Principal": "*"})), SENT)


def test_a_role_has_its_own_policies_and_those_that_its_stack_attaches_to_it() -> None:
    own, other = {"PolicyDocument": document(SEND)}, {"PolicyDocument": document(DENY)}
    policies: list[dict[str, Any]] = [{**other, "Roles": ["sweep"]}, {**own, "Roles": ["sweeper"]}, own]
    found = statements_of_role("sweep", {"Policies": [own]}, policies)
    assert found == statements_of(document(SEND, DENY))


@pytest.mark.parametrize(
    "changes",
    [
        {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
        {"PermissionsBoundary": "arn:aws:iam::123456789012:policy/boundary"},
    ],
)
def test_a_role_with_a_policy_from_elsewhere_is_not_judged(changes: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError):
        statements_of_role("sweep", changes, [])
