"""The file systems that the processes see, in memory: texts, stored values, and logs with damage."""

from dataclasses import dataclass, field

from .errors import QError
from .values import EMPTY, Mixed, Value, symbol, symbols

# Bytes: q's header of a list, and what a record is taken to need.
HEADER, RECORD = 8, 64


@dataclass
class Text:
    """Lines."""

    lines: tuple[str, ...]


@dataclass
class Stored:
    """What `set` wrote."""

    value: Value


@dataclass
class Log:
    """Records that were appended; the first `synced` of them outlive the writer's host.

    `torn` are bytes of a record that was cut off; `bad` is the place of a record that cannot be read.
    """

    records: list[Value] = field(default_factory=list)
    synced: int = 0
    torn: int = 0
    bad: int | None = None
    # The host that writes it: a sync there brings it to the disk, one elsewhere does not.
    host: str = ""
    header: int = HEADER

    @property
    def size(self) -> int:
        """Bytes."""
        return self.header + RECORD * len(self.records) + self.torn

    def readable(self) -> int:
        """Return how many records there are before the first that cannot be read."""
        return len(self.records) if self.bad is None else self.bad

    def truncate(self, size: int) -> None:
        """Cut off all after that many bytes."""
        whole = max(0, size - HEADER) // RECORD
        self.torn = max(0, size - HEADER) % RECORD
        self.header = min(self.header, size)
        del self.records[whole:]
        self.synced = min(self.synced, whole)
        if self.bad is not None and self.bad >= whole:
            self.bad = None


class Disk:
    """Files by path. `full` and `broken` are prefixes of paths where nothing can be written, or renamed."""

    def __init__(self) -> None:
        self.files: dict[str, Text | Stored | Log] = {}
        self.folders: set[str] = {"/"}
        self.full: set[str] = set()
        self.broken: set[str] = set()

    def check_writable(self, path: str) -> None:
        """Raise QError where the disk is full, or there is no such folder."""
        if any(path.startswith(prefix) for prefix in self.full):
            raise QError(f"{path}. OS reports: No space left on device")
        if path.rpartition("/")[0] not in self.folders:
            raise QError(f"{path}. OS reports: No such file or directory")

    def write(self, path: str, content: Text | Stored | Log) -> None:
        """Replace a file."""
        self.check_writable(path)
        self.files[path] = content

    def find(self, path: str) -> Text | Stored | Log:
        """Return a file's content. Raises QError if there is none."""
        if path not in self.files:
            raise QError(f"{path}. OS reports: No such file or directory")
        return self.files[path]

    def log(self, path: str) -> Log:
        """Return a log. Raises QError for what is none."""
        found = self.find(path)
        if not isinstance(found, Log):
            raise QError(f"{path}: no log")
        return found

    def move(self, old: str, new: str) -> None:
        """Rename a file into place."""
        if any(new.startswith(prefix) for prefix in self.broken):
            raise QError("os")
        self.files[new] = self.find(old)
        del self.files[old]

    def move_folder(self, old: str, new: str) -> None:
        """Rename a folder, as `mv -T` does: never into one that has something in it."""
        if old not in self.folders or self.below(new) or any(new.startswith(one) for one in self.broken):
            raise QError("os")
        for path in self.below(old):
            self.files[new + path[len(old) :]] = self.files.pop(path)
        moved = {one for one in self.folders if f"{one}/".startswith(f"{old}/")}
        self.folders = (self.folders - moved) | {new + one[len(old) :] for one in moved}

    def remove(self, path: str) -> None:
        """Delete a folder with all that is in it, if there is one."""
        for one in self.below(path):
            del self.files[one]
        self.folders = {one for one in self.folders if not f"{one}/".startswith(f"{path}/")}

    def below(self, folder: str) -> list[str]:
        """Return the paths of all files in a folder and in those below it."""
        return [path for path in self.files if path.startswith(f"{folder}/")]

    def copy(self, old: str, new: str) -> None:
        """Copy a file."""
        found = self.find(old)
        self.check_writable(new)
        self.files[new] = (
            Log(**{**vars(found), "records": list(found.records)}) if isinstance(found, Log) else found
        )

    def make_folder(self, path: str) -> None:
        """Create a folder and those above it."""
        while path not in ("", "/"):
            self.folders.add(path)
            path = path.rpartition("/")[0]

    def at(self, path: str) -> Value:
        """Return `key` of a path: its own symbol, the names in a folder, or nothing."""
        if path in self.files:
            return symbol(f":{path}")
        if path not in self.folders:
            return EMPTY
        inside = {name[len(path) + 1 :].partition("/")[0] for name in {*self.files, *self.folders}
                  if name.startswith(f"{path}/")}  # fmt: skip
        return symbols(sorted(inside))

    def stored(self, path: str) -> Value:
        """Return `get` of a file."""
        match self.find(path):
            case Stored(value):
                return value
            case Log() as log:
                return Mixed(tuple(log.records))
        raise QError(f"{path}: no value")

    def lose(self, folder: str) -> None:
        """Lose what no file's closing or syncing has brought to the disk: the writer's host died."""
        for path, content in self.files.items():
            if path.startswith(folder) and isinstance(content, Log):
                del content.records[content.synced :]
