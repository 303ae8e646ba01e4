"""How Highwater refuses, on both sides of the contract."""


class HighwaterError(Exception):
    """Something that a caller or an operator can act on; the message says what."""


class BadInput(HighwaterError):
    """A field of a report, command or request breaks a rule: names both."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule
