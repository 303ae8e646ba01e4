"""DynamoDB: the ledger of each cluster, one versioned document, and one item per decision."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import batched
from typing import Any, TypeGuard

import msgspec

from chalicelib.adapters.clients import Unreadable, read, write
from chalicelib.adapters.documents import Beyond, Undecodable, decoded, encoded
from chalicelib.adapters.items import (
    END_OF_DECISIONS,
    LEDGER,
    STAND_IN,
    decision_item,
    decision_key,
    key,
    result_item,
    time_of,
)
from chalicelib.core.decision import Decision
from chalicelib.core.ledger import Ledger
from chalicelib.core.results import CommandResult
from chalicelib.core.stand_in import mended

KEYS_A_CALL = 100
Span = tuple[datetime | None, datetime | None]

Item = dict[str, Any]


class Ledgers:
    """One table: partition key `cluster`, sort key `item` (see items.py)."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        # What a read found beside the ledger, by cluster, for the write that follows it.
        self._beyond: dict[str, Beyond] = {}
        self._mended: set[str] = set()

    def read(self, cluster: str) -> Ledger:
        """Return the newest ledger of a cluster; an empty one of version 0 when there is none.

        Where it cannot be decoded it is the one that stands in for it. Raises Unreadable.
        """
        items = self._items([key(cluster, LEDGER), key(cluster, STAND_IN)])
        stand_in = items.get((cluster, STAND_IN))
        try:
            ledger = self._decoded(cluster, items.get((cluster, LEDGER)))
        except Undecodable as error:
            return _standing_in(cluster, stand_in, error)
        if not _is_written(stand_in):
            return ledger
        self._mended.add(cluster)
        return mended(ledger, decoded(cluster, stand_in["document"]["S"])[0])

    def read_many(self, clusters: Iterable[str]) -> dict[str, Ledger | Unreadable]:
        """Return the ledgers of many clusters. Raises Unreadable.

        An error in the place of one is no other cluster's trouble (rule 14). One call reads up to 100 ledgers
        or 16 MB.
        """
        names = sorted(set(clusters))
        items = self._items([key(cluster, LEDGER) for cluster in names])
        ledgers: dict[str, Ledger | Unreadable] = {}
        for cluster in names:
            try:
                ledgers[cluster] = self._decoded(cluster, items.get((cluster, LEDGER)))
            except Undecodable as error:
                ledgers[cluster] = error
        broken = {cluster: why for cluster, why in ledgers.items() if isinstance(why, Undecodable)}
        stand_ins = self._items([key(cluster, STAND_IN) for cluster in broken])
        for cluster, why in broken.items():
            with suppress(Undecodable):
                ledgers[cluster] = _standing_in(cluster, stand_ins.get((cluster, STAND_IN)), why)
        return ledgers

    def _decoded(self, cluster: str, item: Item | None) -> Ledger:
        """Return the ledger of an item, and keep what of it is unknown for the write that follows."""
        self._beyond.pop(cluster, None)
        if item is None:
            return Ledger(cluster)
        ledger, beyond = decoded(cluster, item["document"]["S"])
        if beyond:
            self._beyond[cluster] = beyond
        return ledger

    def _items(self, keys: list[dict[str, Any]]) -> dict[tuple[str, str], Item]:
        """Return the items that are there, by cluster and sort key."""
        found: dict[tuple[str, str], Item] = {}
        for some in batched(keys, KEYS_A_CALL):
            left = list(some)
            while left:
                asked = len(left)
                answer = self._batch(left)
                items = answer["Responses"][self._table]
                found |= {(item["cluster"]["S"], item["item"]["S"]): item for item in items}
                left = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
                if len(left) >= asked:
                    raise Unreadable(f"BatchGetItem left all of {asked} items unread")
        return found

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
        if ledger.cluster in self._mended:
            blank = {**key(ledger.cluster, STAND_IN), "version": {"N": "0"}, "document": {"S": ""}}
            puts.append({"Put": {"TableName": self._table, "Item": blank}})
        if not write("TransactWriteItems", lambda: self._put(puts)):
            return None
        self._mended.discard(ledger.cluster)
        return written

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
        self, cluster: str, limit: int, before: str | None = None, span: Span = (None, None)
    ) -> Iterator[tuple[str, Decision]]:
        """Yield the newest decisions first, each with its id; `before` is the id to go on from.

        `span` is the first time wanted and the end, which is not. Raises Unreadable.
        """
        since, until = span
        first = decision_key(time_of(since)) if since else decision_key("")
        ends = [decision_key(end) for end in (before, time_of(until) if until else None) if end]
        bound = min(ends, default=END_OF_DECISIONS)
        if bound < first:
            return
        # One call returns up to 1 MB.
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#cluster = :cluster AND #item BETWEEN :first AND :bound",
            # CLUSTER is a reserved word of DynamoDB: every expression gives its names aliases.
            ExpressionAttributeNames={"#cluster": "cluster", "#item": "item"},
            ExpressionAttributeValues={
                ":cluster": {"S": cluster},
                ":first": {"S": first},
                ":bound": {"S": bound},
            },
            ScanIndexForward=False,
            PaginationConfig={"MaxItems": limit + 1, "PageSize": limit + 1},
        )
        items = read("Query", lambda: [item for page in pages for item in page["Items"]])
        found = [(item["item"]["S"].removeprefix(decision_key("")), item) for item in items]
        for decision_id, item in [pair for pair in found if pair[0] != before][:limit]:
            yield decision_id, msgspec.json.decode(item["document"]["S"], type=Decision)

    def _put_ledger(self, ledger: Ledger) -> dict[str, Any]:
        """A ledger that stands in is an item of its own: what it stands in for is not overwritten."""
        where = key(ledger.cluster, STAND_IN if ledger.stands_in else LEDGER)
        document = encoded(ledger, None if ledger.stands_in else self._beyond.get(ledger.cluster))
        version = {"N": str(ledger.version)}
        return {
            "Put": {
                "TableName": self._table,
                "Item": {**where, "version": version, "document": {"S": document}},
                "ConditionExpression": "attribute_not_exists(#version) OR #version = :read",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":read": {"N": str(ledger.version - 1)}},
            }
        }


def _is_written(stand_in: Item | None) -> TypeGuard[Item]:
    """Once the ledger is mended its stand-in is left blank."""
    return stand_in is not None and bool(stand_in["document"]["S"])


def _standing_in(cluster: str, stand_in: Item | None, why: Undecodable) -> Ledger:
    known = decoded(cluster, stand_in["document"]["S"])[0] if _is_written(stand_in) else Ledger(cluster)
    return msgspec.structs.replace(known, stands_in=str(why))
