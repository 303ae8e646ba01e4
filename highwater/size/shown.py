"""The rows of a sizing on a terminal, and the recommendation below them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

# What may differ from row to row, with the heading that it has then.
SETTINGS = {
    "type": "type",
    "rule": "rule",
    "scale": "scale",
    "roll": "roll",
    "hard": "hard",
    "lead_seconds": "lead, s",
    "calendar": "calendar",
}
# Of a pipe, which has no width of its own.
PIPE_WIDTH = 110


def show_rows(result: Mapping[str, Any]) -> None:
    """Print the result of `highwater size`, as `--json` has it."""
    several, rows = len(result["days"]) > 1, result["rows"]
    settings = settings_that_differ(rows)
    table = Table(
        title=f"RDB hosts on {_days(result)}, prices of {result['prices']}, {result['as_of']}",
        caption=common_of(result),
        box=box.SIMPLE_HEAD,
    )
    for name in settings:
        table.add_column(SETTINGS[name], no_wrap=True)
    for heading in (
        *(("USD,\naverage", "\nworst") if several else ("USD",)),
        *("without\nlive, min", "cushion,\nmin", "hosts"),
        *(("GiB-hours,\naverage", "\nworst") if several else ("GiB-\nhours",)),
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        usd = (f"{row['usd_average']:.2f}", f"{row['usd_worst']:.2f}")
        gib_hours = (f"{row['gib_hours_average']:,.0f}", f"{row['gib_hours_worst']:,.0f}")
        table.add_row(
            *(_word(row[name]) for name in settings),
            *usd[: 1 + several],
            f"{row['minutes_without_live']:g}",
            "no roll" if row["least_cushion"] is None else f"{row['least_cushion']:g}",
            f"{row['hosts']}",
            *gib_hours[: 1 + several],
            style="bold" if row is result["recommended"] else "",
        )
    # The names of files and types are the person's: brackets and colons in them mean nothing.
    plain = partial(Console, highlight=False, markup=False, emoji=False)
    console = plain()
    if not console.is_terminal:
        console = plain(width=PIPE_WIDTH)
    console.print(table)
    verdict = "Recommended" if result["holds"] else "The best that was tried"
    for line in (
        f"{verdict}: {result['recommended']['choice']}, since {result['why']}",
        result["risk"],
        result["if_doubling"],
    ):
        if line:
            console.print(line)


def common_of(result: Mapping[str, Any]) -> str | None:
    """Return what all rows have in common as a sentence, if anything."""
    columns = result["doubling_columns"]
    parts = [result["common"], f"{columns} columns that double" if columns else ""]
    return f"Each with {', '.join(filter(None, parts))}." if any(parts) else None


def settings_that_differ(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the settings that it takes to tell the rows apart, the type always."""
    found = ["type"]
    for name in SETTINGS:
        groups: dict[tuple[Any, ...], set[Any]] = {}
        for row in rows:
            groups.setdefault(tuple(row[other] for other in found), set()).add(row[name])
        if any(len(values) > 1 for values in groups.values()):
            found.append(name)
    return found


def _days(result: Mapping[str, Any]) -> str:
    days = result["days"]
    return f"{len(days)} days" if len(days) > 1 else days[0]["day"]


def _word(value: Any) -> str:
    match value:
        case None:
            return "none"
        case str():
            return value
    return f"{value:g}"
