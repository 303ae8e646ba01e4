"""One line of the table that `make bench` prints."""

from typing import NamedTuple


class Row(NamedTuple):
    """A figure, and beside it the same figure of something known, measured in the same run."""

    what: str
    value: float
    unit: str
    reference: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The value in references; None where there is none."""
        return self.value / self.reference if self.reference else None
