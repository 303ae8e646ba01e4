"""The session of docs/q.md: its own text says what is typed in which terminal, and what is seen then."""

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from .errors import QError
from .files import Disk, Text
from .network import Network
from .process import Process
from .show import shown
from .values import names_of

# Long enough for an RDB that tries its tickerplant again, as a person takes to go to another terminal.
BETWEEN = 3.0


class Typed(NamedTuple):
    """One line that is typed, with its prompt, and what is seen after it."""

    terminal: str
    line: str
    seen: list[str]


def typed(page: str) -> Iterator[Typed]:
    """Yield what the page's blocks have; the paragraph before a block names the terminal."""
    terminal, inside = "", False
    last: Typed | None = None
    for line in page.splitlines():
        if line.startswith("```"):
            inside = not inside
            if not inside and last:
                yield last
                last = None
        elif not inside:
            if found := re.match(r"Terminal (\d)|In the shell", line):
                terminal = found[1] or "shell"
        elif line.startswith(("q)", "$ ")):
            if last:
                yield last
            last = Typed(terminal, line, [])
        elif last:
            last.seen.append(line.rstrip())


class Session:
    """Three terminals on one machine."""

    def __init__(self, network: Network, environment: dict[str, str]) -> None:
        self._network, self._environment, self._disk = network, environment, Disk()
        self.processes: dict[str, Process] = {}
        for folder in ("/tmp/hw", "/tmp/hw1", "/tmp/hw2"):  # noqa: S108 - of the disk in memory
            self._disk.make_folder(folder)

    def enter(self, terminal: str, line: str) -> list[str]:
        """Type a line, after some time; return what is seen."""
        self._network.run(BETWEEN)
        prompt, text = line[:2], line[2:]
        if prompt == "$ ":
            return self._shell(terminal, shlex.split(text))
        process = self.processes[terminal]
        if text == "\\\\":
            self._network.end(process, 0)
            return []
        if text.startswith("\\"):
            process.system(text[1:])
            return []
        process.handle = 0
        try:
            return shown(process.evaluate(text))
        except QError as error:
            return [f"'{error}"]

    def _shell(self, terminal: str, words: list[str]) -> list[str]:
        given = dict(word.split("=", 1) for word in words if "=" in word)
        match [word for word in words if "=" not in word]:
            case ["cat", path]:
                content = self._disk.find(path)
                return list(content.lines) if isinstance(content, Text) else []
            case ["ls", path]:
                return names_of(self._disk.at(path))
            case ["q", *arguments]:
                port = int(arguments[arguments.index("-p") + 1])
                script = arguments[0] if arguments[0].endswith(".q") else ""
                environment = {**self._environment, **given}
                address = ("localhost", port)
                self.processes[terminal] = self._network.process(self._disk, environment, address, "", script)
                return []
        raise AssertionError(f"the command {words}")
