"""What must outlive the reporter: its sequence, so that a report after a restart is newer than before."""

import os
from pathlib import Path

import msgspec

from ..contract.report import Report


class Unwritable(Exception):
    """The state directory cannot be used: the text names it and says why."""


class Entry(msgspec.Struct, frozen=True):
    """The newest sequence that was given out, and the newest report that the topic took."""

    sequence: int = 0
    report: Report | None = None


class Journal:
    """One small file, replaced as a whole."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "reported.json"

    def read(self) -> Entry:
        """The last entry; an empty one where none can be read: the sequence goes on from the time."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Entry)
        except (OSError, msgspec.DecodeError):
            return Entry()

    def write(self, entry: Entry) -> None:
        """Raises Unwritable."""
        new = self._file.with_suffix(".new")
        try:
            new.write_bytes(msgspec.json.encode(entry))
            os.replace(new, self._file)
        except OSError as error:
            raise Unwritable(f"{self._file}: {error.strerror}") from error
