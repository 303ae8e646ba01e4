"""Processes that end when this one does, whatever ends it: none is left over."""

import subprocess
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

# Reads until nobody holds the other end of its pipe any more, then ends its group and itself.
LEADER = ("/bin/sh", "-c", "cat > /dev/null; kill -9 0")


class ProcessGroup:
    """A group of its own, so that ^C on the terminal reaches this process alone. A context manager."""

    def __enter__(self) -> Self:
        self._leader = subprocess.Popen(  # noqa: S603 - our own command line
            LEADER, stdin=subprocess.PIPE, process_group=0
        )
        self._started: list[subprocess.Popen[str]] = []
        return self

    def start(self, command: Sequence[str], **options: Any) -> "subprocess.Popen[str]":
        """Start a process of the group; `options` are those of Popen."""
        process = subprocess.Popen(  # noqa: S603 - our own command lines
            command, process_group=self._leader.pid, text=True, **options
        )
        self._started.append(process)
        return process

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._leader.stdin is not None
        self._leader.stdin.close()
        self._leader.wait()
        for process in self._started:
            process.wait()
