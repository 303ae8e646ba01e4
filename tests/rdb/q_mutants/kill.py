"""Runs the tests of the q files against broken ones, each break in a process of its own."""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.rdb.q.network import Network

from .mutants import Mutant

TESTS = Path(__file__).resolve().parents[1]
# Those that run the AWS CLI, that only read the files, and of the evaluator alone.
_APART = {"test_q_aws.py", "test_q_door.py", "test_q_source.py", "test_q_language.py", "test_q_mutants.py"}
# Tests that break a file themselves to see a walk or a session fail.
_BREAKING = ("an_edit", "a_walk_finds", "does_not_hold", "breaks_off")
# Of the processor: a break may make two processes talk for ever.
LONGEST_SECONDS = 60

type Told = Callable[[Mutant, str], None]


class Killer:
    """A plugin of pytest that runs the tests once as they are, and then for each mutant until one fails.

    `told` is called with each mutant and the test that killed it, empty if none did. `failed` is the test
    that fails without a mutant; then there are none. `tests` are the modules to run.
    """

    def __init__(self, mutants: Sequence[Mutant], processes: int, told: Told, tests: str) -> None:
        self._mutants, self._processes, self._told, self._modules = mutants, processes, told, tests
        self.failed = ""
        self._seconds: dict[str, float] = {}

    def run(self) -> None:
        """Run all."""
        modules = sorted(str(path) for path in TESTS.glob(self._modules) if path.name not in _APART)
        options = ["-o", "addopts=", "-s", "-p", "no:cacheprovider", "-p", "no:terminal"]
        pytest.main([*options, *modules], plugins=[self])

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call":
            self._seconds[report.nodeid] = report.duration
        if report.failed:
            self.failed = report.nodeid

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = [one for one in session.items if not any(word in one.name for word in _BREAKING)]
        touched: dict[str, list[pytest.Item]] = {}
        for item in items:
            with _noted() as files:
                _run(item)
            if self.failed:
                return True
            for file in files:
                touched.setdefault(file, []).append(item)
        for tests in touched.values():
            tests.sort(key=lambda item: self._seconds[item.nodeid])
        for mutant, killer in self._killed(touched):
            self._told(mutant, killer)
        return True

    def _killed(self, touched: dict[str, list[pytest.Item]]) -> Iterator[tuple[Mutant, str]]:
        waiting = deque(self._mutants)
        running: dict[int, tuple[Mutant, int]] = {}
        while waiting or running:
            while waiting and len(running) < self._processes:
                mutant = waiting.popleft()
                child, answer = self._start(mutant, touched.get(mutant.file, []))
                running[child] = mutant, answer
            child, status = os.wait()
            mutant, answer = running.pop(child)
            with os.fdopen(answer) as told:
                killer = told.read()
            yield mutant, f"no end within {LONGEST_SECONDS} s" if os.WIFSIGNALED(status) else killer

    def _start(self, mutant: Mutant, items: Sequence[pytest.Item]) -> tuple[int, int]:
        """Run tests in a process of their own; return it, and what to read the test that failed from."""
        sys.stdout.flush()
        answer, told = os.pipe()
        if child := os.fork():
            os.close(told)
            return child, answer
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_SECONDS)
        Network.broken[mutant.file] = mutant.text()
        for item in items:
            _run(item)
            if self.failed:
                os.write(told, self.failed.rpartition("/")[2].encode())
                break
        os._exit(0)


def _run(item: pytest.Item) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)


class _noted:  # noqa: N801 - used as a function
    """Notes the files that processes of q load meanwhile."""

    def __enter__(self) -> set[str]:
        files: set[str] = set()
        self._script = script = Network.script

        def noting(network: Network, path: str) -> str:
            files.add(Path(path).name)
            return script(network, path)

        Network.script = noting  # type: ignore[method-assign, assignment]
        return files

    def __exit__(self, *_: object) -> None:
        Network.script = self._script  # type: ignore[method-assign]
