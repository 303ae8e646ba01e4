"""The rights of the API on the ledger's table: it reads all of it, and writes nothing but commands."""

from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.adapters.items import COMMANDS, commands_of, key
from tests.policies.evaluator import Request, Statement, allowed
from tests.policies.recorder import Recording
from tests.policies.roles import functions, of_type, policy_of, role_of
from tests.policies.sdk_calls import asked, item_request

Policy = tuple[Statement, ...]
PUT = "dynamodb:PutItem"
WRITES = (PUT, "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem")
COMMAND = key(commands_of("trades"), "c1#asked")
NOT_COMMANDS: dict[str, Mapping[str, Any]] = {
    "a ledger": key("trades", "ledger"),
    "a ledger that stands in": key("trades", "stand-in"),
    "a decision": key("trades", "decision#1"),
    "an item beside the commands": key(f"trades{COMMANDS}s", "c1#asked"),
}


@pytest.fixture(scope="module")
def api(scenes: Recording) -> Policy:
    stack = scenes.control_plane
    return policy_of(stack, role_of(stack, functions(stack)["APIHandler"]))


@pytest.fixture(scope="module")
def table(scenes: Recording) -> str:
    ((_, found),) = of_type(scenes.control_plane, "AWS::DynamoDB::Table").items()
    return str(found["Name"])


def puts(scenes: Recording, function: str) -> set[Request]:
    return {request for request in scenes.requests[function] if request.action == PUT}


def test_the_api_keeps_a_command_and_no_other_item(api: Policy, table: str) -> None:
    assert allowed(api, item_request(PUT, table, COMMAND))


@pytest.mark.parametrize("action", WRITES)
@pytest.mark.parametrize("item", NOT_COMMANDS)
def test_the_api_cannot_write(api: Policy, table: str, item: str, action: str) -> None:
    assert not allowed(api, item_request(action, table, NOT_COMMANDS[item]))


@pytest.mark.parametrize("item", NOT_COMMANDS)
def test_the_api_cannot_write_beside_a_command_in_one_call(api: Policy, table: str, item: str) -> None:
    assert not allowed(api, item_request(PUT, table, COMMAND, NOT_COMMANDS[item]))


def test_of_a_transaction_each_item_is_judged_for_itself(api: Policy, table: str) -> None:
    items = [{"Put": {"TableName": table, "Item": item}} for item in (COMMAND, NOT_COMMANDS["a ledger"])]
    aws: Any = None  # not asked for
    requests = asked(aws, "dynamodb:TransactWriteItems", {"TransactItems": items})
    assert [allowed(api, request) for request in requests] == [True, False]


def test_a_write_whose_partition_is_not_shown_to_iam_is_refused(api: Policy, table: str) -> None:
    shown = item_request(PUT, table, COMMAND)
    assert not allowed(api, Request(shown.action, shown.resource))


def test_what_the_reconciler_writes_of_a_ledger_is_refused_to_the_api(api: Policy, scenes: Recording) -> None:
    through_the_api = {request.context: allowed(api, request) for request in puts(scenes, "Reconcile")}
    assert through_the_api == {
        (("dynamodb:LeadingKeys", ("*",)),): False,
        (("dynamodb:LeadingKeys", ("trades",)),): False,
        (("dynamodb:LeadingKeys", ("trades#commands",)),): True,
    }
