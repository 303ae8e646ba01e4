"""Every figure of docs/figures.md, measured again: the paper's table, triggers, faults, real days."""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from twin.aws.delivery import Faults
from twin.day.day import Only, Options, run_day
from twin.day.result import result_of
from twin.market.feed import from_csv

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
ONLY: tuple[Only, ...] = ("alarm", "report", "sweep")
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


def paper_rows() -> Iterator[Row]:
    """The paper's table."""
    for size, scale, roll, hosts, usd in PAPER:
        name = f"--size {size} --scale {scale} --roll {roll}"
        yield name, f"{hosts} hosts, {usd} USD", Options(size=size, scale=scale, roll=roll)


def trigger_rows() -> Iterator[Row]:
    """One trigger at a time."""
    for only in ONLY:
        yield f"--only {only}", "6 hosts", Options(only=only)


def fault_rows(seeds: int) -> Iterator[Row]:
    """Thirty percent lost, thirty percent doubled, up to 90 s late, by seed."""
    for seed in range(seeds):
        name = f"--loss 0.3 --duplicates 0.3 --delay 90 --seed {seed}"
        yield name, "6 hosts", Options(faults=Faults(0.3, 0.3, 90, seed))


def real_rows(curves: Path) -> Iterator[Row]:
    """Real days at the paper's volume with both roll thresholds; then five times that; then slow launches."""
    feeds = {path.name: from_csv(path) for path in sorted(curves.glob("*.csv"))}
    for total, lead in ((PAPER_VOLUME, 60), (PAPER_VOLUME, 300), (5 * PAPER_VOLUME, 60)):
        for name, feed in feeds.items():
            for roll in (80.0, 85.0):
                options = Options(feed=feed.scaled(total), feed_name=name, roll=roll, lead=lead)
                command = f"--feed {name} --updates-per-day {total} --roll {roll:g} --lead {lead}"
                yield command, "", replace(options, max_size=60)


def measure(row: Row) -> tuple[Row, dict[str, Any]]:
    """One row, run."""
    with Path(os.devnull).open("w") as log:
        day, wall = run_day(row[2], log)
    # As the JSON file has it: what compares equal here compares equal to a reader of the file.
    return row, json.loads(json.dumps(result_of(day, wall)))


def table(title: str, rows: Sequence[tuple[Row, dict[str, Any]]]) -> str:
    """A table of docs/figures.md."""
    head = ["`python -m twin day` with", "expected", *COLUMNS, "cushion, least"]
    lines = [f"## {title}", "", " | ".join(["", *head, ""]).strip(), "|" + "---|" * len(head)]
    for (name, expected, _), result in rows:
        cells = [f"`{name}`", expected, *(str(result[c]) for c in COLUMNS)]
        lines.append(f"| {' | '.join([*cells, str(result['cushion_minutes']['least'])])} |")
    return "\n".join([*lines, ""])


def write(out: Path, curves: Path | None, seeds: int, workers: int, done: Any) -> None:
    """Measures everything in parallel and writes the page; `done(share)` after each row."""
    groups = {
        "The paper's table": list(paper_rows()),
        "One trigger at a time": list(trigger_rows()),
        "Messages lost, doubled and late": list(fault_rows(seeds)),
    }
    if curves:
        groups["Real days"] = list(real_rows(curves))
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
