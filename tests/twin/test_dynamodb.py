"""The strict table refuses what DynamoDB refuses and moto answers."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from twin.aws.dynamodb import strict

KEYS = [("cluster", "HASH"), ("item", "RANGE")]
BETWEEN = "#item BETWEEN :first AND :last"
VALUES = {":c": {"S": "trades"}, ":first": {"S": "a"}, ":last": {"S": "b"}}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "embedded")
    with mock_aws(), strict():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in KEYS],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in KEYS],
        )
        yield client


def query(client: Any, condition: str, **names: str) -> Any:
    return client.query(
        TableName="ledger",
        KeyConditionExpression=condition,
        ExpressionAttributeNames={f"#{name}": value for name, value in names.items()},
        ExpressionAttributeValues=VALUES,
    )


def test_a_reserved_word_without_an_alias_is_refused_by_its_name(table: Any) -> None:
    with pytest.raises(ClientError, match="reserved keyword: cluster"):
        query(table, f"cluster = :c AND {BETWEEN}", item="item")


def test_the_same_with_an_alias_is_answered(table: Any) -> None:
    assert query(table, f"#cluster = :c AND {BETWEEN}", cluster="cluster", item="item")["Items"] == []


def test_an_alias_that_nothing_uses_is_refused(table: Any) -> None:
    with pytest.raises(ClientError, match=r"unused in expressions: keys: \{#other\}"):
        query(table, f"#cluster = :c AND {BETWEEN}", cluster="cluster", item="item", other="other")


def test_a_condition_within_a_transaction_is_held_against_the_same_rules(table: Any) -> None:
    put = {
        "TableName": "ledger",
        "Item": {"cluster": {"S": "trades"}, "item": {"S": "ledger"}},
        "ConditionExpression": "attribute_not_exists(cluster)",
    }
    with pytest.raises(ClientError, match="Invalid ConditionExpression"):
        table.transact_write_items(TransactItems=[{"Put": put}])


@pytest.mark.parametrize("name", ["cluster", "item"])
def test_an_empty_key_is_refused(table: Any, name: str) -> None:
    item = {"cluster": {"S": "trades"}, "item": {"S": "ledger"}} | {name: {"S": ""}}
    with pytest.raises(ClientError, match="empty string"):
        table.put_item(TableName="ledger", Item=item)


def test_an_item_over_400_kb_is_refused_in_a_transaction_too(table: Any) -> None:
    item = {"cluster": {"S": "trades"}, "item": {"S": "ledger"}, "document": {"S": "x" * 410_000}}
    with pytest.raises(ClientError):
        table.transact_write_items(TransactItems=[{"Put": {"TableName": "ledger", "Item": item}}])
    assert "Item" not in table.get_item(
        TableName="ledger", Key={"cluster": {"S": "trades"}, "item": {"S": "ledger"}}
    )
