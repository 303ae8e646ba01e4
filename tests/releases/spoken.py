"""What passes between two releases, as JSON schemas: as a script, of the release on its path."""

import json
import sys
from typing import Any

import msgspec

from chalicelib.adapters.items import CommandRequest
from chalicelib.contract.report import Report
from chalicelib.contract.tickerplant import TickerplantReport
from chalicelib.core.decision import Decision
from chalicelib.core.facts.calendar import Calendar
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.wake_ups import WakeUp
from chalicelib.core.results import CommandResult

KINDS = (Report, TickerplantReport, WakeUp, Ledger, Calendar, Decision, CommandRequest, CommandResult)


def schemas() -> dict[str, Any]:
    """Return the schema of each type that what passes is made of, by its name."""
    _, types = msgspec.json.schema_components(KINDS, ref_template="{name}")
    shown: dict[str, Any] = json.loads(json.dumps(types))
    return shown


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schemas()))
