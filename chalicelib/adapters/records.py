"""DynamoDB: the records of operators' commands, beside the ledger. Each item is written once."""

from typing import Any

import msgspec

from chalicelib.adapters.clients import read, write
from chalicelib.adapters.items import (
    CommandRequest,
    command_key,
    commands_of,
    decision_key,
    key,
    request_item,
    request_key,
)
from chalicelib.adapters.recorded import decision_of, record_of
from chalicelib.core.decision import Decision
from chalicelib.core.results import CommandResult


class CommandRecord(msgspec.Struct, frozen=True):
    """A command as it was asked for, and what became of it, None while it waits."""

    request: CommandRequest
    result: CommandResult | None = None


class Records:
    """The table as the API sees it."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def keep(self, cluster: str, request: CommandRequest) -> bool:
        """Keep a command before it is queued; not if there is one with its id already. Raises Unwritten."""
        return write("PutItem", lambda: self._put(request_item(cluster, request)))

    def _put(self, item: dict[str, Any]) -> bool:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(#item)",
                ExpressionAttributeNames={"#item": "item"},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def command(self, cluster: str, command_id: str) -> CommandRecord | None:
        """Return the record of a command with its first result. Raises Unreadable."""
        answer = read(
            "Query",
            lambda: self._client.query(
                TableName=self._table,
                KeyConditionExpression="#cluster = :cluster AND begins_with(#item, :command)",
                ExpressionAttributeNames={"#cluster": "cluster", "#item": "item"},
                ExpressionAttributeValues={
                    ":cluster": {"S": commands_of(cluster)},
                    ":command": {"S": command_key(command_id)},
                },
                ConsistentRead=True,
                Limit=2,
            ),
        )
        # In the order of their keys: as it was asked, then the first result.
        items = [(item["item"]["S"], item["document"]["S"]) for item in answer["Items"]]
        if not items or items[0][0] != request_key(command_id):
            return None
        name = f"command {command_id}"
        request = record_of(name, items[0][1], CommandRequest)
        result = record_of(name, items[1][1], CommandResult) if items[1:] else None
        return CommandRecord(request, result)

    def decision(self, cluster: str, decision_id: str) -> Decision | None:
        """Return one recorded decision. Raises Unreadable."""
        where = key(cluster, decision_key(decision_id))
        answer = read(
            "GetItem", lambda: self._client.get_item(TableName=self._table, Key=where, ConsistentRead=True)
        )
        if "Item" not in answer:
            return None
        return decision_of(decision_id, answer["Item"]["document"]["S"])
