"""Every figure of docs/figures.md, measured again: the paper's table, triggers, faults, real days."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

from chalicelib.core.facts.calendar import Overnight
from highwater.market.feed import Feed, paper
from highwater.whatif.estimate import estimate
from highwater.whatif.feed_file import read_feed
from twin.aws.delivery import Faults
from twin.day.day import Day, run_day
from twin.day.options import Only, Options, fixed
from twin.day.real_days import PAPER_VOLUME, real_days
from twin.day.real_days import table as table_of_real_days
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
COLUMNS = (
    "hosts",
    "cost_usd",
    "paper_saving_percent",
    "updates_unheld",
    "unsafe_terminations",
    "double_launches",
    "minutes_without_live",
    "final_desired",
)

Row = tuple[str, str, Options]
Progress = Callable[[float], object]


def groups_of(seeds: int) -> dict[str, list[Row]]:
    """Return the rows of each table of whole days by its title."""
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
            (f"--scale 60 --only {only}", "6 hosts", Options(scale=60.0, only=only))
            for only in get_args(Only)
        ],
        "Messages lost, doubled and late": [
            (f"{lossy} {seed}", "6 hosts", Options(faults=Faults(0.3, 0.3, 90, seed)))
            for seed in range(seeds)
        ],
    }
    return groups


def ends_of(feeds: Mapping[str, Feed]) -> Iterator[Row]:
    """Yield each day that has a session, at the paper's volume: one host overnight, and none."""
    for words, options in real_days(feeds):
        if options.sessions and options.rule == "demand" and options.lead == 60 and _is_small(options):
            for overnight in get_args(Overnight):
                yield f"{words} --overnight {overnight}", "", replace(options, overnight=overnight)


def _is_small(options: Options) -> bool:
    return round(options.feed.total) == PAPER_VOLUME


def whole_of(real: Mapping[str, tuple[str, Options]], estimates: Mapping[str, Any]) -> list[Row]:
    """Return those of the real days that run through the whole control plane too, beside the simulator's."""
    return [
        (words, f"{estimates[words]['hosts']} hosts, {estimates[words]['cost_usd']} USD", options)
        for words, (_, options) in real.items()
        if (options.rule, options.lead) == ("demand", 300) and _is_small(options)
    ]


def measure(row: Row) -> dict[str, Any]:
    """Run one row; return its result."""
    with Path(os.devnull).open("w") as log:
        day = Day(row[2], log)
        wall = run_day(day)
    # As the JSON file has it: what compares equal here compares equal to a reader of the file.
    found: dict[str, Any] = json.loads(json.dumps(result_of(day, wall)))
    return found


def guessed(day: tuple[str, Options]) -> dict[str, Any]:
    """Estimate one day of the real ones."""
    return estimate(day[1])


def table(title: str, rows: Sequence[tuple[Row, dict[str, Any]]]) -> str:
    """Return a table of docs/figures.md."""
    head = ["`python -m twin day` with", "expected", *COLUMNS, "cushion, least"]
    lines = [f"## {title}", "", " | ".join(["", *head, ""]).strip(), "|" + "---|" * len(head)]
    for (name, expected, _), result in rows:
        cells = [f"`{name}`", expected, *(str(result[c]) for c in COLUMNS)]
        lines.append(f"| {' | '.join([*cells, str(result['cushion_minutes']['least'])])} |")
    return "\n".join([*lines, ""])


class Kept:
    """The results that are there already, of a run of the same code that was cut off."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._code = sha256(b"".join(file.read_bytes() for file in sorted(_sources()))).hexdigest()
        self._found: dict[str, Any] = {}
        if path.exists():
            lines = map(json.loads, path.read_text().splitlines())
            self._found = {row: result for code, row, result in lines if code == self._code}

    def of(
        self, pool: Executor, work: Callable[[Any], dict[str, Any]], rows: Mapping[str, Any], done: Progress
    ) -> dict[str, Any]:
        """Return the result of each row by name, measured now if there is none; call `done` after each."""
        due = {pool.submit(work, row): name for name, row in rows.items() if name not in self._found}
        for number, each in enumerate(as_completed(due), 1 + len(rows) - len(due)):
            self._found[due[each]] = each.result()
            with self._path.open("a") as file:
                file.write(json.dumps([self._code, due[each], each.result()]) + "\n")
            done(number / len(rows))
        return {name: self._found[name] for name in rows}


def _sources() -> Iterator[Path]:
    root = Path(__file__).parents[2]
    for package in ("chalicelib", "highwater", "rdb", "twin"):
        yield from (root / package).rglob("*.py")


def write(out: Path, curves: Path | None, seeds: int, workers: int, done: Progress) -> None:
    """Measure everything in parallel and write the page; call `done(share)` after each row.

    What is measured is kept beside the page until the page is there: a run that is cut off is gone on with.
    """
    groups = groups_of(seeds)
    out.parent.mkdir(parents=True, exist_ok=True)
    kept_in = out.with_suffix(".part")
    kept = Kept(kept_in)
    feeds = {"paper": paper(), **_feeds(curves)}
    groups["The two ends of the day"] = list(ends_of(feeds))
    real = dict(map(_named, real_days(feeds))) if curves else {}
    with ProcessPoolExecutor(workers) as pool:
        estimates = kept.of(pool, guessed, real, lambda share: done(share / 2))
        if real:
            groups["Real days through the whole control plane"] = whole_of(real, estimates)
        days = {f"day {row[0]}": row for group in groups.values() for row in group}
        results = kept.of(pool, measure, days, lambda share: done(0.5 + share / 2))
    pages = [
        table(title, [(row, results[f"day {row[0]}"]) for row in group]) for title, group in groups.items()
    ]
    if real:
        pages.append(table_of_real_days((words, estimates[words]) for words in real))
    command = f"make figures SEEDS={seeds}" + (" CURVES=DIR" if curves else "")
    head = f"# Figures\n\nMeasured by `{command}`; each row is one run of the command in its first column.\n"
    out.write_text("\n".join([head, *pages]))
    kept_in.unlink(missing_ok=True)


def _named(day: tuple[str, Options]) -> tuple[str, tuple[str, Options]]:
    return day[0], day


def _feeds(curves: Path | None) -> dict[str, Feed]:
    return {path.name: read_feed(path).feed for path in sorted(curves.glob("*.csv"))} if curves else {}
