"""The table of a day has first what most people ask, in words, and with --all every figure."""

from typing import Any

import pytest
from rich.console import Console

from highwater.market.feed import paper
from twin.arguments import options_of
from twin.commands import parser
from twin.day.table import table_of

DAY: dict[str, Any] = {
    "options": {}, "hosts": 28, "launches": ["2026-11-23T06:49:10Z", "2026-11-23T06:58:10Z"],
    "launches_never_ready": 0, "most_desired": 28, "max_size_reached": None, "instance_hours": 142.399,
    "cost_usd": 5.3542, "baseline_host": "r6a.4xlarge", "baseline_hours": 10.19, "baseline_usd": 9.2484,
    "saving_percent": 42.1, "always_on_usd": 21.7728, "saving_of_always_on_percent": 75.4,
    "paper_baseline_usd": None, "paper_saving_percent": None, "log_gb": 50.0,
    "all_costs_usd": {"cluster": {"together": 19.5622}, "baseline": {"together": 22.6337}},
    "saving_of_all_percent": 13.6, "updates_total": 1599740, "updates_unheld": 0,
    "updates_outside_sessions": 0, "hosts_by_demand": {"reserve": 25}, "minutes_in_overdraft": 0.0,
    "minutes_without_live": 0.0, "cushion_minutes": {"least": 3.2, "median": 3.3}, "releases": 29,
    "double_launches": 0, "unsafe_terminations": 0, "not_released": {}, "aws_calls": {"a": 8000, "b": 473},
    "counted": {"reports": 578}, "handler_failures": 0, "told": [], "changed": [], "cleared": [],
    "answers": [], "decisions": [{}, {}], "reaction_seconds": {"alarm": {"median": 1.0, "most": 2.0}},
}  # fmt: skip


def shown(*, everything: bool = False, **changed: Any) -> dict[str, str]:
    """The rows of the table by their names."""
    console = Console(width=300)
    with console.capture() as captured:
        console.print(table_of({**DAY, **changed}, everything=everything))
    cells = (line.split("│") for line in captured.get().splitlines() if line.startswith("│"))
    return {name.strip(): value.strip() for _, name, value, _ in cells}


def test_the_first_rows_fit_a_screen_and_name_both_single_hosts_with_what_is_saved() -> None:
    rows = shown()
    assert len(rows) <= 20
    assert rows["cost_usd"] == "5.3542 for the RDB hosts, 142.399 host hours"
    assert rows["baseline_usd"] == "9.2484 for one r6a.4xlarge, 10.19 hours"
    assert rows["always_on_usd"] == "21.7728 for one r6a.4xlarge, 24 hours"
    assert (rows["saving_percent"], rows["saving_of_always_on_percent"]) == ("42.1", "75.4")


def test_a_single_host_that_runs_all_day_is_named_once() -> None:
    rows = shown(baseline_usd=21.7728, baseline_hours=24.0)
    assert rows["baseline_usd"] == "21.7728 for one r6a.4xlarge, 24 hours"
    assert "always_on_usd" not in rows


def test_what_only_a_drill_has_is_there_where_it_happened() -> None:
    assert not {"told", "answers", "max_size_reached", "handler_failures"} & shown().keys()
    assert shown(told=[{}, {}], answers=[{}])["told"] == "2"


def test_a_saving_that_nobody_can_say_has_its_reason() -> None:
    rows = shown(saving_percent=None, saving_of_all_percent=None, all_costs_usd=None)
    assert rows["saving_percent"] == rows["saving_of_all_percent"] == "none: the run is a part of a day"
    alone: dict[str, Any] = dict.fromkeys(
        ("baseline_host", "baseline_usd", "always_on_usd", "saving_percent")
    )
    assert shown(**alone)["saving_percent"] == "none: no single host holds this day"
    assert "does not hold this day" in shown(everything=True)["paper_baseline_usd"]


def test_with_all_every_figure_has_a_row() -> None:
    rows = shown(everything=True, told=[{}])
    in_words = {"options", "instance_hours", "baseline_host", "baseline_hours", "not_released"}
    quiet = {"launches_never_ready", "max_size_reached", "updates_outside_sessions", "handler_failures"}
    quiet |= {"changed", "cleared", "answers"}
    named = {name.partition(",")[0] for name in rows}
    assert named == DAY.keys() - in_words - quiet
    assert (rows["aws_calls"], rows["reaction_seconds, alarm"]) == ("8,473", "median 1.0, most 2.0")


def test_so_many_times_the_volume_is_so_many_times_what_is_traded() -> None:
    def updates(*words: str) -> int:
        return options_of(parser().parse_args(["day", *words])).feed.total

    assert updates("--volume", "5") == 5 * paper().total
    traded = updates("--session", "08:00-12:00")
    assert updates("--session", "08:00-12:00", "--volume", "0.5") == round(traded / 2)
    with pytest.raises(ValueError, match="--volume: does not go with --updates-per-day"):
        updates("--volume", "5", "--updates-per-day", "1000")
