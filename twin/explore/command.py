"""`python -m twin explore`: arguments in, a table, the ways to break promises and an exit code out."""

import argparse
import json
import os
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from highwater.values import Argument, add_arguments, number, output
from twin.explore.judge import PROMISES
from twin.explore.walk import Limits, Walked, walk

HELP = """Walks breadth first through all orders of what can happen to a cluster of three RDBs.
The real core and controller decide, on a small AWS that may do at any time what AWS may do. A state that was
seen is not walked again. Random walks (twin fuzz) find what is likely; this shows what is possible.

  python -m twin explore --depth 5        a first look, in seconds
  python -m twin explore                  as deep as fifteen minutes allow, depth 12 at most
  python -m twin explore --depth 5 --interference 1

One step is a message that a function takes up (with what it reads and writes in the ledger), one further call
of a function, one move of AWS, one change of an RDB, or time that passes. Messages come late, twice or never,
reads are fresh or stale, and a function may stop before any call, or work beside another. What people and
forgers do counts as --interference steps: 4 let a walk of 12 steps have at most three of them.

docs/safety.md has what is in this world, and what is not. Exit status 1 says that a promise was broken: the
shortest way is printed, step by step. A limit that ends the walk is no error: the table says how deep it is
complete.
"""
ARGUMENTS: tuple[Argument, ...] = (
    ("--depth", number(1, 100, whole=True), 12, "N", "the most steps of a way"),
    ("--states", number(1, 10**9, whole=True), 10**8, "N", "stop after so many distinct states"),
    ("--seconds", number(1, 10**6), 900, "SECONDS", "stop after so much time"),
    (
        "--interference",
        number(1, 100, whole=True),
        4,
        "N",
        "the steps that an act of people or forgers costs",
    ),
    ("--workers", number(1, 64, whole=True), os.cpu_count(), "N", "processes that share the states"),
    ("--json", output, None, "FILE", "write every figure and way here"),
)


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "explore",
        help="walk through every order of what can happen to a small cluster",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser, ARGUMENTS)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Walk; return 0, or 1 when a promise was broken."""
    limits = Limits(args.depth, args.states, args.seconds, args.interference)
    started = time.perf_counter()
    walked = walk(limits, args.workers, _progress(started))
    seconds = time.perf_counter() - started
    if args.json:
        args.json.write_text(json.dumps(_figures(args, walked, seconds), indent=2) + "\n")
    console = Console()
    for promise, way in walked.ways.items():
        console.print(
            f"Broken: {promise}: {PROMISES[promise]}. The shortest way:", markup=False, highlight=False
        )
        for at, text in enumerate(way, start=1):
            console.print(f"  {at}. {text}", markup=False, highlight=False, soft_wrap=True)
        console.print()
    console.print(_table(walked, seconds))
    return 1 if walked.ways else 0


def _progress(started: float) -> Callable[[str], None]:
    """Return what prints a line with the time, on a terminal and into a pipe alike."""
    progress = Console(stderr=True)

    def told(line: str) -> None:
        progress.print(f"{line}, {time.perf_counter() - started:.0f} s", highlight=False)

    return told


def _figures(args: argparse.Namespace, walked: Walked, seconds: float) -> dict[str, Any]:
    return {
        "depth": args.depth,
        "interference": args.interference,
        "complete_to_depth": walked.complete,
        "states": walked.states,
        "steps": walked.steps,
        "seconds": round(seconds, 1),
        "broken": {promise: walked.ways.get(promise, []) for promise in PROMISES},
    }


def _table(walked: Walked, seconds: float) -> Table:
    shown = Table(title="Every order of what can happen", show_header=False)
    shown.add_row("states before the last step", f"{walked.states:,}")
    shown.add_row("steps tried", f"{walked.steps:,}")
    shown.add_row("complete to depth", str(walked.complete))
    shown.add_row("seconds", f"{seconds:.0f}")
    for promise, text in PROMISES.items():
        way = walked.ways.get(promise)
        result = f"broken in {len(way)} steps" if way else "0"
        shown.add_row(f"{promise}: {text}", result, style="red" if way else "")
    return shown
