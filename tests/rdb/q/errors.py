"""The ways in which evaluation ends early."""

from typing import Any


class QError(Exception):
    """An error that q itself would signal, and that q code may trap; the text is q's, without the quote."""


class Unsupported(Exception):
    """A construct or a use that this evaluator does not know, or that is surely a mistake. Never trapped."""


class Returned(Exception):
    """A function's early return."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Exited(BaseException):
    """The process ended itself by `exit`."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
