"""What a process does with files: texts, stored values, logs and their replay."""

from collections.abc import Sequence
from typing import Any

from . import splayed
from .errors import QError, Unsupported
from .files import Disk, Log, Stored, Text
from .primitives import PRIMITIVES
from .values import Atom, Hole, Mixed, Value, Vector, collect, elements, long, string, text_of


class FileAccess:
    """The part of a process that has to do with its disk."""

    disk: Disk
    folder: str
    handles: dict[int, Any]
    memory: tuple[int, int]
    names: dict[str, Value]

    def read(self, name: str) -> Value:
        """Return the value of a global name."""
        raise NotImplementedError

    def step(self, what: str) -> None:
        """Note something that outlives the process."""
        raise NotImplementedError

    def write(self, name: str, value: Value) -> None:
        """Set a global name."""
        raise NotImplementedError

    def apply(self, function: Value, given: Sequence[Value | Hole]) -> Value:
        """Apply a value to arguments."""
        raise NotImplementedError

    def _path(self, value: Value) -> str:
        text = text_of(value)
        if not (isinstance(value, Atom) and text.startswith(":")):
            raise QError("type")
        return text.removeprefix(":")

    def at_path(self, text: str) -> Value:
        """Return `key` of a path."""
        return self.disk.at(text.removeprefix(":"))

    def get(self, name: Value) -> Value:
        """Return `get` of a name or a file."""
        return (
            self.disk.stored(self._path(name)) if text_of(name).startswith(":") else self.read(text_of(name))
        )

    def set(self, name: Value, value: Value) -> Value:
        """Set a name, or store into a file; an empty list is the beginning of a log."""
        if not text_of(name).startswith(":"):
            self.write(text_of(name), value)
            return name
        path = self._path(name)
        if path.endswith("/"):
            splayed.create(self, path, value)
            return name
        self.step(path)
        self.disk.write(path, Log() if value == Mixed(()) else Stored(value))
        return name

    def upsert(self, name: Value, rows: Value) -> Value:
        """Append rows to a splayed table."""
        splayed.append(self, self._splayed(name), rows)
        return name

    def sort(self, names: Value, table: Value) -> Value:
        """Sort a splayed table."""
        splayed.sort(self, names, self._splayed(table))
        return table

    def amend_file(self, table: Value, column: Value, function: Value) -> Value:
        """Change a column of a splayed table."""
        splayed.amend(self, self._splayed(table), column, function)
        return table

    def _splayed(self, name: Value) -> str:
        if not (isinstance(name, Atom) and name.kind == "s" and name.value.startswith(":")):
            raise Unsupported("what is no path of a table on disk")
        return self._path(name)

    def delete_file(self, name: Value) -> Value:
        """Return `hdel` of a file."""
        path = self._path(name)
        self.disk.find(path)
        self.step(path)
        del self.disk.files[path]
        return name

    def size(self, file: Value) -> Value:
        """Return `hcount`, for logs alone."""
        return long(self.disk.log(self._path(file)).size)

    def read_lines(self, file: Value) -> Value:
        """Return `read0` of a text."""
        content = self.disk.find(self._path(file))
        if not isinstance(content, Text):
            raise Unsupported("read0 of what is no text")
        return Mixed(tuple(string(line) for line in content.lines))

    def write_lines(self, file: Value, lines: Value) -> Value:
        """Write lines as a text."""
        parts = elements(lines)
        if isinstance(lines, Vector) or not all(isinstance(one, Vector) and one.kind == "c" for one in parts):
            raise QError("type")
        self.disk.write(self._path(file), Text(tuple(text_of(one) for one in parts)))
        return file

    def read_bytes(self, handle: Value) -> Value:
        """Return what a file of the kernel has."""
        path = self.handles.get(getattr(handle, "value", 0))
        if path != "fifo:///proc/meminfo":
            raise QError(f"{path}. OS reports: No such file or directory")
        total, available = self.memory
        return string(f"MemTotal: {total} kB\nMemFree: 1 kB\nMemAvailable: {available} kB\n")

    def play(self, wanted: Value) -> Value:
        """Return `-11!`: give a log's records to `.z.ps`, or tell how many can be read."""
        number, file = elements(wanted) if isinstance(wanted, Mixed) else (long(-1), wanted)
        log = self.disk.log(self._path(file))
        first = getattr(number, "value", -1)
        if first == -2:
            if log.torn or log.bad is not None:
                return collect([long(log.readable()), long(log.header + log.readable() * 64)])
            return long(len(log.records))
        if first < -1:
            raise Unsupported(f"-11! of the number {first}")
        most = log.readable() if first < 0 else min(first, log.readable())
        hear = self.names.get(".z.ps", PRIMITIVES["value"])
        for record in log.records[:most]:
            self.apply(hear, [record])
        # A torn end is no error for who asks for the records before it; KX's page on replay does so.
        if log.bad is not None and (first < 0 or first > most):
            raise QError("badtail")
        return long(most)
