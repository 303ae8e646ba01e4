"""`system`: the commands of q and of the shell that the files use, on the disks in memory."""

import shlex
from typing import Any

from . import splayed
from .errors import QError, Unsupported
from .files import Log
from .values import EMPTY, Atom, Mixed, Value, long, string, symbol

MILLISECOND = 10**6
MADE = "/tmp/made"  # noqa: S108 - of the disk in memory


def run(process: Any, command: str) -> Value:
    """Run one. Raises QError where the command fails, and Unsupported for one that is not known."""
    words = shlex.split(command)
    match words:
        case ["t"]:
            return long(process.timer)
        case ["t", period]:
            process.timer = int(period)
            process.next_tick = process.network.now + process.timer * MILLISECOND
        case ["p"]:
            return Atom("i", process.port)
        case ["p", port]:
            process.port = int(port)
        case ["l", "."]:
            splayed.loaded(process, process.folder)
        case ["l", folder] if folder in process.disk.folders:
            splayed.loaded(process, folder)
        case ["l", script]:
            process.load(process.network.script(script), script)
        case ["sleep", seconds]:
            process.network.run(float(seconds))
        case [*_, "&"]:
            _started(process, words)
        case _:
            return _shell(process, words)
    return EMPTY


def _started(process: Any, words: list[str]) -> None:
    """Start a q in the background, with its settings before it and its output after it."""
    settings = dict(word.split("=", 1) for word in words if "=" in word)
    script, _, port = words[len(settings) + 1 : len(settings) + 4]
    is_folder = script in process.disk.folders
    started = process.network.process(
        process.disk, settings, (process.host, int(port)), script="" if is_folder else script
    )
    if is_folder:
        splayed.loaded(started, script)


def _shell(process: Any, words: list[str]) -> Value:
    disk = process.disk
    process.step(shlex.join(words))
    match words:
        case ["cat", path]:
            lines: Value = process.read_lines(symbol(f":{path}"))
            return lines
        case ["mktemp", "-d"]:
            disk.make_folder(MADE)
            return Mixed((string(MADE),))
        case ["mkdir", "-p", path]:
            disk.make_folder(path)
        case ["mv", "-f", old, new]:
            disk.move(old, new)
        case ["mv", "-T", old, new]:
            disk.move_folder(old, new)
        case ["rm", "-rf", path]:
            disk.remove(path)
        case ["cp", old, new]:
            disk.copy(old, new)
        case _:
            _change(disk, words, process.host)
    return EMPTY


def _change(disk: Any, words: list[str], host: str) -> None:
    match words:
        case ["truncate", "-s", size, path]:
            disk.check_writable(path)
            disk.log(path).truncate(int(size))
        case ["printf", text, ">>", path]:
            disk.log(path).torn += len(text)
        case ["sync", "-f", path]:
            _synced(disk, path, host)
        case ["sync", path]:
            if path not in disk.files:
                raise QError("os")
            _synced(disk, path, host)
        case _:
            raise Unsupported(f"the command {shlex.join(words)}")


def _synced(disk: Any, folder: str, host: str) -> None:
    for path, content in disk.files.items():
        if path.startswith(folder) and isinstance(content, Log) and content.host in ("", host):
            content.synced = len(content.records)
