"""The processes of a walk: each has a part of the states, and ends when the process that asks it is gone."""

import os
from collections.abc import Callable, Iterable
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple, Protocol

LOOKS_EVERY = 1.0


class Working(Protocol):
    """What a process does: its methods are asked by their names."""

    tell: Callable[[int, int], None]


class Progress(NamedTuple):
    """How much of its work a process has done."""

    done: int
    of: int


def _serve(part: Working, end: Connection, parent: int) -> None:
    def tell(done: int, of: int) -> None:
        if os.getppid() != parent:
            raise SystemExit(1)
        end.send(Progress(done, of))

    part.tell = tell
    while True:
        # Others that were forked may keep its pipe open, so that its end is seen by the parent's number only.
        while not end.poll(LOOKS_EVERY):
            if os.getppid() != parent:
                return
        name, args = end.recv()
        end.send(getattr(part, name)(*args))


class Process:
    """A part in a process of its own."""

    def __init__(self, part: Working) -> None:
        context = get_context("fork")
        self.end, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(part, theirs, os.getpid()), daemon=True)
        self._process.start()

    def close(self) -> None:
        """End its process."""
        self._process.terminate()
        self._process.join()


def ask(
    parts: list[Process],
    questions: Iterable[tuple[int, tuple[Any, ...]]],
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[Any]:
    """Ask parts, which work at once; return the answers in the order of the questions.

    `told` gets how much all have done of what they were asked, whenever one says so.
    """
    asked = list(questions)
    waiting: dict[int, list[int]] = {}
    for at, (own, (name, *args)) in enumerate(asked):
        parts[own].end.send((name, args))
        waiting.setdefault(own, []).append(at)
    answers: list[Any] = [None] * len(asked)
    progress: dict[int, Progress] = {}
    while waiting:
        ready = wait([parts[own].end for own in waiting])
        for own in [own for own in waiting if parts[own].end in ready]:
            got = parts[own].end.recv()
            if isinstance(got, Progress):
                progress[own] = got
                told(sum(each.done for each in progress.values()), sum(each.of for each in progress.values()))
                continue
            answers[waiting[own].pop(0)] = got
            if not waiting[own]:
                del waiting[own]
    return answers
