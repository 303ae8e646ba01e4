"""The situation: the facts on which one decision about one cluster is made."""

from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.core.group import Group
from chalicelib.core.ledger import Ledger
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.wake_ups import SetFloor


class Doubt(msgspec.Struct, frozen=True):
    """Something about a cluster that cannot be used or believed, as operators read it (rule 15).

    Raising and walls go on. What cannot be undone waits: nobody who may hold data is released.
    """

    case: Literal["configuration", "ambiguous", "unreadable"]
    text: str


class Situation(msgspec.Struct, frozen=True):
    """The ledger already folded with the group as described, the cluster's settings, and the time.

    `floors` are the operators' requests for capacity that arrived with this decision and are within MaxSize.
    `doubts` are what stands against every release, and is told.
    """

    ledger: Ledger
    group: Group
    settings: ClusterSettings
    now: datetime
    floors: tuple[SetFloor, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def on(self, ledger: Ledger) -> "Situation":
        """Return the same situation on another ledger."""
        return msgspec.structs.replace(self, ledger=ledger)
