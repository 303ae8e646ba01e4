"""The items of the ledger's table: what each is called, and what it holds.

One cluster has `ledger`, a `decision#ID` for each recorded decision, and for each operator's command
`command#ID#asked` and `command#ID#result#DECISION`. All but the ledger are written once and kept for 90 days.
While the ledger cannot be read, `stand-in` is another in its place, or `stand-in-2` while neither can.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.core.decision import Decision
from chalicelib.core.facts.wake_ups import Command
from chalicelib.core.results import CommandResult

LEDGER = "ledger"
STAND_INS = ("stand-in", "stand-in-2")
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


def key(cluster: str, item: str) -> dict[str, Any]:
    """Return the key of one item."""
    return {"cluster": {"S": cluster}, "item": {"S": item}}


def asked(command_id: str) -> str:
    """Return the sort key of a command as it was asked for."""
    return f"command#{command_id}#asked"


def decision_item(decision: Decision, version: int) -> dict[str, Any]:
    """Return the item of a decision."""
    return _item(decision.cluster, decision_key(decision_id(decision, version)), decision, decision.at)


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
