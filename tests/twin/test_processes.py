"""Real processes that are interrupted, and what is left of them."""

import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from highwater.checkout import ROOT

LIMIT = 60.0
PARENT = """
import subprocess
from twin.processes.group import ProcessGroup
with ProcessGroup() as processes:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [processes.start(["sleep", "100"], **quiet) for _ in range(2)]
    print(*(process.pid for process in started), flush=True)
    started[0].wait()
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@linux
def test_processes_end_with_the_one_that_started_them_even_when_it_is_killed(tmp_path: Path) -> None:
    with _started(["-c", PARENT], tmp_path) as parent:
        assert parent.stdout is not None
        pids = parent.stdout.readline().split()
        assert all(_runs(pid) for pid in pids)
        parent.kill()
        # Whoever leads the group writes to the same pipe.
        assert parent.stdout.read() == ""
        deadline = monotonic() + LIMIT
        while any(_runs(pid) for pid in pids):
            assert monotonic() < deadline


@linux
def test_the_demo_tells_lines_without_a_terminal_and_an_interrupt_leaves_no_process(tmp_path: Path) -> None:
    with _started(["-m", "twin", "demo"], tmp_path) as demo:
        assert demo.stdout is not None
        while "live, InService" not in demo.stdout.readline():
            assert demo.poll() is None
        assert len(_of(tmp_path)) == 2
        demo.send_signal(signal.SIGINT)
        assert demo.stdout.read().endswith("stopped\n")
        assert demo.wait(LIMIT) == 130
        assert _of(tmp_path) == []


def test_the_demo_tells_the_day_to_its_end(tmp_path: Path) -> None:
    with _started(["-m", "twin", "demo", "--hosts", "2"], tmp_path) as demo:
        assert demo.stdout is not None
        told = demo.stdout.read()
        assert demo.wait(LIMIT) == 0
    phases = [
        "filling: ",
        "filled: ",
        "end of day: ",
        "proof accepted",
        "  released: ",
        "promises broken: 0.",
        "A gateway was asked ",
        "; wrong: 0.",
        "gap: updates 1 to ",
    ]
    assert sorted(phases, key=told.index) == phases
    asked, right, named = map(int, re.findall(r"\d+", told.partition("A gateway was ")[2])[:3])
    assert asked == right + named > 5
    # While a q is killed.
    assert 0 < named < right


def _started(arguments: list[str], scratch: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own command lines
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Whoever runs the tests in the background ignores interrupts, and so would its children.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
    )


def _of(scratch: Path) -> list[str]:
    """The processes that were started for a directory."""
    pids = [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if str(scratch) in _command(pid)]


def _runs(pid: str) -> bool:
    """True if a process exists and has not ended. Just after its start it may have no command line yet."""
    try:
        status = Path("/proc", pid, "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return "State:\tZ" not in status


def _command(pid: str) -> str:
    """The command line of a process; empty when it has ended, reaped or not."""
    try:
        return Path("/proc", pid, "cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
