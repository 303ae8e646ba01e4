"""The state that survives a restart: the sequence, so that a later report always has a higher one."""

import os
from pathlib import Path

import msgspec

from ..contract.report import Report
from .reports import Drained


class Unwritable(Exception):
    """The state directory cannot be written; the message names it and says why."""


class Entry(msgspec.Struct, frozen=True):
    """The newest sequence in use, the newest report that the topic accepted, the last `drained` sent."""

    sequence: int = 0
    report: Report | None = None
    drained: Drained | None = None


class Journal:
    """One small file, always replaced as a whole."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "reported.json"

    def read(self) -> Entry:
        """Read the last entry, or an empty one: then the sequence continues from the time."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Entry)
        except (OSError, msgspec.DecodeError, RecursionError):
            return Entry()

    def write(self, entry: Entry) -> None:
        """Replace the entry. Raises Unwritable."""
        new = self._file.with_suffix(".new")
        try:
            new.write_bytes(msgspec.json.encode(entry))
            os.replace(new, self._file)
        except OSError as error:
            raise Unwritable(f"{self._file}: {error.strerror}") from error
