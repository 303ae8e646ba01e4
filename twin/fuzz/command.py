"""`python -m twin fuzz`: arguments in, a table, a file and an exit code out."""

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from highwater.progress import progress
from highwater.values import Argument, add_arguments
from twin.fuzz.campaign import SHRINKS_FOR, Options, fuzz
from twin.fuzz.releases import AND, HIGHWATER
from twin.fuzz.rules import RULES
from twin.fuzz.tally import INVARIANTS
from twin.release.core import core_of

HELP = """Drives clusters through random days with faults: the real controller against a strict model of AWS.
After each step it checks that no loaded RDB was terminated, that DesiredCapacity fell only with the release
of a named instance, that nothing was launched while there was room, and that every update is held or in the
log.
At the end of each day the faults stop, and the cluster has two and a half
hours to recover: the longest pause between launches is two hours.

A step is one delivered message, one fault that happened or one reconcile. The same steps, seed and rule
give the same run. Exit status 1 says that a promise was broken; the shortest sequence of faults that still
breaks it is printed.

  python -m twin fuzz --steps 1000000 --seed 7
  python -m twin fuzz --steps 100000 --release v0.3.0          this release and that one by turns
  python -m twin fuzz --steps 100000 --rule desired-plus-one   what another autoscaler's rule does

Rules:
  highwater           Highwater's own
  desired-plus-one    reads DesiredCapacity, adds one, writes it; terminates who says that it is drained
  oldest-first        writes a lower number while usage is low; the group terminates its oldest
  missing-is-idle     terminates who has no metric
"""


ARGUMENTS: tuple[Argument, ...] = (
    ("--steps", int, 100_000, "N", "how many steps to run"),
    ("--seed", int, 0, "N", "the same seed, the same run"),
    ("--processes", int, 1, "N", "run so many worlds at once; the figures are the same"),
    ("--json", Path, None, "FILE", "write every figure here"),
    ("--shrink-seconds", float, SHRINKS_FOR, "SECONDS", "the most time to shorten what broke a promise"),
)


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "fuzz",
        help="drive clusters through random days with faults",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--rule", choices=RULES, default="highwater", help="the rule that decides (%(default)s)"
    )
    parser.add_argument(
        "--release",
        metavar="REF",
        help="a tag, branch or commit: its core and this one decide by turns, on one ledger",
    )
    add_arguments(parser, ARGUMENTS)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Fuzz; return 0, or 1 when an invariant was broken. Raises ValueError and OSError for bad input."""
    if args.steps < 1:
        raise ValueError("--steps: must be above 0")
    if args.processes < 1:
        raise ValueError("--processes: must be above 0")
    rule = args.rule
    if args.release:
        if rule != HIGHWATER:
            raise ValueError(f"--release: goes with --rule {HIGHWATER} alone")
        core_of(args.release)  # before the run begins, which may have several processes
        rule = f"{HIGHWATER}{AND}{args.release}"
    with progress(lambda share: f"{int(share * args.steps):,} steps") as done:
        outcome = fuzz(Options(args.steps, args.seed, rule, args.shrink_seconds, args.processes), done)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(outcome.figures, indent=2) + "\n")
    console = Console()
    for failure in outcome.failures:
        console.print(failure.text, markup=False, highlight=False, soft_wrap=True)
        console.print()
    console.print(table(outcome.figures))
    return 0 if outcome.held else 1


def table(figures: dict[str, Any]) -> Table:
    """Return the figures for a terminal."""
    shown = Table(title=f"{figures['rule']}, seed {figures['seed']}", show_header=False)
    for name, value in figures.items():
        if isinstance(value, int):
            style = "red" if name in INVARIANTS and value else ""
            shown.add_row(name, f"{value:,}", style=style)
    for name, value in figures["unsafe_causes"].items():
        shown.add_row(f"unsafe: {name}", f"{value:,}", style="red")
    faults = [f"{kind} {number:,}" for kind, number in figures["faults"].items()]
    shown.add_row(f"faults, {sum(figures['faults'].values()):,}", ", ".join(faults))
    return shown
