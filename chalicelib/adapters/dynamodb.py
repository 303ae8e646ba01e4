"""DynamoDB: the ledger of each cluster, one versioned document, and one item per decision."""

from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any

import msgspec

from chalicelib.adapters.clients import Unreadable, read, write
from chalicelib.adapters.items import LEDGER, decision_item, key, result_item
from chalicelib.core.decision import Decision
from chalicelib.core.ledger import Ledger
from chalicelib.core.results import CommandResult

KEYS_A_CALL = 100


class Ledgers:
    """One table: partition key `cluster`, sort key `item` (see items.py)."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, cluster: str) -> Ledger:
        """Return the newest ledger of a cluster; an empty one of version 0 when there is none.

        Raises Unreadable.
        """
        where = key(cluster, LEDGER)
        answer = read(
            "GetItem", lambda: self._client.get_item(TableName=self._table, Key=where, ConsistentRead=True)
        )
        return _ledger(answer["Item"]) if "Item" in answer else Ledger(cluster)

    def read_many(self, clusters: Iterable[str]) -> dict[str, Ledger | Unreadable]:
        """Return the ledgers of many clusters; one that is missing is empty. Raises Unreadable.

        A ledger that cannot be decoded is an error in its place: it is no other cluster's trouble (rule 14).
        One call reads up to 100 ledgers or 16 MB.
        """
        ledgers: dict[str, Ledger | Unreadable] = {cluster: Ledger(cluster) for cluster in clusters}
        for some in batched(sorted(ledgers), KEYS_A_CALL):
            keys = [key(cluster, LEDGER) for cluster in some]
            while keys:
                answer = self._batch(keys)
                for item in answer["Responses"][self._table]:
                    try:
                        ledgers[item["cluster"]["S"]] = _ledger(item)
                    except Unreadable as error:
                        ledgers[item["cluster"]["S"]] = error
                left = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
                if len(left) >= len(keys):
                    raise Unreadable(f"BatchGetItem left all of {len(keys)} ledgers unread")
                keys = left
        return ledgers

    def _batch(self, keys: list[dict[str, Any]]) -> dict[str, Any]:
        request = {self._table: {"Keys": keys, "ConsistentRead": True}}
        return read("BatchGetItem", lambda: self._client.batch_get_item(RequestItems=request))

    def commit(
        self, ledger: Ledger, decision: Decision | None, results: Iterable[CommandResult] = ()
    ) -> Ledger | None:
        """Write the ledger as the next version, with the decision if it is worth a record, or neither.

        `results` are what the decision made of operators' commands. Returns the ledger as written, or None
        when another writer was there first. Raises Unwritten.
        """
        written = msgspec.structs.replace(ledger, version=ledger.version + 1)
        puts = [self._put_ledger(written)]
        if decision is not None:
            items = [result_item(result, decision, written.version) for result in results]
            items.append(decision_item(decision, written.version))
            puts += [{"Put": {"TableName": self._table, "Item": item}} for item in items]
        return written if write("TransactWriteItems", lambda: self._put(puts)) else None

    def _put(self, puts: list[dict[str, Any]]) -> bool:
        """Return whether the items were written; not if another writer was there first."""
        try:
            self._client.transact_write_items(TransactItems=puts)
        except self._client.exceptions.TransactionCanceledException as error:
            codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if codes & {"ConditionalCheckFailed", "TransactionConflict"}:
                return False
            raise
        return True

    def record_outcome(self, decision: Decision, version: int) -> None:
        """Write the decision again with its outcome; `version` is the one that it was committed with.

        Raises Unwritten.
        """
        item = decision_item(decision, version)
        write("PutItem", lambda: self._client.put_item(TableName=self._table, Item=item))

    def decisions(
        self, cluster: str, limit: int, before: str | None = None
    ) -> Iterator[tuple[str, Decision]]:
        """Yield the newest decisions first, each with its id; `before` is the id to go on from.

        Raises Unreadable.
        """
        bound = f"decision#{before}" if before else "decision$"
        # One call returns up to 1 MB.
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#cluster = :cluster AND #item BETWEEN :first AND :bound",
            # CLUSTER is a reserved word of DynamoDB: every expression gives its names aliases.
            ExpressionAttributeNames={"#cluster": "cluster", "#item": "item"},
            ExpressionAttributeValues={
                ":cluster": {"S": cluster},
                ":first": {"S": "decision#"},
                ":bound": {"S": bound},
            },
            ScanIndexForward=False,
            PaginationConfig={"MaxItems": limit + 1, "PageSize": limit + 1},
        )
        items = read("Query", lambda: [item for page in pages for item in page["Items"]])
        found = [(item["item"]["S"].removeprefix("decision#"), item) for item in items]
        for decision_id, item in [pair for pair in found if pair[0] != before][:limit]:
            yield decision_id, msgspec.json.decode(item["document"]["S"], type=Decision)

    def _put_ledger(self, ledger: Ledger) -> dict[str, Any]:
        document = msgspec.json.encode(ledger).decode()
        version = {"N": str(ledger.version)}
        return {
            "Put": {
                "TableName": self._table,
                "Item": {**key(ledger.cluster, LEDGER), "version": version, "document": {"S": document}},
                "ConditionExpression": "attribute_not_exists(#version) OR #version = :read",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":read": {"N": str(ledger.version - 1)}},
            }
        }


def _ledger(item: dict[str, Any]) -> Ledger:
    try:
        return msgspec.json.decode(item["document"]["S"], type=Ledger)
    except msgspec.DecodeError as error:
        raise Unreadable(f"the ledger of {item['cluster']['S']} cannot be decoded: {error}") from error
