"""What passes between two releases, as JSON schemas: as a script, of the release on its path."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.adapters.items import CommandRequest
from chalicelib.contract import names, presigned
from chalicelib.contract.names import Role
from chalicelib.contract.report import Report
from chalicelib.contract.tickerplant import TickerplantReport
from chalicelib.core.decision import Decision
from chalicelib.core.facts.calendar import Calendar
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.wake_ups import WakeUp
from chalicelib.core.results import CommandResult

KINDS = (Role, Report, TickerplantReport, WakeUp, Ledger, Calendar, Decision, CommandRequest, CommandResult)


def schemas() -> dict[str, Any]:
    """Return the schema of each type that what passes is made of, by its name, and of names and proofs."""
    _, types = msgspec.json.schema_components(KINDS, ref_template="{name}")
    shared = {name: value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}
    forms = {name: form for name, (form, _) in presigned._FORMS.items()}
    types |= {"names": _fixed(shared), "proof": _fixed(forms)}
    shown: dict[str, Any] = json.loads(json.dumps(types))
    return shown


def _fixed(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the schema of what each release has the same of."""
    return {"properties": {name: {"enum": [text]} for name, text in texts.items()}}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schemas()))
