"""Errors of the control plane, one class per cause."""

from chalicelib.contract.errors import HighwaterError
from chalicelib.contract.names import CLUSTER_TAG, ROLE_TAG, Role


class UnknownCluster(HighwaterError):
    """No RDB group carries the cluster's tag; `why` names the group that did, or that is another's."""

    def __init__(self, cluster: str, why: str = "") -> None:
        missing = f"cluster: no group is tagged {ROLE_TAG}={Role.RDB} and {CLUSTER_TAG}={cluster}"
        super().__init__(f"cluster: {why}" if why else missing)


class NoCalendar(HighwaterError):
    """A cluster has no calendar."""

    def __init__(self, cluster: str) -> None:
        super().__init__(f"calendar: {cluster} has none")


class LedgerContended(HighwaterError):
    """Other writers won the ledger's condition each time; the message goes back to the queue."""


class UnknownCommand(HighwaterError):
    """No command of a cluster has this id."""

    def __init__(self, cluster: str, command_id: str) -> None:
        super().__init__(f"command_id: {cluster} has no command {command_id}")
