"""The commands of `python -m twin`: arguments in, files and an exit code out."""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from twin.arguments import add_cluster, add_messages, number, options_of, output
from twin.day import figures
from twin.day.day import MIDNIGHT, Day, run_day
from twin.day.page import render
from twin.day.result import result_of, samples_of
from twin.day.serve import Server
from twin.fuzz import command as fuzz_command
from twin.processes import command as processes_command

PROMISES = ("updates_unheld", "unsafe_terminations", "double_launches")

DAY_HELP = """One trading day of one cluster: its RDBs fill, alarms and reports wake the control plane,
capacity rises before the live RDB rolls, the day ends, drained RDBs are released. The real handlers run;
AWS is embedded.

  python -m twin day                                   the paper's day: medium hosts, scale 60, roll 85
  python -m twin day --size small --roll 80            sixteen small hosts instead of six
  python -m twin day --feed SPY.csv --updates-per-day 319948
  python -m twin day --loss 0.3 --duplicates 0.3 --delay 90 --seed 7
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="python -m twin", description="Highwater's embedded AWS.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    raw = argparse.RawDescriptionHelpFormatter
    day = commands.add_parser(
        "day",
        help="run a trading day through the real control plane",
        description=DAY_HELP,
        formatter_class=raw,
    )
    add_cluster(day)
    add_messages(day)
    day.add_argument("--json", type=output, metavar="FILE", help="write every figure of the day here")
    day.add_argument(
        "--html",
        type=output,
        metavar="FILE",
        default="out/day.html",
        help="write the page here (%(default)s)",
    )
    day.add_argument("--log", type=output, metavar="FILE", help="write the functions' own log here")
    day.set_defaults(run=run)
    served = commands.add_parser("serve", help="the embedded AWS with the HTTP API on 127.0.0.1")
    add_cluster(served)
    add_messages(served)
    served.add_argument(
        "--speed", type=number(0.1, 3600), default=60, metavar="N", help="times real time (%(default)s)"
    )
    served.add_argument(
        "--first-hour",
        type=number(0, 24),
        default=9,
        metavar="H",
        help="of the day to start at (%(default)s)",
    )
    served.add_argument(
        "--port", type=number(0, 65535, whole=True), default=8000, help="0 takes any free one (%(default)s)"
    )
    served.add_argument(
        "--log", type=output, default="out/serve.log", metavar="FILE", help="the functions' log (%(default)s)"
    )
    served.set_defaults(run=run_serve)
    page = commands.add_parser("figures", help="measure every figure of docs/figures.md again (long)")
    page.add_argument(
        "--out", type=Path, default=Path("docs/figures.md"), metavar="FILE", help="(%(default)s)"
    )
    page.add_argument("--curves", type=Path, metavar="DIR", help="a folder of real days, as for day --feed")
    page.add_argument("--seeds", type=int, default=20, help="days with faults (%(default)s)")
    page.add_argument("--workers", type=int, default=os.cpu_count(), help="days at once (%(default)s)")
    page.set_defaults(run=run_figures)
    fuzz_command.add_to(commands)
    processes_command.add_to(commands)
    return root


def run(args: argparse.Namespace) -> int:
    """Runs a day; 0, or 1 when it broke a promise. Raises ValueError and OSError for bad input."""
    options = options_of(args)
    with _progress() as progress, (args.log or Path(os.devnull)).open("w") as log:
        day, wall = run_day(options, log, progress)
    result = result_of(day, wall)
    if args.json:
        _write(args.json, json.dumps(result, indent=2) + "\n")
    _write(args.html, render(result, samples_of(day)))
    console = Console()
    console.print(table(result))
    console.print(f"The day at a glance: {args.html}")
    broken = [promise for promise in PROMISES if result[promise]]
    if broken:
        console.print(f"A promise was broken: {', '.join(broken)}")
    return 1 if broken else 0


def run_serve(args: argparse.Namespace) -> int:
    """Serves until it is interrupted."""
    console = Console(highlight=False)
    with args.log.open("w") as log:
        day = Day(options_of(args), log)
        with day.running(), Server(day, args.port) as server:
            console.print(f"The day runs to {args.first_hour:g} o'clock first; the log is in {args.log}.")
            day.clock.run_until(MIDNIGHT + timedelta(hours=args.first_hour))
            console.print(f"Serving at {args.speed:g} times real time, ^C ends it:")
            console.print(f"http://127.0.0.1:{server.server_port}/clusters")
            try:
                server.run(args.speed)
            except KeyboardInterrupt:
                console.print("stopped")
    return 0


def run_figures(args: argparse.Namespace) -> int:
    """Measures and writes the page of figures."""
    with _progress() as progress:
        figures.write(args.out, args.curves, args.seeds, args.workers, progress)
    Console().print(f"Figures: {args.out}")
    return 0


def table(result: dict[str, Any]) -> Table:
    """The figures of a day for a terminal."""
    shown = Table(title="One day of cluster trades", show_header=False)
    for name, value in result.items():
        if name in ("options", "decisions", "aws_calls", "messages", "launches", "reaction_seconds"):
            continue
        if isinstance(value, dict):
            text = ", ".join(f"{k} {'none' if v is None else v}" for k, v in value.items())
        else:
            text = f"{value:,}"
        shown.add_row(name, text)
    shown.add_row("launches", ", ".join(at[11:19] for at in result["launches"]))
    for trigger, times in result["reaction_seconds"].items():
        shown.add_row(f"reaction_seconds, {trigger}", f"median {times['median']}, most {times['most']}")
    shown.add_row("decisions", str(len(result["decisions"])))
    shown.add_row("aws_calls", f"{sum(result['aws_calls'].values()):,}")
    return shown


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    columns = (TextColumn("[bold]{task.fields[clock]}"), BarColumn(None), TimeElapsedColumn())
    # perf_counter is the one clock that virtual time leaves alone.
    with Progress(*columns, console=Console(stderr=True), get_time=time.perf_counter) as bar:
        task = bar.add_task("day", total=1.0, clock="00:00")

        def show(share: float) -> None:
            minutes = int(share * (24 * 60 + 45))
            bar.update(task, completed=share, clock=f"{minutes // 60:02}:{minutes % 60:02}")

        yield show


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
