"""The situation: the facts on which one decision about one cluster is made."""

from datetime import datetime

import msgspec

from chalicelib.core.group import Group
from chalicelib.core.ledger import Ledger
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.wake_ups import SetFloor


class Situation(msgspec.Struct, frozen=True):
    """The ledger already folded with the group as described, the cluster's settings, and the time.

    `floors` are the operators' requests for capacity that arrived with this decision and are within MaxSize.
    """

    ledger: Ledger
    group: Group
    settings: ClusterSettings
    now: datetime
    floors: tuple[SetFloor, ...] = ()

    def on(self, ledger: Ledger) -> "Situation":
        """Return the same situation on another ledger."""
        return msgspec.structs.replace(self, ledger=ledger)
