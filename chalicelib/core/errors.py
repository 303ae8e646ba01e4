"""Every way in which Highwater refuses, one class per cause."""


class HighwaterError(Exception):
    """Something that a caller or an operator can act on; the message says what."""


class BadInput(HighwaterError):
    """A field of a report, command or request breaks a rule: names both."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class UnknownCluster(HighwaterError):
    """No RDB group carries the cluster's tag."""

    def __init__(self, cluster: str) -> None:
        super().__init__(f"cluster: no group is tagged highwater:role=rdb and highwater:cluster={cluster}")


class BadSettings(HighwaterError):
    """The tags of a group do not describe a cluster that can be run."""


class LedgerContended(HighwaterError):
    """Other writers won the ledger's condition each time; the message goes back to the queue."""
