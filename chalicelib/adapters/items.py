"""The items of the ledger's table: what each is called, what it holds, and how a versioned one is put.

The partition of a cluster, which has its name, holds `ledger` and a `decision#ID` for each recorded decision.
`calendar` is beside the ledger, and left blank once it is removed.
While the ledger cannot be read, `stand-in` is another in its place, or `stand-in-2` while neither can.
Operators' commands are in a partition of their own, CLUSTER`#commands`, which is all that the API's role may
write (.chalice/policy-api.json): each has `ID#asked`, and `ID#result#DECISION` for what became of it.
A command's items are written once, a decision's again with its outcome. Both are kept for 90 days.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.core.decision import Decision
from chalicelib.core.facts.wake_ups import Command
from chalicelib.core.results import CommandResult

LEDGER = "ledger"
CALENDAR = "calendar"
STAND_INS = ("stand-in", "stand-in-2")
# No cluster's name has a `#` (contract/names.py), so no ledger is in such a partition.
COMMANDS = "#commands"
# The character after `#` sorts after every id.
END_OF_DECISIONS = "decision$"
KEPT = timedelta(days=90)
DECISION_ID = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z-[0-9]{12}"


class CommandRequest(msgspec.Struct, frozen=True):
    """A command as the API queued it, and the digest of the request that asked for it."""

    command: Command
    digest: str


def decision_id(decision: Decision, version: int) -> str:
    """Return the name of a decision in the API and the log: its time and the version of the ledger."""
    return f"{time_of(decision.at)}-{version:012d}"


def time_of(at: datetime) -> str:
    """Return a time in UTC as the id of a decision begins; all are of one length, so they sort by time."""
    return f"{at.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def decision_key(name: str) -> str:
    """Return the sort key of a decision by its id, or of the first whose id begins with a time."""
    return f"decision#{name}"


def key(partition: str, item: str) -> dict[str, Any]:
    """Return the key of one item."""
    return {"cluster": {"S": partition}, "item": {"S": item}}


def commands_of(cluster: str) -> str:
    """Return the partition of a cluster's commands."""
    return f"{cluster}{COMMANDS}"


def command_key(command_id: str) -> str:
    """Return what the sort keys of a command's items begin with."""
    return f"{command_id}#"


def request_key(command_id: str) -> str:
    """Return the sort key of a command as it was asked for; it sorts before those of its results."""
    return f"{command_key(command_id)}asked"


def decision_item(decision: Decision, version: int) -> dict[str, Any]:
    """Return the item of a decision."""
    return _item(decision.cluster, decision_key(decision_id(decision, version)), decision, decision.at)


def request_item(cluster: str, request: CommandRequest) -> dict[str, Any]:
    """Return the item of a command as it was asked for."""
    command = request.command
    return _item(commands_of(cluster), request_key(command.command_id), request, command.at)


def result_item(result: CommandResult, decision: Decision, version: int) -> dict[str, Any]:
    """Return the item of what one decision made of a command; a later one does not replace it."""
    result = msgspec.structs.replace(result, decision=decision_id(decision, version))
    name = f"{command_key(result.command.command_id)}result#{result.decision}"
    return _item(commands_of(decision.cluster), name, result, decision.at)


def put_of(table: str, where: dict[str, Any], read: int, version: int, document: str) -> dict[str, Any]:
    """Return the put of a document as the next version, if its item still has the version that was read."""
    return {
        "Put": {
            "TableName": table,
            "Item": {**where, "version": {"N": str(version)}, "document": {"S": document}},
            "ConditionExpression": "attribute_not_exists(#version) OR #version = :read",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":read": {"N": str(read)}},
        }
    }


def _item(partition: str, name: str, document: msgspec.Struct, at: datetime) -> dict[str, Any]:
    return {
        **key(partition, name),
        "document": {"S": msgspec.json.encode(document).decode()},
        "expires_at": {"N": str(int((at + KEPT).timestamp()))},
    }
