"""`system`: the commands of q and of the shell that the files use, on the disks in memory."""

import shlex
from typing import Any

from .errors import QError, Unsupported
from .files import Log
from .values import EMPTY, Value, long, symbol

MILLISECOND = 10**6


def run(process: Any, command: str) -> Value:
    """Run one. Raises QError where the command fails, and Unsupported for one that is not known."""
    words = shlex.split(command)
    match words:
        case ["t"]:
            return long(process.timer)
        case ["t", period]:
            process.timer = int(period)
            process.next_tick = process.network.now + process.timer * MILLISECOND
        case ["p", port]:
            process.port = int(port)
        case ["l", script]:
            process.load(process.network.script(script), script)
        case ["sleep", _]:
            pass
        case ["cat", path]:
            return process.read_lines(symbol(f":{path}"))
        case [("mkdir" | "truncate" | "sync" | "mv" | "cp"), *_]:
            _shell(process.disk, words)
        case _:
            raise Unsupported(f"the command {command}")
    return EMPTY


def _shell(disk: Any, words: list[str]) -> None:
    match words:
        case ["mkdir", "-p", path]:
            disk.make_folder(path)
        case ["truncate", "-s", size, path]:
            disk.check_writable(path)
            disk.log(path).truncate(int(size))
        case ["sync", "-f", path]:
            _synced(disk, path)
        case ["sync", path]:
            if path not in disk.files:
                raise QError("os")
            _synced(disk, path)
        case ["mv", "-f", old, new]:
            disk.move(old, new)
        case ["cp", old, new]:
            disk.copy(old, new)
        case _:
            raise Unsupported(f"the command {shlex.join(words)}")


def _synced(disk: Any, folder: str) -> None:
    for path, content in disk.files.items():
        if path.startswith(folder) and isinstance(content, Log):
            content.synced = len(content.records)
