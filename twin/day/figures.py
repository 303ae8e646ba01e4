"""Every figure of docs/figures.md, measured again: the paper's table, triggers, faults, real days."""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, get_args

from twin.aws.delivery import Faults
from twin.day.day import Day, run_day
from twin.day.feed_file import read_feed
from twin.day.options import Only, Options, fixed
from twin.day.result import result_of

PAPER = [
    ("small", 60, 80, 16, 3.79),
    ("medium", 60, 80, 7, 3.54),
    ("large", 60, 80, 4, 4.37),
    ("xlarge", 60, 80, 2, 5.32),
    ("medium", 20, 85, 7, 3.61),
    ("medium", 40, 85, 7, 3.56),
    ("medium", 60, 85, 6, 3.19),
    ("medium", 80, 85, 6, 3.14),
]
PAPER_VOLUME = 319_948
COLUMNS = (
    "hosts",
    "cost_usd",
    "updates_unheld",
    "unsafe_terminations",
    "double_launches",
    "minutes_without_live",
    "final_desired",
)

Row = tuple[str, str, Options]


def groups_of(curves: Path | None, seeds: int) -> dict[str, list[Row]]:
    """Return the rows of each table by its title; real days need a folder of curves."""
    rule = "--rule fixed --scale 60"
    lossy = "--loss 0.3 --duplicates 0.3 --delay 90 --seed"
    groups: dict[str, list[Row]] = {
        "The paper's table": [
            (
                f"--rule fixed --size {size} --scale {scale} --roll {roll}",
                f"{hosts} hosts, {usd} USD",
                fixed(size=size, scale=scale, roll=roll),
            )
            for size, scale, roll, hosts, usd in PAPER
        ],
        "One trigger at a time": [
            (f"{rule} --only {only}", "6 hosts", fixed(only=only)) for only in get_args(Only)
        ],
        "Messages lost, doubled and late": [
            (f"{rule} {lossy} {seed}", "6 hosts", fixed(faults=Faults(0.3, 0.3, 90, seed)))
            for seed in range(seeds)
        ],
    }
    if curves:
        feeds = {path.name: read_feed(path) for path in sorted(curves.glob("*.csv"))}
        groups["Real days"] = [
            (
                f"{rule} --feed {name} --updates-per-day {total} --roll {roll:g} --lead {lead}",
                "",
                fixed(feed=feed.scaled(total), feed_name=name, roll=roll, lead=lead),
            )
            for total, lead in ((PAPER_VOLUME, 60), (PAPER_VOLUME, 300), (5 * PAPER_VOLUME, 60))
            for name, feed in feeds.items()
            for roll in (80.0, 85.0)
        ]
    return groups


def measure(row: Row) -> tuple[Row, dict[str, Any]]:
    """Run one row; return it with its result."""
    with Path(os.devnull).open("w") as log:
        day = Day(row[2], log)
        wall = run_day(day)
    # As the JSON file has it: what compares equal here compares equal to a reader of the file.
    return row, json.loads(json.dumps(result_of(day, wall)))


def table(title: str, rows: Sequence[tuple[Row, dict[str, Any]]]) -> str:
    """Return a table of docs/figures.md."""
    head = ["`python -m twin day` with", "expected", *COLUMNS, "cushion, least"]
    lines = [f"## {title}", "", " | ".join(["", *head, ""]).strip(), "|" + "---|" * len(head)]
    for (name, expected, _), result in rows:
        cells = [f"`{name}`", expected, *(str(result[c]) for c in COLUMNS)]
        lines.append(f"| {' | '.join([*cells, str(result['cushion_minutes']['least'])])} |")
    return "\n".join([*lines, ""])


def write(out: Path, curves: Path | None, seeds: int, workers: int, done: Any) -> None:
    """Measure everything in parallel and write the page; call `done(share)` after each row."""
    groups = groups_of(curves, seeds)
    rows = [row for group in groups.values() for row in group]
    results: dict[str, dict[str, Any]] = {}
    with ProcessPoolExecutor(workers) as pool:
        for number, (row, result) in enumerate(pool.map(measure, rows), 1):
            results[row[0]] = result
            done(number / len(rows))
    pages = [table(title, [(row, results[row[0]]) for row in group]) for title, group in groups.items()]
    command = f"make figures SEEDS={seeds}" + (" CURVES=DIR" if curves else "")
    head = f"# Figures\n\nMeasured by `{command}`; each row is one run of the command in its first column.\n"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join([head, *pages]))
