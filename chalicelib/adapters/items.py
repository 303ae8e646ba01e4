"""The items of the ledger's table: what each is called, and what it holds.

One cluster has `ledger`, a `decision#ID` for each recorded decision, and for each operator's command
`command#ID#asked` and `command#ID#result#DECISION`. All but the ledger are written once and kept for 90 days.
While the ledger cannot be read, `stand-in` is another in its place.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.core.decision import Decision
from chalicelib.core.results import CommandResult
from chalicelib.core.wake_ups import Command

LEDGER = "ledger"
STAND_IN = "stand-in"
KEPT = timedelta(days=90)
DECISION_ID = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z-[0-9]{12}"


class CommandRequest(msgspec.Struct, frozen=True):
    """A command as the API queued it, and the digest of the request that asked for it."""

    command: Command
    digest: str


def decision_id(decision: Decision, version: int) -> str:
    """Return the name of a decision in the API and the log: its time and the version of the ledger."""
    return f"{decision.at:%FT%T.%fZ}-{version:012d}"


def key(cluster: str, item: str) -> dict[str, Any]:
    """Return the key of one item."""
    return {"cluster": {"S": cluster}, "item": {"S": item}}


def asked(command_id: str) -> str:
    """Return the sort key of a command as it was asked for."""
    return f"command#{command_id}#asked"


def decision_item(decision: Decision, version: int) -> dict[str, Any]:
    """Return the item of a decision."""
    name = f"decision#{decision_id(decision, version)}"
    return _item(decision.cluster, name, decision, decision.at)


def request_item(cluster: str, request: CommandRequest) -> dict[str, Any]:
    """Return the item of a command as it was asked for."""
    command = request.command
    return _item(cluster, asked(command.command_id), request, command.at)


def result_item(result: CommandResult, decision: Decision, version: int) -> dict[str, Any]:
    """Return the item of what one decision made of a command; a later one does not replace it."""
    result = msgspec.structs.replace(result, decision=decision_id(decision, version))
    name = f"command#{result.command.command_id}#result#{result.decision}"
    return _item(decision.cluster, name, result, decision.at)


def _item(cluster: str, name: str, document: msgspec.Struct, at: datetime) -> dict[str, Any]:
    return {
        **key(cluster, name),
        "document": {"S": msgspec.json.encode(document).decode()},
        "expires_at": {"N": str(int((at + KEPT).timestamp()))},
    }
