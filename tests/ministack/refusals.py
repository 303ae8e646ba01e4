"""Requests that DynamoDB refuses, by AWS's documents and the sentences of the real service."""

from collections.abc import Mapping
from typing import Any, NamedTuple

TABLE = "ledger"
OTHER_TABLE = "elsewhere"
KEY = {"cluster": {"S": "trades"}, "item": {"S": "ledger"}}
# 400 KB, names included, is the most that an item may have.
MOST = 400 * 1024
FIXED = sum(len(name) for name in ("cluster", "trades", "item", "ledger", "document"))


class Refusal(NamedTuple):
    """One call that is refused, and what the refusal says."""

    operation: str
    request: Mapping[str, Any]
    says: str


def put(item: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"TableName": TABLE, "Item": {**KEY, **item}, **more}


def condition(text: str, names: Mapping[str, str], values: Mapping[str, Any], **item: Any) -> dict[str, Any]:
    """A put on a condition; empty names and values are left out, as a client must."""
    more: dict[str, Any] = {"ConditionExpression": text}
    if names:
        more["ExpressionAttributeNames"] = dict(names)
    if values:
        more["ExpressionAttributeValues"] = dict(values)
    return put(item, **more)


def query(text: str, names: Mapping[str, str], values: Mapping[str, str], **more: Any) -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "KeyConditionExpression": text,
        **({"ExpressionAttributeNames": dict(names)} if names else {}),
        "ExpressionAttributeValues": {name: {"S": value} for name, value in values.items()},
        **more,
    }


def update(text: str, names: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "Key": KEY,
        "UpdateExpression": text,
        "ExpressionAttributeNames": dict(names),
        "ExpressionAttributeValues": dict(values),
    }


def transaction(*puts: Mapping[str, Any]) -> dict[str, Any]:
    return {"TransactItems": [{"Put": one} for one in puts]}


ALIASES = {"#c": "cluster", "#i": "item"}
BOUNDS = {":c": "trades", ":a": "a", ":b": "b"}
BETWEEN = "#c = :c AND #i BETWEEN :a AND :b"
ONE = {":one": {"N": "1"}}
BIG = {"document": {"S": "x" * (MOST - FIXED + 1)}}

REFUSALS = {
    "a reserved word in a key condition": Refusal(
        "query",
        query("cluster = :c AND #i BETWEEN :a AND :b", {"#i": "item"}, BOUNDS),
        "reserved keyword: cluster",
    ),
    "a reserved word in a condition": Refusal(
        "put_item", condition("attribute_not_exists(cluster)", {}, {}), "reserved keyword: cluster"
    ),
    "a reserved word in a transaction's condition": Refusal(
        "transact_write_items",
        transaction(condition("attribute_not_exists(cluster)", {}, {})),
        "reserved keyword: cluster",
    ),
    "a reserved word in a projection": Refusal(
        "get_item",
        {"TableName": TABLE, "Key": KEY, "ProjectionExpression": "cluster"},
        "reserved keyword: cluster",
    ),
    "a reserved word in a filter": Refusal(
        "query",
        query(BETWEEN, ALIASES, BOUNDS | {":v": "1"}, FilterExpression="state = :v"),
        "reserved keyword: state",
    ),
    "a reserved word in an update": Refusal(
        "update_item",
        update("SET #v = :one, state = :one", {"#v": "version"}, ONE),
        "reserved keyword: state",
    ),
    "an alias that nothing uses": Refusal(
        "query", query(BETWEEN, ALIASES | {"#x": "x"}, BOUNDS), r"unused in expressions: keys: \{#x\}"
    ),
    "a value that nothing uses": Refusal(
        "query", query(BETWEEN, ALIASES, BOUNDS | {":x": "x"}), r"unused in expressions: keys: \{:x\}"
    ),
    "an alias that is not defined": Refusal(
        "query",
        query(BETWEEN, {"#c": "cluster"}, BOUNDS),
        r"not defined; attribute name: #i|missed key schema element: item",
    ),
    "a value that is not defined": Refusal(
        "query",
        query(BETWEEN, ALIASES, {":c": "trades", ":a": "a"}),
        r"not defined; attribute value: :b|Invalid condition in KeyConditionExpression",
    ),
    "aliases without an expression": Refusal(
        "put_item",
        put({}, ExpressionAttributeNames={"#v": "version"}),
        "can only be specified when using expressions",
    ),
    "an empty expression": Refusal(
        "put_item", put({}, ConditionExpression=""), "expression can not be empty"
    ),
    "an expression over 4 KB": Refusal(
        "put_item",
        condition(" OR ".join(["#v = :one"] * 400), {"#v": "version"}, ONE),
        "Expression size has exceeded the maximum allowed size",
    ),
    "a key condition without the partition key": Refusal(
        "query",
        query("#i BETWEEN :a AND :b", {"#i": "item"}, {":a": "a", ":b": "b"}),
        "Query condition missed key schema element: cluster",
    ),
    "a key condition on another attribute": Refusal(
        "query",
        query("#c = :c AND #d = :a", {"#c": "cluster", "#d": "document"}, {":c": "trades", ":a": "a"}),
        "Query condition missed key schema element",
    ),
    "bounds in the wrong order": Refusal(
        "query",
        query(BETWEEN, ALIASES, {":c": "trades", ":a": "b", ":b": "a"}),
        "BETWEEN operator requires upper bound to be greater than or equal to lower bound",
    ),
    "a filter on a key": Refusal(
        "query",
        query("#c = :c", ALIASES, {":c": "trades", ":a": "a"}, FilterExpression="#i = :a"),
        "Filter Expression can only contain non-primary key attributes",
    ),
    "a page that begins with half a key": Refusal(
        "query",
        query(BETWEEN, ALIASES, BOUNDS, ExclusiveStartKey={"cluster": {"S": "trades"}}),
        "The provided starting key is invalid|Exclusive Start Key must have same size as table's key schema",
    ),
    "an empty partition key": Refusal("put_item", put({"cluster": {"S": ""}}), "empty string.*Key: cluster"),
    "an empty sort key": Refusal("put_item", put({"item": {"S": ""}}), "empty string.*Key: item"),
    "an empty key in a read": Refusal(
        "get_item", {"TableName": TABLE, "Key": KEY | {"item": {"S": ""}}}, "empty string.*Key: item"
    ),
    "an empty key in a batch": Refusal(
        "batch_get_item",
        {"RequestItems": {TABLE: {"Keys": [KEY | {"cluster": {"S": ""}}]}}},
        "empty string.*Key: cluster",
    ),
    "an empty key in a condition of a query": Refusal(
        "query", query(BETWEEN, ALIASES, BOUNDS | {":c": ""}), "empty string.*Key: cluster"
    ),
    "an empty key in a transaction": Refusal(
        "transact_write_items", transaction(put({"cluster": {"S": ""}})), "empty string|ValidationError"
    ),
    "a key of another type": Refusal(
        "put_item", put({"cluster": {"N": "1"}}), "Type mismatch for key cluster expected: S actual: N"
    ),
    "an item without its sort key": Refusal(
        "put_item",
        {"TableName": TABLE, "Item": {"cluster": {"S": "trades"}}},
        "Missing the key item in the item",
    ),
    "a read with half a key": Refusal(
        "get_item",
        {"TableName": TABLE, "Key": {"cluster": {"S": "trades"}}},
        "ValidationException",
    ),
    "a partition key over 2048 bytes": Refusal(
        "put_item", put({"cluster": {"S": "x" * 2049}}), "size limit of ?2048 bytes|size limit of2048"
    ),
    "a sort key over 1024 bytes": Refusal(
        "put_item", put({"item": {"S": "x" * 1025}}), "size limit of 1024 bytes"
    ),
    "an item over 400 KB": Refusal("put_item", put(BIG), "Item size has exceeded the maximum allowed size"),
    "an item over 400 KB in a transaction": Refusal(
        "transact_write_items", transaction(put(BIG)), "exceeded the maximum allowed size|ValidationError"
    ),
    "an item that an update makes larger than 400 KB": Refusal(
        "update_item",
        update("SET #d = :d", {"#d": "document"}, {":d": BIG["document"]}),
        "Item size to update has exceeded the maximum allowed size",
    ),
    "an update of a key": Refusal(
        "update_item",
        update("SET #i = :i", {"#i": "item"}, {":i": {"S": "x"}}),
        "Cannot update attribute item. This attribute is part of the key",
    ),
    "an update of one path twice": Refusal(
        "update_item",
        update("SET #v = :one, #v = :one", {"#v": "version"}, ONE),
        "Two document paths overlap with each other",
    ),
    "an update of a path and of a part of it": Refusal(
        "update_item",
        update("SET #v = :one, #v.#x = :one", {"#v": "version", "#x": "x"}, ONE),
        "paths overlap|invalid for update",
    ),
    "a number that is none": Refusal(
        "put_item", put({"version": {"N": "one"}}), "cannot be converted to a numeric value"
    ),
    "a number of more than 38 digits": Refusal(
        "put_item", put({"version": {"N": "1" * 39}}), "more than 38 significant digits"
    ),
    "an item twice in one transaction": Refusal(
        "transact_write_items",
        transaction(put({}), put({"document": {"S": "x"}})),
        "cannot include multiple operations on one item",
    ),
    "a transaction of more than 100 items": Refusal(
        "transact_write_items",
        transaction(*(put({"item": {"S": str(n)}}) for n in range(101))),
        "less than or equal to 100",
    ),
    "a key twice in one batch": Refusal(
        "batch_get_item", {"RequestItems": {TABLE: {"Keys": [KEY, KEY]}}}, "contains duplicates"
    ),
    "a batch of more than 100 keys": Refusal(
        "batch_get_item",
        {"RequestItems": {TABLE: {"Keys": [KEY | {"item": {"S": str(n)}} for n in range(101)]}}},
        "Too many items requested for the BatchGetItem call|less than or equal to 100",
    ),
    "a table that is not there": Refusal(
        "get_item", {"TableName": OTHER_TABLE, "Key": KEY}, "ResourceNotFoundException"
    ),
}
