"""`python -m twin demo` and `python -m twin chaos`: arguments in, what happened and an exit status out."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from highwater.values import SEED, Argument, add_arguments, number
from twin.processes.asking import Answers
from twin.processes.chaos import Act, Outcome, chaos
from twin.processes.cluster import TIMINGS, Processes, Settings
from twin.processes.day import live_through
from twin.processes.screen import Screen

SCALE, ROLL = 40.0, 85.0
RATE = 9000.0
MOST_HOSTS = 12
# Slow enough to be read.
UNHURRIED = replace(TIMINGS, selected=1.5, terminating=2.0)
STOPPED = 130

DEMO_HELP = """Runs a day in about a minute, with real processes. Each RDB host has a program that plays q,
over kdb+ IPC, and the real reporter. The real functions decide. AWS is emulated; it launches and terminates
hosts in about a second.

The next host is launched at 40 % of memory, not at 60 % as in `twin day`, because here an RDB is full within
seconds. At 85 % the live RDB hands over and keeps its rows. At the end of the day all but the live one drain,
prove it, and are released. Meanwhile a gateway is asked once a second for the count of all rows. It must say
the tickerplant's count less what is persisted and dropped, or name what it misses, as while a q is killed.

On the screen, `with room` counts the RDBs that can take more, `terminate` takes instances out of the group
together with their places, and `complete hook` lets them end, after the same check again.

  python -m twin demo                 eight hosts
  python -m twin demo --hosts 3       half a minute
  python -m twin demo | cat           lines instead of a display

Exit status 1 says that a promise was broken. ^C ends everything that was started.
"""

CHAOS_HELP = """Kills processes of up to four RDB hosts with kill -9, up to three in a round: the reporter, q,
the metadata service, or the host's way to AWS. Meanwhile updates come in, the live RDB rolls, days end and
drains are asked for. What was killed comes back in any order. Then the ledger must have the state and window
that q says. No q with rows may ever be reported as drained, no loaded RDB may be terminated, and the last day
must end with one host. A gateway is asked once a second for the count of all rows, as in `twin demo`.

The seed decides who is killed and when; how fast the processes are is up to the machine. Exit status 1 says
that a promise was broken; the hosts' directories, with the reporters' logs, are then kept.

  python -m twin chaos --rounds 200 --seed 1     about a quarter of an hour
"""


HOSTS, ROUNDS = number(2, MOST_HOSTS, whole=True), number(1, 10**6, whole=True)
DEMO: tuple[Argument, ...] = (("--hosts", HOSTS, 8, "N", "how many RDBs are live, one after the other"),)
CHAOS: tuple[Argument, ...] = (
    ("--rounds", ROUNDS, 20, "N", "how many rounds to run"),
    ("--seed", SEED, 1, "N", "the same seed, the same rounds"),
)


def add_to(commands: Any) -> None:
    """Add the subcommands."""
    for name, text, description, arguments, runs in (
        ("demo", "run a day with real processes, live", DEMO_HELP, DEMO, run_demo),
        ("chaos", "kill real processes in any order, and compare", CHAOS_HELP, CHAOS, run_chaos),
    ):
        raw = argparse.RawDescriptionHelpFormatter
        command = commands.add_parser(name, help=text, description=description, formatter_class=raw)
        add_arguments(command, arguments)
        command.set_defaults(run=runs)


def run_demo(args: argparse.Namespace) -> int:
    """Live through a day; return 0, or 1 when it broke a promise."""
    console = _console()
    with _stopped_by_hand(console), _scratch() as directory, Path(os.devnull).open("w") as log:
        cluster = Processes(directory, log, Settings(SCALE, ROLL, MOST_HOSTS + 1, UNHURRIED))
        screen = Screen(console, cluster, args.hosts)
        console.print("The control plane is deployed into the embedded AWS first, some seconds.")
        with cluster.running():
            cluster.watch = screen.look
            with screen.shown():
                lived = live_through(cluster, args.hosts, RATE)
        console.print(
            f"{lived.hosts} RDBs took {lived.updates:,} updates in {lived.seconds:.0f} s; {lived.released} "
            f"were released; promises broken: {len(lived.broken)}.",
            soft_wrap=True,
        )
        _tell_gateway(console, lived.answers)
        _tell_broken(console, lived.broken, directory)
    return int(bool(lived.broken))


def run_chaos(args: argparse.Namespace) -> int:
    """Run so many rounds; return 0, or 1 when a promise was broken."""
    console = _console()

    def told(number: int, acts: list[Act], took: float) -> None:
        text = f"{number:4}  agreed after {took:4.1f} s: {', '.join(map(str, acts))}"
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    with _stopped_by_hand(console), _scratch() as directory, Path(os.devnull).open("w") as log:
        outcome = chaos(directory, log, args.rounds, args.seed, told)
        console.print(table(outcome))
        _tell_broken(console, outcome.broken, directory)
    return int(bool(outcome.broken))


def table(outcome: Outcome) -> Table:
    """Return the outcome of a run for a terminal."""
    shown = Table(title=f"chaos, seed {outcome.seed}", show_header=False)
    shown.add_row("rounds", f"{outcome.rounds}")
    for what, count in sorted(outcome.acts.items()):
        shown.add_row(what, f"{count}")
    shown.add_row("reports", f"{outcome.reports}, {outcome.drained_reports} of them drained")
    shown.add_row("hosts released", f"{outcome.ended}")
    shown.add_row("a gateway", f"{outcome.answers}")
    if outcome.took:
        median, most = sorted(outcome.took)[len(outcome.took) // 2], max(outcome.took)
        shown.add_row("seconds until all agreed", f"median {median:.1f}, most {most:.1f}")
    shown.add_row("promises broken", f"{len(outcome.broken)}")
    return shown


def _console() -> Console:
    # By name: while a function runs, what the process prints is its log.
    return Console(file=sys.stdout, highlight=False)


def _tell_gateway(console: Console, answers: Answers) -> None:
    named = "".join(f"\n  {gap}" for gap in dict.fromkeys(answers.gaps))
    text = f"A gateway was {answers}; wrong: {len(answers.wrong)}.{named}"
    console.print(text, markup=False, soft_wrap=True)


def _tell_broken(console: Console, broken: tuple[str, ...] | list[str], directory: Path) -> None:
    for sentence in broken:
        console.print(f"A promise was broken: {sentence}", markup=False, soft_wrap=True)
    if broken:
        kept = shutil.copytree(directory, tempfile.mkdtemp(prefix="highwater-kept-"), dirs_exist_ok=True)
        console.print(f"The hosts' directories are kept in {kept}", soft_wrap=True)


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="highwater-") as directory:
        yield Path(directory)


@contextmanager
def _stopped_by_hand(console: Console) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        console.print("stopped")
        raise SystemExit(STOPPED) from None
