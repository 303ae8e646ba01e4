"""`python -m bench`: see `--help`."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.machine import describe
from bench.rows import Row
from twin.arguments import output

PARTS = ("cold", "calls", "core", "sweep", "reporter")

HELP = """Measures what Highwater costs, on this machine, without AWS.

  cold   from a fresh process to the first answer of each function, as at a cold start
  calls  AWS calls of each kind of decision, by service and operation, beside a script that describes
         and sets DesiredCapacity; and the time of both
  core   decisions a second without any call, at 1 to 1,000 RDBs; bytes of ledgers and decisions, and the
         largest cluster that DynamoDB's 400 KB an item allow
  sweep  one sweep over 1, 100 and 1,000 quiet clusters of 20 RDBs: calls, time, memory
  reporter  what runs beside an RDB: the time from a change in q to the publish, and memory and CPU over
         ten minutes

Each figure stands beside a reference that was measured in the same run, where there is one: only their ratio
can be compared with another machine's. Counts are exact and the same everywhere.

  python -m bench                              everything, a quarter of an hour
  python -m bench --only calls                 one part
  python -m bench --json out/bench.json        the same figures for a program to read
"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Exit status 2."""
        self.exit(2, f"bench: {message}\n")


def main(argv: list[str] | None = None) -> int:
    """Measures and prints; 0, or 2 for bad arguments."""
    args = parser().parse_args(argv)
    with _progress() as progress:
        measured = {part: measure(part, progress) for part in ([args.only] if args.only else PARTS)}
    here = describe()
    if args.json:
        args.json.write_text(json.dumps({**here, "rows": _plain(measured)}, indent=2) + "\n")
    console = Console()
    for name, rows in measured.items():
        console.print(table(name, rows))
    console.print("\n".join(f"{name}: {value}" for name, value in here.items()), highlight=False)
    return 0


def measure(part: str, progress: Callable[[str], None]) -> list[Row]:
    """The rows of one part, whose module is imported only now: the others' would take memory and time."""
    rows: list[Row] = import_module(f"bench.{part}").measure(progress)
    return rows


def parser() -> Parser:
    """The command line."""
    line = Parser(
        prog="python -m bench", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    line.add_argument("--only", choices=PARTS, help="measure this part alone")
    line.add_argument("--json", type=output, metavar="FILE", help="write every figure here")
    return line


def table(name: str, rows: list[Row]) -> Table:
    """One part for a terminal."""
    shown = Table("what", title=name, title_justify="left")
    for heading in ("value", "reference", "ratio"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("note", style="dim", overflow="fold")
    for row in rows:
        reference = "" if row.reference is None else _number(row.reference)
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        shown.add_row(row.what, f"{_number(row.value)} {row.unit}", reference, ratio, row.note)
    return shown


def _number(value: float) -> str:
    """Whole numbers as they are, others with three digits that count."""
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.3g}"


def _plain(measured: dict[str, list[Row]]) -> list[dict[str, Any]]:
    return [
        {"part": name, **row._asdict(), "ratio": row.ratio} for name, rows in measured.items() for row in rows
    ]


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    # perf_counter is the one clock that virtual time leaves alone.
    with Progress(*columns, console=Console(stderr=True), get_time=time.perf_counter) as bar:
        task = bar.add_task("", total=None)

        def show(text: str) -> None:
            bar.update(task, description=text)

        yield show


if __name__ == "__main__":
    sys.exit(main())
