"""DynamoDB: the ledger and the calendar of each cluster, versioned documents, and one item per decision."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import batched
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from chalicelib.adapters.calendars import CalendarRead, calendar_text
from chalicelib.adapters.clients import (
    Together,
    Unreadable,
    code_of,
    in_order,
    read,
    taken,
    write,
)
from chalicelib.adapters.documents import Beyond, Undecodable, decoded, encoded, text_of
from chalicelib.adapters.items import (
    CALENDAR,
    END_OF_DECISIONS,
    LEDGER,
    STAND_INS,
    decision_item,
    decision_key,
    key,
    put_of,
    result_item,
    time_of,
)
from chalicelib.adapters.recorded import decision_of
from chalicelib.contract.release import RELEASE
from chalicelib.core.decision import Decision
from chalicelib.core.facts.calendar import KeptCalendar
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.stand_in import mended
from chalicelib.core.results import CommandResult

KEYS_A_CALL = 100
# Another writer was there first, or is at it in a transaction.
LOST = ("ConditionalCheckFailedException", "TransactionConflictException")
Span = tuple[datetime | None, datetime | None]

Item = dict[str, Any]


class Ledgers:
    """One table: partition key `cluster` and sort key `item` (see items.py)."""

    def __init__(self, client: Any, table: str, together: Together = in_order) -> None:
        self._client = client
        self._table = table
        self._together = together
        # What a read found beside the ledger, by cluster, for the write that follows it.
        self._beyond: dict[str, Beyond] = {}
        self._standing_in: dict[str, str] = {}
        self._mended: dict[str, dict[str, int]] = {}
        self._calendars: dict[str, CalendarRead] = {}

    def read(self, cluster: str) -> Ledger:
        """Return the newest ledger of a cluster; an empty one of version 0 when there is none.

        Where it cannot be decoded it is the one that stands in for it. `calendar_of` has the calendar that
        was read with it. Raises Unreadable.
        """
        items = self._items([key(cluster, name) for name in (LEDGER, CALENDAR, *STAND_INS)])
        self._calendars[cluster] = CalendarRead.of(cluster, items.get((cluster, CALENDAR)))
        return self._whole(cluster, items)

    def _whole(self, cluster: str, items: Mapping[tuple[str, str], Item]) -> Ledger:
        """Return a ledger with what stood in for it, or what stands in for it now. Raises Undecodable."""
        self._mended[cluster] = {}
        try:
            ledger = self._decoded(cluster, items.get((cluster, LEDGER)))
        except Undecodable as error:
            return self._stand_in(cluster, items, error)
        unmended: list[str] = []
        for name in STAND_INS:
            try:
                stand_in = _written(cluster, items.get((cluster, name)))
            except Undecodable as error:
                unmended.append(f"item {name}: {error}")
                continue
            if stand_in:
                self._mended[cluster][name] = stand_in.version
                ledger = mended(ledger, stand_in)
        return msgspec.structs.replace(ledger, unmended="; ".join(unmended))

    def read_many(
        self, clusters: Iterable[str], whole: Collection[str] = ()
    ) -> dict[str, Ledger | Unreadable]:
        """Return the ledgers of many clusters, the `whole` ones as `read` does. Raises Unreadable.

        Of the others it does not look for what stood in for them while they could not be read. An error in
        the place of one is no other cluster's trouble (rule 14). One call reads up to 100 items or 16 MB: 50
        ledgers with their calendars.
        """
        names = sorted({*clusters, *whole})
        keys = [key(cluster, name) for cluster in names for name in (LEDGER, CALENDAR)]
        items = self._items(keys + [key(cluster, name) for cluster in whole for name in STAND_INS])
        ledgers: dict[str, Ledger | Unreadable] = {}
        for cluster in names:
            self._calendars[cluster] = CalendarRead.of(cluster, items.get((cluster, CALENDAR)))
            try:
                if cluster in whole:
                    ledgers[cluster] = self._whole(cluster, items)
                else:
                    ledgers[cluster] = self._decoded(cluster, items.get((cluster, LEDGER)))
            except Undecodable as error:
                ledgers[cluster] = error
        broken = {cluster: why for cluster, why in ledgers.items() if isinstance(why, Undecodable)}
        stand_ins = self._items([key(cluster, name) for cluster in broken for name in STAND_INS])
        for cluster, why in broken.items():
            with suppress(Undecodable):
                ledgers[cluster] = self._stand_in(cluster, stand_ins, why)
        return ledgers

    def calendar_of(self, cluster: str) -> KeptCalendar:
        """Return the calendar of a cluster as its last read found it."""
        return self._calendars[cluster].kept

    def _stand_in(self, cluster: str, items: Mapping[tuple[str, str], Item], why: Undecodable) -> Ledger:
        """Return the ledger that stands in: the first item that can be read, or is free to be written.

        Raises Undecodable where none is.
        """
        for name in STAND_INS:
            with suppress(Undecodable):
                known = _written(cluster, items.get((cluster, name))) or Ledger(cluster)
                self._standing_in[cluster] = name
                return msgspec.structs.replace(known, stands_in=str(why))
        raise why

    def _decoded(self, cluster: str, item: Item | None) -> Ledger:
        """Return the ledger of an item, and keep what of it is unknown for the write that follows."""
        self._beyond.pop(cluster, None)
        if item is None:
            return Ledger(cluster)
        ledger, beyond = decoded(cluster, text_of(cluster, item))
        if beyond:
            self._beyond[cluster] = beyond
        return ledger

    def _items(self, keys: list[dict[str, Any]]) -> dict[tuple[str, str], Item]:
        """Return the items that are there, by cluster and sort key."""
        parts = [partial(self._in_calls, list(some)) for some in batched(keys, KEYS_A_CALL)]
        found: dict[tuple[str, str], Item] = {}
        for answer in self._together(parts):
            found |= taken(answer)
        return found

    def _in_calls(self, left: list[dict[str, Any]]) -> dict[tuple[str, str], Item]:
        """Return what is there of some items, in as many calls as their size needs."""
        found: dict[tuple[str, str], Item] = {}
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

    def owes_write(self, cluster: str) -> bool:
        """Return whether the last read found what stood in for the ledger, which is blanked with a write."""
        return bool(self._mended.get(cluster))

    def commit(
        self,
        ledger: Ledger,
        decision: Decision | None,
        results: Iterable[CommandResult] = (),
        calendar: KeptCalendar | None = None,
    ) -> Ledger | None:
        """Write the ledger as the next version, with the decision if it is worth a record, or neither.

        `results` are what the decision made of operators' commands, `calendar` is what it has the calendar
        be, if that is another. Returns the ledger as written, or None when another writer was there first.
        Raises Unwritten.
        """
        written = msgspec.structs.replace(ledger, version=ledger.version + 1, release=RELEASE)
        puts = [self._put_ledger(written)]
        if decision is not None:
            items = [result_item(result, decision, written.version) for result in results]
            items.append(decision_item(decision, written.version))
            puts += [{"Put": {"TableName": self._table, "Item": item}} for item in items]
        if calendar is not None:
            read = self._calendars[ledger.cluster]
            where, text = key(ledger.cluster, CALENDAR), calendar_text(calendar.calendar)
            puts.append(put_of(self._table, where, read.version, read.version + 1, text))
        for name, version in self._mended.get(ledger.cluster, {}).items():
            puts.append(put_of(self._table, key(ledger.cluster, name), version, 0, ""))
        if len(puts) == 1:
            done = write("PutItem", lambda: self._put_one(puts[0]["Put"]))
        else:
            done = write("TransactWriteItems", lambda: self._put(puts))
        if not done:
            return None
        self._mended.pop(ledger.cluster, None)
        return written

    def _put_one(self, put: dict[str, Any]) -> bool:
        """Return the same of one item, which costs half of what it does in a transaction.

        A transaction has a token by which DynamoDB knows it when the SDK sends it again. Of an item that was
        written and not answered, the item itself shows that.
        """
        try:
            self._client.put_item(**put, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ClientError as error:
            if code_of(error) not in LOST:
                raise
            return bool(error.response.get("Item") == put["Item"])
        return True

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
            yield decision_id, decision_of(decision_id, item["document"]["S"])

    def _put_ledger(self, ledger: Ledger) -> dict[str, Any]:
        """A ledger that stands in is an item of its own: what it stands in for is not overwritten."""
        name = self._standing_in.get(ledger.cluster, STAND_INS[0]) if ledger.stands_in else LEDGER
        document = encoded(ledger, None if ledger.stands_in else self._beyond.get(ledger.cluster))
        where = key(ledger.cluster, name)
        return put_of(self._table, where, ledger.version - 1, ledger.version, document)


def _written(cluster: str, item: Item | None) -> Ledger | None:
    """Return the ledger that stood in; None where none did. Once that is mended it is left blank.

    Raises Undecodable.
    """
    text = text_of(cluster, item) if item else ""
    return decoded(cluster, text)[0] if text else None
