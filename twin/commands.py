"""The commands of `python -m twin`: arguments in, files and an exit code out."""

import argparse
import json
import os
import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from highwater.command import Parser
from highwater.progress import progress
from highwater.values import Argument, add_arguments, number, output
from highwater.whatif.estimate import estimate
from highwater.whatif.given import seconds_of
from twin.arguments import add_day, add_market, options_of
from twin.day import figures
from twin.day.day import Day, run_day
from twin.day.options import MIDNIGHT, Options
from twin.day.page import clock, render
from twin.day.result import broken_promises, result_of, samples_of
from twin.day.serve import Server
from twin.day.table import in_words, table_of
from twin.day.timeline import happened, timeline
from twin.drill.day import DrillDay, opening_of
from twin.drill.play import Player, play
from twin.drill.script import read_script
from twin.explore import command as explore_command
from twin.fuzz import command as fuzz_command
from twin.processes import command as processes_command
from twin.release.arguments import going, goings_of
from twin.release.day import play as play_releases
from twin.release.day import said_of

HELP = """Runs Highwater's control plane on an AWS that is emulated in this process.

  python -m twin day      start here: a trading day in half a minute; writes out/day.html
  python -m twin serve    the HTTP API of such a day, on 127.0.0.1

`python -m twin COMMAND --help` explains a command, with examples.
"""
DAY_HELP = """Simulates one trading day of one cluster. Its RDBs fill, and alarms and reports wake the control
plane, which launches the next host before the live RDB rolls. At the end of the day it releases the drained
RDBs.

  python -m twin day                                   the paper's day: medium hosts, by demand, roll 85
  python -m twin day --rule fixed --scale 60           the paper's rule: the next host at 60 % of memory
  python -m twin day --size small --roll 80            small hosts instead of medium ones
  python -m twin day --session 07:00-16:00 --grace 60 --volume 5    five times the data
  python -m twin day --only sweep                      alarms are lost, and all reports but drained ones
  python -m twin day --feed SPY.csv --session 09:30-16:00 --updates-per-day 319948
  python -m twin day --feed CL.csv --session 22:00-21:00    the day begins the evening before
  python -m twin day --loss 0.3 --duplicates 0.3 --delay 90 --seed 7
  python -m twin day --events FILE --until 12:00       a drill: docs/drills.md says what may happen
  python -m twin day --release v0.3.0@00:00 --release .@12:00 --release v0.3.0@14:00    an upgrade, and back

Exit status 1 says that an update was held by nobody, a loaded RDB was terminated, or a host launched twice,
and with --release that somebody would have noticed the releases.
"""
SERVE_HELP = """Serves the HTTP API of a simulated day on 127.0.0.1, without signatures, until ^C. The same
day comes again and again, and each one ends with its releases.

  python -m twin serve                    from 09:00 of the day, at 60 times real time
  python -m twin serve --start 00:00 --speed 1
  python -m twin serve --events FILE      a drill (docs/drills.md), in real time or faster
  python -m twin serve --session 07:00-16:00 --grace 60 --overnight none    nights without RDBs
  curl -s localhost:8000/clusters         docs/api.md has every request
"""
WHATIF_HELP = """Simulates a trading day in seconds: the rules themselves on a model of market and group,
without any AWS or messages that are lost. `day` with the same options runs the whole control plane.

  python -m twin whatif --lead 300 --updates-per-day 1599740
  python -m twin whatif --feed SPY.csv --session 09:30-16:00 --grace 60 --rule fixed

foresight_hours are the host-hours of somebody who knows the day in advance, and with --overnight none
keeps no host between sessions either.
"""
FIGURES_HELP = """Measures every figure of docs/figures.md again: half an hour on two cores.

  python -m twin figures
  python -m twin figures --curves DIR     real days too, one for each CSV file in DIR: some minutes more

A run that was cut off goes on with what it had not measured yet.
"""

EVENTS: Argument = ("--events", Path, None, "FILE", "play the events of a drill, one JSON object a line")
FILES: tuple[Argument, ...] = (
    EVENTS,
    ("--json", output, None, "FILE", "write every figure of the day here"),
    ("--html", output, "out/day.html", "FILE", "write the page here"),
    ("--log", output, None, "FILE", "write the functions' own log here"),
)
SERVE: tuple[Argument, ...] = (
    EVENTS,
    ("--speed", number(0.1, 3600), 60, "N", "how many times as fast as real time"),
    ("--start", str, "09:00", "HH:MM", "the time of the day to begin at, in UTC"),
    ("--port", number(0, 65535, whole=True), 8000, "PORT", "the port; 0 takes any free one"),
    ("--log", output, "out/serve.log", "FILE", "write the functions' own log here"),
)
WHATIF: tuple[Argument, ...] = (("--json", output, None, "FILE", "write the figures here"),)
FIGURES: tuple[Argument, ...] = (
    ("--out", Path, "docs/figures.md", "FILE", "write the page here"),
    ("--curves", Path, None, "DIR", "a folder of CSV files, as for day --feed"),
    ("--seeds", int, 20, "N", "days with lost, repeated and late messages"),
    ("--workers", int, os.cpu_count(), "N", "days to run at once"),
)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    raw = argparse.RawDescriptionHelpFormatter
    root = Parser(prog="python -m twin", description=HELP, formatter_class=raw)
    commands = root.add_subparsers(metavar="COMMAND")
    for name, text, description, add, arguments, runs in (
        ("day", "simulate a trading day", DAY_HELP, add_day, FILES, run),
        ("serve", "serve the HTTP API of a simulated day", SERVE_HELP, add_day, SERVE, run_serve),
        ("whatif", "simulate a trading day in seconds", WHATIF_HELP, add_market, WHATIF, run_whatif),
        ("figures", "measure docs/figures.md again (long)", FIGURES_HELP, None, FIGURES, run_figures),
    ):
        command = commands.add_parser(name, help=text, description=description, formatter_class=raw)
        if add:
            add(command)
        add_arguments(command, arguments)
        command.set_defaults(run=runs)
        if runs is run:
            command.add_argument(
                "--release",
                type=going,
                action="append",
                default=[],
                metavar="REF@HH:MM",
                help="at this time a release goes in, or back out: a tag, branch or commit, or . for this "
                "checkout as it is; its cluster and the reporters of new hosts follow ten minutes later",
            )
            command.add_argument("--all", action="store_true", help="show every figure of the day")
    fuzz_command.add_to(commands)
    explore_command.add_to(commands)
    processes_command.add_to(commands)
    return root


def run(args: argparse.Namespace) -> int:
    """Run a day. Return 0, or 1 when it broke a promise. Raises ValueError and OSError for bad input."""
    options = options_of(args)
    _remark(options)
    day, result = _played(args, options)
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")
    args.html.write_text(render(result, samples_of(day)), encoding="utf-8")
    console = Console()
    console.print(table_of(result, everything=args.all))
    if not args.all:
        console.print("--all has every figure, docs/glossary.md the words, and --json FILE all as data.")
    for line in happened(result, MIDNIGHT, timeline(result, MIDNIGHT, day.recording.minutes)):
        said = f"{clock(line['minute'])} {line['kind']}: {line['sign']} {line['text']}".rstrip()
        console.print(said, highlight=False, markup=False, soft_wrap=True)
    if reached := result["max_size_reached"]:
        at = f"{reached['at'][:10]} {reached['at'][11:16]}"
        console.print(f"MaxSize {reached['max_size']} was reached at {at}: --max-size N allows more hosts.")
    console.print(f"The day at a glance: {args.html}")
    for what, path in (("Every figure", args.json), ("The functions' log", args.log)):
        if path:
            console.print(f"{what}: {path}")
    for sentence in said_of(result):
        console.print(sentence)
    if broken := broken_promises(result):
        console.print(f"A promise was broken: {', '.join(broken)}")
        if "updates_unheld" in broken and args.session and not args.end_of_day:
            console.print(
                "The day ended with its last session: a later --end-of-day lets RDBs read the log first."
            )
    else:
        console.print("Every promise was kept: no update unheld, no loaded RDB terminated, no double launch.")
    return 1 if broken or result.get("noticed") else 0


def _played(args: argparse.Namespace, options: Options) -> tuple[Day, dict[str, Any]]:
    """Run the day with what befalls it; return it and its figures."""
    if args.release and args.events:
        raise ValueError("--release: does not go with --events")
    script = read_script(args.events) if args.events else None
    goings = goings_of(args.release, options)
    opening = options.opening + timedelta(seconds=opening_of(script, options) if script else 0)
    words = partial(_clock, opening, options.closing)
    with progress(words) as done, (args.log or Path(os.devnull)).open("w") as log:
        if goings:
            return play_releases(options, goings, log, done)
        if script:
            return play(options, script, log, done)
        day = Day(options, log)
        return day, result_of(day, run_day(day, done))


def run_serve(args: argparse.Namespace) -> int:
    """Serve until it is interrupted."""
    console = Console(highlight=False)
    with args.log.open("w") as log:
        script = read_script(args.events) if args.events else None
        options, start = options_of(args), seconds_of("--start", args.start)
        _remark(options)
        day = DrillDay(options, log, script) if script else Day(options, log)
        with day.running(), Server(day, args.port) as server:
            if isinstance(day, DrillDay):
                Player(day).plan()
            console.print(f"The day runs to {args.start} UTC first; the log is in {args.log}.")
            day.clock.run_until(MIDNIGHT + timedelta(seconds=start))
            console.print(f"Serving at {args.speed:g} times real time, ^C ends it:")
            console.print(f"http://127.0.0.1:{server.server_port}/clusters")
            try:
                server.run(args.speed)
            except KeyboardInterrupt:
                console.print("stopped")
    return 0


def run_whatif(args: argparse.Namespace) -> int:
    """Estimate a day. Return 0, or 1 when an update was held by nobody."""
    options = options_of(args)
    _remark(options)
    found = estimate(options)
    if args.json:
        args.json.write_text(json.dumps(found, indent=2) + "\n")
    shown = Table(title="One day, estimated", show_header=False)
    for name, value in found.items():
        shown.add_row(name, in_words(value))
    console = Console()
    console.print(shown)
    if found["hosts"] >= args.max_size:
        console.print(f"MaxSize {args.max_size} was reached: --max-size N allows more hosts.")
    return 1 if found["updates_unheld"] else 0


def run_figures(args: argparse.Namespace) -> int:
    """Measure and write the page of figures."""
    with progress(lambda share: f"figures: {share:.0%}") as done:
        figures.write(args.out, args.curves, args.seeds, args.workers, done)
    Console().print(f"Figures: {args.out}")
    return 0


def _remark(options: Options) -> None:
    """Say that a day begins the evening before: who swapped the two times of a session meant another one."""
    if options.begins < MIDNIGHT:
        sessions = ", ".join(map(str, options.sessions))
        sys.stderr.write(f"--session {sessions}: goes over midnight, so the day begins the evening before\n")


def _clock(first: datetime, end: datetime, share: float) -> str:
    """Return the time of day at a share of a run, which goes from one time to another."""
    minutes = (first + share * (end - first) - MIDNIGHT) // timedelta(minutes=1)
    return clock(minutes)[:5]
