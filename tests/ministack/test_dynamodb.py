"""DynamoDB's refusals on both emulators: what the ledger relies on is not one emulator's kindness."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.ministack.refusals import KEY, REFUSALS


@pytest.fixture(autouse=True)
def _nothing_but_one(dynamodb: Any, table: str) -> Iterator[None]:
    """One other item: MiniStack reads some expressions only when there is an item to hold them against."""
    dynamodb.put_item(TableName=table, Item={**KEY, "item": {"S": "a1"}})
    yield
    dynamodb.delete_item(TableName=table, Key=KEY)


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_writes_nothing(dynamodb: Any, table: str, name: str) -> None:
    operation, request, says = REFUSALS[name]
    with pytest.raises(ClientError, match=says):
        getattr(dynamodb, operation)(**request)
    assert "Item" not in dynamodb.get_item(TableName=table, Key=KEY)


def test_an_item_of_just_under_400_kb_is_kept(dynamodb: Any, table: str) -> None:
    document = "x" * 404_000  # moto stops at 405,000 bytes, DynamoDB at 409,600
    dynamodb.put_item(TableName=table, Item={**KEY, "document": {"S": document}})
    kept = dynamodb.get_item(TableName=table, Key=KEY, ConsistentRead=True)["Item"]
    assert kept["document"]["S"] == document
