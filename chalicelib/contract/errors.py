"""Refusals that hosts and the control plane share."""


class HighwaterError(Exception):
    """A cause that a caller or an operator can act on; the message says which."""


class BadInput(HighwaterError):
    """A field of a report, command or request breaks a rule; the message names both."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule
