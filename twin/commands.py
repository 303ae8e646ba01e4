"""The commands of `python -m twin`: arguments in, files and an exit code out."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from twin import figures
from twin.day import Day, Options, run_day
from twin.delivery import Faults
from twin.feed import from_csv, paper
from twin.fuzz import command as fuzz_command
from twin.page import render
from twin.rdb import SIZES
from twin.result import result_of, samples_of
from twin.serve import Server

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
    _cluster_arguments(day)
    _message_arguments(day)
    day.add_argument("--json", type=Path, metavar="FILE", help="write every figure of the day here")
    day.add_argument("--html", type=Path, metavar="FILE", default=Path("out/day.html"), help="(%(default)s)")
    day.add_argument("--log", type=Path, metavar="FILE", help="write the functions' own log here")
    day.set_defaults(run=run)
    served = commands.add_parser("serve", help="the embedded AWS with the HTTP API on 127.0.0.1")
    _cluster_arguments(served)
    _message_arguments(served)
    served.add_argument("--speed", type=float, default=60, metavar="N", help="times faster (%(default)s)")
    served.add_argument("--first-hour", type=float, default=9, metavar="H", help="of the day (%(default)s)")
    served.add_argument("--port", type=int, default=8000, help="(%(default)s)")
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
    return root


def _cluster_arguments(day: argparse.ArgumentParser) -> None:
    day.add_argument("--size", choices=SIZES, default="medium", help="host size (%(default)s)")
    day.add_argument(
        "--scale", type=float, default=60, metavar="PERCENT", help="scale threshold (%(default)s)"
    )
    day.add_argument("--roll", type=float, default=85, metavar="PERCENT", help="roll threshold (%(default)s)")
    day.add_argument(
        "--lead", type=int, default=60, metavar="SECONDS", help="launch to standby (%(default)s)"
    )
    day.add_argument(
        "--feed", default="paper", metavar="paper|FILE", help="CSV: minute,updates (%(default)s)"
    )
    day.add_argument("--updates-per-day", type=int, metavar="N", help="scale the feed to N updates")
    day.add_argument("--kib-per-update", type=float, metavar="X", help="memory of one update (the paper's)")
    day.add_argument(
        "--end-of-day", default="24:00", metavar="HH:MM", help="when RDBs are emptied (%(default)s)"
    )


def _message_arguments(day: argparse.ArgumentParser) -> None:
    day.add_argument(
        "--only",
        choices=("alarm", "report", "sweep"),
        help="withhold the wake-ups of the other two, and with alarm and sweep every report but `drained`",
    )
    day.add_argument("--loss", type=float, default=0, metavar="SHARE", help="of all messages, 0 to 1")
    day.add_argument("--duplicates", type=float, default=0, metavar="SHARE", help="of all messages, 0 to 1")
    day.add_argument("--delay", type=float, default=0, metavar="SECONDS", help="the longest of each message")
    day.add_argument("--seed", type=int, default=0, help="the same seed, the same faults (%(default)s)")


def options_of(args: argparse.Namespace) -> Options:
    """The options of a day. Raises ValueError naming the argument, or the line of the feed's file."""
    if not 0 < args.scale < args.roll < 100:
        raise ValueError(f"--scale {args.scale:g} and --roll {args.roll:g}: must be 0 < scale < roll < 100")
    for name in ("lead", "updates_per_day", "kib_per_update"):
        value = getattr(args, name)
        if value is not None and value <= 0:
            raise ValueError(f"--{name.replace('_', '-')}: must be above 0")
    feed = paper() if args.feed == "paper" else from_csv(Path(args.feed))
    return Options(
        size=args.size,
        scale=args.scale,
        roll=args.roll,
        lead=args.lead,
        feed=feed.scaled(args.updates_per_day) if args.updates_per_day else feed,
        feed_name=Path(args.feed).name,
        kib_per_update=args.kib_per_update,
        end_of_day=_seconds_of_day(args.end_of_day),
        only=args.only,
        faults=Faults(args.loss, args.duplicates, args.delay, args.seed),
    )


def _seconds_of_day(text: str) -> int:
    hours, _, minutes = text.partition(":")
    if (
        len(text) != 5
        or not (hours + minutes).isdecimal()
        or int(minutes) > 59
        or int(hours + minutes) > 2400
    ):
        raise ValueError(f"--end-of-day {text}: must be HH:MM from 00:00 to 24:00")
    return int(hours) * 3600 + int(minutes) * 60


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
    return 1 if any(result[promise] for promise in PROMISES) else 0


def run_serve(args: argparse.Namespace) -> int:
    """Serves until it is interrupted."""
    day = Day(options_of(args), sys.stderr)
    with day.running(), Server(day, args.port) as server:
        Console().print(f"The day runs to {args.first_hour:g} o'clock first.")
        Console().print(f"http://127.0.0.1:{args.port}/clusters, {args.speed:g} times real time; ^C ends it")
        try:
            server.run(args.speed, args.first_hour)
        except KeyboardInterrupt:
            Console().print("stopped")
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
        text = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else f"{value:,}"
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
