"""The figures of a day for a terminal: those that answer most questions, and with `--all` the others."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

Result = Mapping[str, Any]
# Of a day that is no drill, or in which nothing of the kind happened, these are left out.
ONLY_IF_ANY = (
    "updates_outside_sessions",
    "launches_never_ready",
    "max_size_reached",
    "handler_failures",
    "told",
    "changed",
    "cleared",
    "answers",
)
FIRST = (
    "hosts",
    "launches",
    "releases",
    "cost_usd",
    "baseline_usd",
    "saving_percent",
    "always_on_usd",
    "saving_of_always_on_percent",
    "all_costs_usd",
    "saving_of_all_percent",
    "updates_total",
    "updates_unheld",
    "minutes_without_live",
    "minutes_in_overdraft",
    "cushion_minutes",
    "unsafe_terminations",
    "double_launches",
    *ONLY_IF_ANY,
)
# What the rows above say in words, and what no row can hold.
WITHIN = ("options", "instance_hours", "baseline_host", "baseline_hours", "not_released")
PART = "none: the run is a part of a day"


def table_of(result: Result, *, everything: bool) -> Table:
    """Return the figures as a table, with `everything` the others below a line."""
    shown = Table(title="One day of cluster trades", show_header=False)
    for name in FIRST:
        for row in _first(name, result):
            shown.add_row(*row)
    if everything:
        shown.add_section()
        for name, value in result.items():
            if name not in (*FIRST, *WITHIN):
                for row in _other(name, value):
                    shown.add_row(*row)
    return shown


def in_words(value: Any) -> str:
    """Return a figure as a person reads it; a list is as long as it is."""
    match value:
        case None:
            return "none"
        case dict():
            return ", ".join(f"{k} {'none' if v is None else v}" for k, v in value.items())
        case list():
            return str(len(value))
        case str():
            return value
    return f"{value:,}"


def _first(name: str, result: Result) -> Iterator[tuple[str, str]]:
    value = result[name]
    match name:
        case "launches":
            times = ", ".join(at[11:19] for at in value)
            yield name, f"{len(value)}: {times}" if value else "0"
        case "cost_usd":
            yield name, f"{value:,} for the RDB hosts, {result['instance_hours']:,} host hours"
        case "baseline_usd":
            yield name, _single(result, result["baseline_hours"], value)
        case "always_on_usd" | "saving_of_always_on_percent" if not _rests(result):
            return
        case "always_on_usd":
            yield name, _single(result, 24, value) if value else "none"
        case "saving_percent" | "saving_of_always_on_percent" | "saving_of_all_percent":
            yield name, in_words(value) if value is not None else _none(result)
        case "all_costs_usd":
            yield from ((f"{name}, {side}", in_words(costs)) for side, costs in (value or {}).items())
        case _ if value or name not in ONLY_IF_ANY:
            yield name, in_words(value)


def _single(result: Result, hours: float, usd: float | None) -> str:
    if usd is None:
        return "none: no single host holds this day"
    return f"{usd:,} for one {result['baseline_host']}, {hours:g} hours"


def _rests(result: Result) -> bool:
    """Return whether the single host would rest at night, as a schedule lets it."""
    return bool(result["always_on_usd"] != result["baseline_usd"])


def _none(result: Result) -> str:
    return PART if result["baseline_usd"] is not None else "none: no single host holds this day"


def _other(name: str, value: Any) -> Iterator[tuple[str, str]]:
    match name:
        case "paper_baseline_usd" | "paper_saving_percent" if value is None:
            yield name, "none: the paper's t3a.2xlarge does not hold this day, or the run is a part of a day"
        case "reaction_seconds":
            for trigger, times in value.items():
                yield f"{name}, {trigger}", f"median {times['median']}, most {times['most']}"
        case "aws_calls":
            yield name, f"{sum(value.values()):,}"
        case _:
            yield name, in_words(value)
